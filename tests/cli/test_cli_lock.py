"""`modelspec lock` and `build --locked` as a user has them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import Run

BASE = """\
modelspec: 1
vars: {width: 4}
inputs: {x: [3]}
layers:
  - Dense: {units: $width}
    name: hidden
"""
NET = "modelspec: 1\nextends: base.yaml\nlayers:\n  - acme>Scale\nuse: [acme.py]\n"
ACME = '''\
import keras


@keras.saving.register_keras_serializable("acme")
class Scale(keras.layers.Layer):
    """Twice."""

    def call(self, inputs):
        return inputs * 2
'''


@pytest.fixture
def project(folder: Path, run: Run) -> Path:
    """A project with a document that extends another, uses a module and loads values; it is locked."""
    (folder / "pyproject.toml").write_text("[tool.modelspec]\nallow = ['acme.py']\n")
    (folder / "base.yaml").write_text(BASE)
    (folder / "acme.py").write_text(ACME)
    (folder / "first.yaml").write_text(BASE)
    assert run("build", "first.yaml", "-o", "values.keras", "-q").status == 0
    (folder / "net.yaml").write_text(NET + "weights: {load: [{file: values.keras}]}\n")
    done = run("lock", "net.yaml", "first.yaml")
    assert (done.status, done.err) == (0, ""), done.err
    return folder


def test_a_lock_is_as_locked(project: Path, run: Run) -> None:
    before = (project / "modelspec.lock").read_bytes()
    assert run("lock", "--check").out == "modelspec.lock: 2 documents as locked\n"
    assert run("lock").out == "modelspec.lock: 2 documents locked already\n"
    assert run("build", "net.yaml", "--locked", "-q").status == 0
    assert (project / "modelspec.lock").read_bytes() == before


@pytest.mark.parametrize("name", ["net.yaml", "base.yaml", "values.keras"])
def test_one_byte_of_any_file_is_missed(project: Path, run: Run, name: str) -> None:
    (project / "net.keras").unlink(missing_ok=True)
    path = project / name
    if name == "values.keras":
        # Another seed, for the same document with other values.
        (project / "first.yaml").write_text(BASE + "weights: {seed: 1}\n")
        assert run("build", "first.yaml", "-o", "values.keras", "-q").status == 0
    else:
        path.write_text(path.read_text() + "#")
    done = run("build", "net.yaml", "--locked")
    assert done.status == 1
    assert "error[lock-differs]: net.yaml: `" + name + "` has changed" in done.err
    assert not (project / "net.keras").exists()
    checked = run("lock", "--check", "net.yaml", "--format", "json")
    assert checked.status == 1
    assert [found["code"] for found in json.loads(checked.out)["diagnostics"]] == ["lock-differs"]


def test_changed_code_is_missed(project: Path, run: Run) -> None:
    (project / "acme.py").write_text(ACME.replace("* 2", "* 3"))
    done = run("build", "net.yaml", "--locked")
    assert done.status == 1
    assert "the code of `acme.py` has changed" in done.err


def test_what_is_meant_is_locked_anew(project: Path, run: Run) -> None:
    (project / "base.yaml").write_text(BASE.replace("units: $width", "units: $width, use_bias: false"))
    (project / "net.yaml").write_text(NET)
    done = run("lock", "--check")
    assert done.status == 1
    for part in (
        "`base.yaml` has changed",
        "`values.keras` is in the lock",
        "the architecture is another",
        "16 parameters",
    ):
        assert part in done.err
    assert run("lock").status == 0
    assert run("lock", "--check").status == 0


def test_a_document_that_is_not_in_the_lock_is_not_built(project: Path, run: Run) -> None:
    done = run("build", "good.yaml", "--locked")
    assert done.status == 1
    assert "error[no-lock]: `good.yaml` is not in the lock" in done.err
    assert "help: `modelspec lock good.yaml` adds it" in done.err


def test_without_a_lock_nothing_is_built(folder: Path, run: Run) -> None:
    for done in (run("build", "good.yaml", "--locked"), run("lock", "--check"), run("lock")):
        assert done.status == 1
        assert "error[no-lock]: there is no `modelspec.lock`" in done.err
    assert not (folder / "good.keras").exists()


def test_another_release_is_a_warning(project: Path, run: Run) -> None:
    path = project / "modelspec.lock"
    path.write_text(path.read_text().replace("keras: ", "keras: 9.", 1))
    done = run("build", "net.yaml", "--locked")
    assert done.status == 0
    assert "warning[lock-versions]: the lock was written with Keras 9." in done.err


@pytest.mark.parametrize(
    "text", ["", "lock: 2\n", "[]", "lock: 1\nmodelspec: 1\nkeras: x\ndocuments: {a: 3}\n", "\0"]
)
def test_what_is_no_lock_is_told(project: Path, run: Run, text: str) -> None:
    (project / "modelspec.lock").write_text(text)
    for done in (run("lock", "--check"), run("build", "net.yaml", "--locked"), run("lock", "net.yaml")):
        assert done.status == 1
        assert done.err.startswith("error[")
    assert (project / "modelspec.lock").read_text() == text


def test_a_document_with_mistakes_is_not_locked(project: Path, run: Run) -> None:
    before = (project / "modelspec.lock").read_bytes()
    done = run("lock", "wrong.yaml", "good.yaml")
    assert done.status == 1
    assert "unknown-argument" in done.err
    assert (project / "modelspec.lock").read_bytes() == before


def test_what_makes_no_sense_is_refused(project: Path, run: Run) -> None:
    assert run("lock", "-", stdin=BASE).status == 2
    assert run("lock", "net.yaml", "--set", "vars.width=3").status == 2
    assert run("build", "-", "--locked", "-o", "x.keras", stdin=BASE).status == 2
