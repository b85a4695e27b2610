from __future__ import annotations

from pathlib import Path

import pytest

from modelspec.compiler.allowed import allowed_by_caller
from modelspec.diagnostics import Report
from modelspec.language.words import is_file


def allowed(given: tuple[str, ...], here: Path):
    report = Report()
    return allowed_by_caller(given, here, report), report


@pytest.mark.parametrize(
    ("text", "expected"), [("acme", False), ("acme.layers", False), ("layers.py", True), ("./own/", True)]
)
def test_a_path_is_told_from_a_module(text, expected):
    assert is_file(text) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("acme", True),
        ("acme.layers", True),
        ("acme.layers.deep", True),
        ("acmes", False),
        ("other.acme", False),
    ],
)
def test_a_module_stands_for_what_lies_below_it(name, expected, tmp_path):
    found, _ = allowed(("acme",), tmp_path)
    assert found.has_module(name) is expected


def test_a_module_does_not_stand_for_what_lies_above_it(tmp_path):
    found, _ = allowed(("acme.layers",), tmp_path)
    assert not found.has_module("acme")
    assert not found.has_module("acme.models")


def test_files_are_meant_from_the_working_folder_and_links_count_for_what_they_lead_to(tmp_path):
    (tmp_path / "real.py").write_text("")
    (tmp_path / "link.py").symlink_to(tmp_path / "real.py")
    (tmp_path / "folder").mkdir()
    found, _ = allowed(("link.py", "folder/"), tmp_path)
    assert found.has_file((tmp_path / "real.py").resolve())
    assert found.has_file((tmp_path / "folder" / "any.py").resolve())
    assert not found.has_file((tmp_path / "other.py").resolve())


def test_the_nearest_settings_above_the_working_folder_count(tmp_path):
    (tmp_path / "pyproject.toml").write_text('[tool.modelspec]\nallow = ["outer"]\n')
    inner = tmp_path / "inner" / "below"
    inner.mkdir(parents=True)
    assert allowed((), inner)[0].has_module("outer")
    (tmp_path / "inner" / "pyproject.toml").write_text('[tool.modelspec]\nallow = ["inner", "own.py"]\n')
    found, _ = allowed((), inner)
    assert found.has_module("inner")
    assert not found.has_module("outer")
    assert found.has_file((tmp_path / "inner" / "own.py").resolve())


@pytest.mark.parametrize(
    "text", ["", "[tool]\nmodelspec = 3\n", "[tool.modelspec]\n", "[tool.other]\nallow = []\n"]
)
def test_settings_that_say_nothing_allow_nothing(text, tmp_path):
    (tmp_path / "pyproject.toml").write_text(text)
    found, report = allowed((), tmp_path)
    assert not found.has_module("acme")
    assert report.diagnostics == []


@pytest.mark.parametrize("text", ["allow = true", 'allow = "acme"', "allow = [3]"])
def test_a_setting_that_is_no_list_is_told(text, tmp_path):
    (tmp_path / "pyproject.toml").write_text(f"[tool.modelspec]\n{text}\n")
    _, report = allowed((), tmp_path)
    assert [found.code for found in report.diagnostics] == ["bad-setting"]
