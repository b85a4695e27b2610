"""`modelspec weights attach` as a user has it."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
from command_line import Run

NET = """\
modelspec: 1
inputs: {x: [3]}
layers:
  - {Dense: {units: 4}, name: stem}
  - {Dense: {units: 2}, name: head}
"""
STEM = {"stem/kernel": np.full((3, 4), 7, "float32"), "stem/bias": np.full(4, 7, "float32")}
HEAD = {"head/kernel": np.full((4, 2), 9, "float32"), "head/bias": np.full(2, 9, "float32")}
ATTACH = ("weights", "attach", "net.keras", "--from")


@pytest.fixture
def archive(folder: Path, run: Run) -> Path:
    (folder / "net.yaml").write_text(NET)
    done = run("build", "net.yaml")
    assert done.status == 0, done.err
    np.savez(folder / "all.npz", **STEM, **HEAD)
    np.savez(folder / "stem.npz", **STEM)
    np.savez(folder / "head.npz", **HEAD)
    return folder / "net.keras"


def stored(path: Path) -> dict[str, np.ndarray]:
    """The values of an archive by the names of layers and their numbers."""
    with (
        zipfile.ZipFile(path) as packed,
        packed.open("model.weights.h5") as member,
        h5py.File(member) as file,
    ):
        return {
            f"{group['vars'].attrs['name']}/{number}": value[()]
            for group in file["layers"].values()
            for number, value in group["vars"].items()
        }


def test_values_are_put_into_an_archive_without_its_document(archive: Path, run: Run) -> None:
    before = archive.read_bytes()
    done = run(*ATTACH, "all.npz", "-o", "out.keras")
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith("net.keras -> out.keras  4 variables attached, 0 kept, ")
    found = stored(archive.with_name("out.keras"))
    assert {name: value.flat[0] for name, value in found.items()} == {
        "stem/0": 7,
        "stem/1": 7,
        "head/0": 9,
        "head/1": 9,
    }
    assert archive.read_bytes() == before
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(archive.with_name("out.keras")) as new:
        assert new.namelist() == old.namelist()
        for name in ("config.json", "metadata.json"):
            assert new.read(name) == old.read(name)


def test_an_archive_may_be_written_over_itself_and_twice_is_the_same_bytes(archive: Path, run: Run) -> None:
    assert run(*ATTACH, "all.npz", "-o", "net.keras").status == 0
    first = archive.read_bytes()
    assert run(*ATTACH, "all.npz", "-o", "net.keras").status == 0
    assert archive.read_bytes() == first


def test_several_files_go_in_one_over_the_other(archive: Path, run: Run) -> None:
    rest = ("--missing", "init")
    done = run(*ATTACH, "stem.npz", "--from", "head.npz", "-o", "out.keras", *rest)
    assert done.status == 0, done.err
    assert "4 variables attached" in done.out
    np.savez(archive.with_name("later.npz"), **{name: value + 1 for name, value in HEAD.items()})
    done = run(*ATTACH, "all.npz", "--from", "later.npz", "-o", "out.keras")
    assert done.status == 0, done.err
    assert done.err.startswith(
        "warning[weights-overridden]: `later.npz` takes 2 variables over from `all.npz`\n"
    )
    assert stored(archive.with_name("out.keras"))["head/0"].flat[0] == 10


def test_rules_are_those_of_a_document(archive: Path, run: Run) -> None:
    np.savez(archive.with_name("old.npz"), **{f"old/{name}": value for name, value in STEM.items()})
    arguments = ["--source", "old", "--only", "stem", "--except", "**/bias", "--unexpected", "ignore"]
    done = run(*ATTACH, "old.npz", "-o", "out.keras", *arguments)
    assert done.status == 0, done.err
    assert "1 variable attached, 3 kept, " in done.out
    assert stored(archive.with_name("out.keras"))["stem/0"].flat[0] == 7
    renamed = ["--rename", r"old/(.*)/(.*)=\1/\2", "--missing", "init"]
    done = run(*ATTACH, "old.npz", "-o", "out.keras", *renamed)
    assert done.status == 0, done.err
    assert "2 variables attached, 2 kept, " in done.out
    ordered = run(*ATTACH, "all.npz", "-o", "out.keras", "--match", "order")
    assert ordered.status == 0, ordered.err


@pytest.mark.usefixtures("archive")
def test_quiet_says_nothing(run: Run) -> None:
    done = run(*ATTACH, "all.npz", "-o", "out.keras", "-q")
    assert (done.status, done.out, done.err) == (0, "", "")


def test_data_says_what_went_where(archive: Path, run: Run) -> None:
    arguments = ["--missing", "init", "--format", "json"]
    done = run(*ATTACH, "stem.npz", "-o", "out.keras", *arguments)
    assert (done.status, done.err) == (0, "")
    data = json.loads(done.out)
    assert data.keys() >= {"archive", "diagnostics", "output", "bytes", "variables", "totals"}
    assert (data["archive"], data["output"], data["diagnostics"]) == ("net.keras", "out.keras", [])
    assert data["bytes"] == archive.with_name("out.keras").stat().st_size
    assert [row["status"] for row in data["variables"]] == ["loaded", "loaded", "kept", "kept"]
    assert data["variables"][0]["tensor"] == "stem/kernel"
    assert data["totals"] == {"loaded": {"count": 2, "params": 16}, "kept": {"count": 2, "params": 10}}


def test_mistakes_are_told_together_and_nothing_is_written(archive: Path, run: Run) -> None:
    wrong = {
        "stem/kernel": np.ones((9, 9), "float32"),
        "stem/bias": STEM["stem/bias"],
        "tail/bias": np.ones(2),
    }
    np.savez(archive.with_name("wrong.npz"), **wrong)
    done = run(*ATTACH, "wrong.npz", "-o", "out.keras")
    assert (done.status, done.out) == (1, "")
    for code in ("mismatched-weights", "unexpected-weights", "missing-weights"):
        assert f"error[{code}]" in done.err
    assert "4 errors" in done.err
    done = run(*ATTACH, "wrong.npz", "-o", "out.keras", "--format", "json")
    assert (done.status, done.err) == (1, "")
    data = json.loads(done.out)
    assert data.keys() == {"archive", "diagnostics"}
    assert len(data["diagnostics"]) == 4
    assert not archive.with_name("out.keras").exists()


def test_what_is_skipped_keeps_its_value_and_is_told(archive: Path, run: Run) -> None:
    np.savez(archive.with_name("wide.npz"), **STEM, **{**HEAD, "head/kernel": np.ones((4, 5), "float32")})
    before = stored(archive)
    done = run(*ATTACH, "wide.npz", "-o", "out.keras", "--mismatch", "skip")
    assert (done.status, done.err) == (0, "")
    assert "2 variables attached, 0 kept, 2 skipped, " in done.out
    after = stored(archive.with_name("out.keras"))
    assert np.array_equal(after["head/0"], before["head/0"])
    assert np.array_equal(after["head/1"], before["head/1"])


def test_files_that_cannot_be_read_are_told_together(archive: Path, run: Run) -> None:
    archive.with_name("odd.npz").write_bytes(b"hello")
    done = run(*ATTACH, "odd.npz", "--from", "none.npz", "-o", "out.keras", "--format", "concise")
    assert done.status == 1
    assert {line.split(" ")[0] for line in done.err.splitlines()} == {
        "error[not-weights]",
        "error[file-not-found]",
    }
    done = run("weights", "attach", "all.npz", "--from", "all.npz", "-o", "out.keras")
    assert done.status == 1
    assert not archive.with_name("out.keras").exists()


def test_a_checksum_is_compared_first(archive: Path, run: Run) -> None:
    digest = hashlib.sha256(archive.with_name("all.npz").read_bytes()).hexdigest()
    assert run(*ATTACH, "all.npz", "-o", "out.keras", "--sha256", digest).status == 0
    done = run(*ATTACH, "all.npz", "-o", "other.keras", "--sha256", "0" * 64)
    assert done.status == 1
    assert "error[wrong-checksum]" in done.err
    assert run(*ATTACH, "all.npz", "--from", "all.npz", "-o", "o.keras", "--sha256", digest).status == 2


@pytest.mark.usefixtures("archive")
@pytest.mark.parametrize(
    "arguments",
    [
        ["all.npz"],
        ["all.npz", "-o", "o.keras", "--rename", "stem"],
        ["all.npz", "-o", "o.keras", "--rename", "=stem"],
        ["all.npz", "-o", "o.keras", "--match", "luck"],
        ["all.npz", "-o", "o.keras", "--missing", "ignore"],
    ],
)
def test_a_wrong_command_line_gives_2(run: Run, arguments: list[str]) -> None:
    assert run(*ATTACH, *arguments).status == 2


def test_a_name_that_is_none_of_an_archive_is_refused(archive: Path, run: Run) -> None:
    done = run(*ATTACH, "all.npz", "-o", "out.h5")
    assert done.status == 1
    assert "error[cannot-write]" in done.err
    assert not archive.with_name("out.h5").exists()


@pytest.mark.usefixtures("archive")
def test_values_that_are_nothing_but_nan_are_told(folder: Path, run: Run) -> None:
    np.savez(folder / "nan.npz", **STEM, **{**HEAD, "head/kernel": np.full((4, 2), np.nan, "float32")})
    done = run(*ATTACH, "nan.npz", "-o", "out.keras")
    assert done.status == 0
    assert "warning[nan-weights]: `nan.npz` holds nothing but NaN for `head/kernel`" in done.err
    assert "head/bias" not in done.err
