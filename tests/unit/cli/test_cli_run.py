"""What the verbs share, and what `-o` may be."""

import json

import pytest
from click.testing import CliRunner

from modelspec.cli.app import app

GOOD = "modelspec: 1\ninputs: {x: [3]}\nlayers:\n  - Dense: {units: 4}\n"
WARNED = "modelspec: 1\ninputs: {x: [3], y: [3]}\nlayers:\n  - Dense: {units: 4}\n    from: x\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "good.yaml").write_text(GOOD)
    (tmp_path / "warned.yaml").write_text(WARNED)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(app, arguments)


def test_an_archive_never_replaces_its_document(folder):
    done = run("build", "good.yaml", "-o", "good.yaml")
    assert done.exit_code == 1
    assert "error[cannot-write]: `good.yaml` is no name for an archive" in done.stderr
    assert "help: write to `good.keras`" in done.stderr
    assert (folder / "good.yaml").read_text() == GOOD


def test_a_config_never_replaces_its_document(folder):
    done = run("config", "good.yaml", "-o", "good.yaml")
    assert done.exit_code == 2
    assert "`-o good.yaml` would replace the document" in done.stderr
    assert (folder / "good.yaml").read_text() == GOOD


def test_a_config_that_cannot_be_written_is_a_mistake_of_the_user(folder):
    done = run("config", "good.yaml", "-o", "nowhere/config.json")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "error[cannot-write]" in done.stderr


def test_several_documents_make_no_folder_that_is_named_like_an_archive(folder):
    done = run("build", "good.yaml", "warned.yaml", "-o", "all.keras")
    assert done.exit_code == 2
    assert "several documents need a folder, and all.keras is none" in done.stderr
    assert not (folder / "all.keras").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "warned.yaml"),
        ("build", "warned.yaml"),
        ("show", "warned.yaml"),
        ("config", "warned.yaml"),
        ("explain", "warned.yaml", "dense"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_every_verb_tells_of_warnings_on_standard_error(folder, arguments):
    done = run(*arguments)
    assert done.exit_code == 0
    assert "warning[unused-input]" in done.stderr
    assert "warning" not in done.stdout


@pytest.mark.parametrize("verb", [("show",), ("explain",)], ids=lambda verb: verb[0])
def test_json_of_one_document_holds_its_name_and_diagnostics(folder, verb):
    done = run(*verb, "warned.yaml", *(["dense"] if verb == ("explain",) else []), "--format", "json")
    data = json.loads(done.stdout)
    assert data["document"] == "warned.yaml"
    assert [found["code"] for found in data["diagnostics"]] == ["unused-input"]


@pytest.mark.parametrize("verb", ["check", "build"])
def test_watching_tells_json_at_every_look(folder, monkeypatch, verb):
    monkeypatch.setattr("modelspec.cli.watch.watch_documents", lambda _, again: again(0))
    done = run(verb, "warned.yaml", "--watch", "--format", "json")
    assert [found["code"] for found in json.loads(done.stdout)[0]["diagnostics"]] == ["unused-input"]
