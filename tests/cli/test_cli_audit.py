"""`modelspec audit`: what it prints, where, and with which exit status."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from modelspec.cli.app import app

LAMBDA = {"class_name": "__lambda__", "config": {"code": "4wAAAA==", "defaults": None, "closure": None}}


def archive(path: Path, *layers: object) -> str:
    config = {"module": "keras", "class_name": "Sequential", "config": {"layers": [*layers]}}
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("config.json", json.dumps(config))
    return str(path)


def layer(name: str, config: object) -> dict[str, object]:
    return {"module": "keras.layers", "class_name": name, "config": config, "registered_name": None}


@pytest.fixture
def good(tmp_path: Path) -> str:
    return archive(tmp_path / "good.keras", layer("Dense", {"units": 4}))


@pytest.fixture
def evil(tmp_path: Path) -> str:
    return archive(tmp_path / "evil.keras", layer("Lambda", {"function": LAMBDA}))


@pytest.fixture
def custom(tmp_path: Path) -> str:
    given = {"module": "acme", "class_name": "Pool", "registered_name": "acme>Pool", "config": {}}
    return archive(tmp_path / "custom.keras", given)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["audit", *arguments])


def test_a_harmless_archive_gives_a_line_and_0(good):
    done = run(good)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == f"{good}: nothing unsafe in this Keras archive\n"
    assert run(good, "--quiet").output == ""


def test_a_hostile_archive_gives_its_findings_and_1(good, evil):
    done = run(good, evil, "--format", "concise")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == (
        f"{evil}:config.json:config.layers[0].config.function: "
        "error[unsafe-object] a Python lambda runs code when it is loaded\n"
    )


def test_code_of_others_is_a_warning_that_quiet_leaves_out(custom):
    done = run(custom)
    assert done.exit_code == 0
    assert "warning[needs-code]" in done.stderr
    assert done.stdout.endswith("it needs code of others: `acme>Pool`\n")
    assert run(custom, "--quiet").output == ""


def test_json_has_every_file_and_finding(good, evil, custom):
    done = run(good, evil, custom, "--format", "json")
    assert (done.exit_code, done.stderr) == (1, "")
    first, second, third = json.loads(done.stdout)
    assert first == {
        "file": good,
        "form": "Keras archive",
        "passed": True,
        "needs": [],
        "findings": [],
        "left_out": 0,
    }
    assert (second["passed"], third["passed"], third["needs"]) == (False, True, ["acme>Pool"])
    (found,) = second["findings"]
    assert (found["code"], found["severity"]) == ("unsafe-object", "error")
    assert (found["member"], found["path"]) == ("config.json", "config.layers[0].config.function")
    assert found["message"]
    assert found["help"]


def test_what_is_left_out_of_a_flood_is_counted_and_an_error_behind_it_is_shown(tmp_path):
    custom = [{"module": "acme", "class_name": "A", "config": {}}] * 150
    evil = archive(tmp_path / "evil.keras", *custom, layer("Lambda", {"function": LAMBDA}))
    for form in ("full", "concise"):
        done = run(evil, "--format", form)
        assert done.exit_code == 1
        assert "error[unsafe-object]" in done.stderr
        assert done.stderr.endswith(f"{evil}: 50 more findings like these are not shown\n")
    (data,) = json.loads(run(evil, "--format", "json").stdout)
    assert (data["passed"], data["left_out"], len(data["findings"])) == (False, 50, 101)
    harmless = archive(tmp_path / "harmless.keras", *custom)
    assert run(harmless).exit_code == 0
    assert run(harmless, "--quiet").output == ""


def test_more_parameters_are_allowed_by_the_option(tmp_path):
    large = archive(tmp_path / "large.keras", layer("Dense", {"units": 10**12}))
    assert run(large).exit_code == 1
    assert run(large, "--max-params", str(10**13)).exit_code == 0


def test_an_absent_file_is_1_and_a_wrong_command_line_2(tmp_path):
    done = run(str(tmp_path / "absent.keras"))
    assert done.exit_code == 1
    assert "does not exist" in done.stderr
    assert run().exit_code == 2
    assert run("x", "--bogus").exit_code == 2


def test_what_steers_a_terminal_is_never_printed(tmp_path):
    path = archive(
        tmp_path / "a.keras",
        {"module": "keras.\x1b[2J", "class_name": "\x1b]0;x\a", "config": {"\x1b[31m": LAMBDA}},
        {"module": "acme", "class_name": "\u202e", "config": {"\n": LAMBDA, "name": "\x07"}},
    )
    for form in ("full", "concise", "json"):
        output = run(path, "--format", form).output
        assert all(letter.isprintable() or letter == "\n" for letter in output)
