"""`modelspec decompile` as a user has it."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from command_line import Run

from modelspec.cli.decompile import decompile
from modelspec.decompiler import decompile as whole

NET = """\
modelspec: 1
name: net
inputs: {x: [3]}
layers:
  - Dense: {units: 4, activation: relu}
    name: hidden
  - Dense: {units: 1}
    name: out
compile: {optimizer: adam, loss: mse}
"""
WRITTEN = """\
modelspec: 1
name: net

inputs:
  x: [3]

layers:
  - Dense: {units: 4, activation: relu}
    name: hidden
  - Dense: {units: 1}
    name: out

compile: {optimizer: adam, loss: mse}
"""


@pytest.fixture
def archive(folder: Path, run: Run) -> Path:
    (folder / "net.yaml").write_text(NET)
    done = run("build", "net.yaml", "-o", "net.keras")
    assert done.status == 0, done.err
    return folder / "net.keras"


@pytest.mark.usefixtures("archive")
def test_the_document_is_printed(run: Run) -> None:
    done = run("decompile", "net.keras")
    assert (done.status, done.out, done.err) == (0, WRITTEN, "")


def test_an_unzipped_archive_and_a_config_give_the_same(archive: Path, run: Run) -> None:
    with zipfile.ZipFile(archive) as members:
        members.extractall(archive.with_name("net"))
    assert run("decompile", "net").out == WRITTEN
    assert run("decompile", "net/config.json").out == WRITTEN


def test_a_document_is_written_and_told_of(archive: Path, run: Run) -> None:
    done = run("decompile", "net.keras", "-o", "again.yaml")
    assert (done.status, done.out, done.err) == (0, "net.keras -> again.yaml  13 lines\n", "")
    assert archive.with_name("again.yaml").read_text() == WRITTEN


def test_values_go_beside_the_document_and_into_what_is_built_from_it(archive: Path, run: Run) -> None:
    done = run("decompile", "net.keras", "-o", "again.yaml", "--weights")
    assert (done.status, done.err) == (0, "")
    assert done.out == "net.keras -> again.yaml  15 lines, values in again.weights.h5\n"
    assert run("build", "again.yaml", "--set", "weights.seed=5", "-o", "again.keras").status == 0
    for name in ("net", "again"):
        assert run("weights", "extract", f"{name}.keras", "-o", f"{name}.npz").status == 0
    before, after = (np.load(archive.with_name(f"{name}.npz")) for name in ("net", "again"))
    assert set(before) == set(after) == {"hidden/kernel", "hidden/bias", "out/kernel", "out/bias"}
    assert all(np.array_equal(before[key], after[key]) for key in before)
    assert np.ptp(before["hidden/kernel"]) > 0


@pytest.mark.usefixtures("archive")
def test_data_has_the_document_in_it(run: Run) -> None:
    data = json.loads(run("decompile", "net.keras", "--format", "json").out)
    assert data == {
        "file": "net.keras",
        "diagnostics": [],
        "document": WRITTEN,
        "output": None,
        "weights": None,
    }


@pytest.mark.usefixtures("archive")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--weights"], "say where with -o"),
        (["-o", "a.yaml", "--weights", "--names", "auto"], "finds values by the names of layers"),
        (["-o", "net.keras"], "would replace the file"),
        (["--names", "all"], "'all' is not one of"),
    ],
)
def test_a_wrong_command_line_is_told(arguments: list[str], message: str, run: Run) -> None:
    done = run("decompile", "net.keras", *arguments)
    assert done.status == 2
    assert message in done.err


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "cannot-decompile"),
        (b"import keras\n", "cannot-decompile"),
        (b'{"layers": []}', "cannot-decompile"),
        (b'{"class_name": "Dense"', "archive-config"),
        (b"PK\x03\x04", "broken-archive"),
        (b"\x89HDF\r\n\x1a\n", "broken-archive"),
    ],
)
def test_what_is_no_model_is_an_error_and_writes_nothing(
    content: bytes, code: str, folder: Path, run: Run
) -> None:
    (folder / "file").write_bytes(content)
    done = run("decompile", "file", "-o", "net.yaml")
    assert (done.status, done.out) == (1, "")
    assert f"error[{code}]" in done.err
    assert not (folder / "net.yaml").exists()


def test_a_file_that_is_not_there_is_an_error(run: Run) -> None:
    done = run("decompile", "gone.keras")
    assert done.status == 1
    assert "error[file-not-found]" in done.err


REPEATED = """\
modelspec: 1
name: net
inputs: {x: [8]}
blocks: {unit: {layers: [{Dense: {units: 8}, name: a}, {Dropout: {rate: 0.1}, name: b}, {ReLU: {}, name: c}]}}
layers: [{unit: , name: unit_$i, repeat: 4}]
"""


@pytest.fixture
def repeated(folder: Path, run: Run) -> str:
    (folder / "net.yaml").write_text(REPEATED)
    done = run("build", "net.yaml", "-o", "net.keras")
    assert done.status == 0, done.err
    return "net.keras"


def test_what_repeats_is_folded_unless_it_is_wanted_flat(repeated: str, run: Run) -> None:
    folded, flat = run("decompile", repeated), run("decompile", repeated, "--flat")
    assert (folded.status, flat.status, folded.err, flat.err) == (0, 0, "", "")
    assert "  - unit:\n    name: unit_$i\n    repeat: 4\n" in folded.out
    assert "blocks:" not in flat.out
    assert flat.out.count("- Dense: {units: 8}\n") == 4


def test_a_fault_of_folding_is_a_line_on_standard_error(
    repeated: str, folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> dict[str, object]:
        raise RecursionError("forced")

    monkeypatch.setattr(whole, "fold", broken)
    monkeypatch.chdir(folder)
    done = CliRunner().invoke(decompile, [repeated, "--format", "concise"])
    assert (done.exit_code, done.stdout) == (0, run("decompile", repeated, "--flat").out)
    (line,) = done.stderr.splitlines()
    assert "warning[not-folded]" in line
    assert line.endswith("the folded document would not mean the same (RecursionError: forced)")


def late(first: int) -> str:
    """Layers whose automatic names are counted from a number on."""
    said = {
        "Dense: {units: 4}": "dense",
        "ReLU:": "re_lu",
        "Dropout: {rate: 0.5}": "dropout",
        "Softmax:": "softmax",
    }
    named = {item: f"{stem}_{first}" if first else stem for item, stem in said.items()}
    items = "".join(f"  - {item}\n    name: {name}\n" for item, name in named.items())
    return f"modelspec: 1\nname: net\ninputs: {{x: [4]}}\nlayers:\n{items}"


def test_names_counted_on_from_another_model_are_told_of(folder: Path, run: Run) -> None:
    (folder / "late.yaml").write_text(late(7))
    assert run("build", "late.yaml", "-o", "late.keras").status == 0
    hint = "`--names auto` would leave 4 automatic names out, counted on from another model: 11 lines\n"
    done = run("decompile", "late.keras", "-o", "again.yaml")
    assert (done.status, done.err) == (0, hint)
    printed = run("decompile", "late.keras")
    assert (printed.err, printed.out) == (hint, (folder / "again.yaml").read_text())
    assert run("decompile", "late.keras", "--names", "auto").out.count("\n") == 11
    for quiet in (["-q"], ["--format", "json"], ["--names", "auto"], ["-o", "it.yaml", "--weights"]):
        assert run("decompile", "late.keras", *quiet).err == ""


def test_names_that_are_counted_from_the_first_are_not_told_of(folder: Path, run: Run) -> None:
    (folder / "first.yaml").write_text(late(0))
    assert run("build", "first.yaml", "-o", "first.keras").status == 0
    assert run("decompile", "first.keras").err == ""
