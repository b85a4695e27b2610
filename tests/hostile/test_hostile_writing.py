"""Builds with weights and attachments onto disks that are full, under limits, and interrupted on the way."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import modelspec
from modelspec.compiler.produce import write_archive
from modelspec.compiler.stages import compile_document
from modelspec.compiler.values import Options, Text
from modelspec.compiler.weights.archive import attach_to_archive
from modelspec.compiler.weights.extract import Wanted, extract_from
from modelspec.diagnostics import Report
from modelspec.source.files import load_text
from modelspec.weights.attach.rules import Rule

NET = """\
modelspec: 1
name: net
inputs:
  x: [1024]
layers:
  - Dense: {units: 1024}
    name: d
    repeat: 4
"""
LOADING = NET + "weights: {load: [{file: w.npz}]}\n"
PARAMS = 4 * (1024 * 1024 + 1024)
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(modelspec.__file__).parents[1])}
VERBS = {
    "build": ("build", "loading.yaml", "-o"),
    "attach": ("weights", "attach", "net.keras", "--from", "w.npz", "-o"),
}


def build(document: Path, target: Path, progress: Any = lambda *_: None) -> int:
    report = Report()
    loaded = load_text(document, report)
    assert loaded is not None
    compiled = compile_document(Text(*loaded, document), Options(), report)
    return write_archive(compiled, target, report, progress=progress).size


def attach(folder: Path, target: Path, progress: Any = lambda *_: None) -> int:
    sources = [(folder / "w.npz", None)]
    done = attach_to_archive(
        folder / "net.keras", sources, Rule(), target, Report(), options=Options(), progress=progress
    )
    return done.size


def extract(folder: Path, target: Path, progress: Any = lambda *_: None) -> int:
    wanted = Wanted(target, shard_size=5 << 20)
    return extract_from(folder / "net.keras", wanted, Report(), options=Options(), progress=progress).size


WRITERS: dict[str, Callable[..., int]] = {
    "new.keras": attach,
    "loaded.keras": lambda folder, target, **how: build(folder / "loading.yaml", target, **how),
    **dict.fromkeys(("w.safetensors", "x.npz", "w.weights.h5", "w.weights.json"), extract),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A document, one with a load, their archive of 17 MB, and a file with as many values."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "net.yaml").write_text(NET)
    (folder / "loading.yaml").write_text(LOADING)
    build(folder / "net.yaml", folder / "net.keras")
    names = ["d", "d_1", "d_2", "d_3"]
    arrays = {f"{name}/kernel": np.full((1024, 1024), 7, "float32") for name in names}
    np.savez(folder / "w.npz", **arrays, **{f"{name}/bias": np.ones(1024, "float32") for name in names})
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """The same, as links, with an old file where one is written."""
    for path in made.iterdir():
        (tmp_path / path.name).hardlink_to(path)
    return tmp_path


@pytest.mark.parametrize("name", WRITERS)
def test_an_interrupt_on_the_way_leaves_what_was_there(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"old")
    before = {path.name for path in folder.iterdir()}
    told: list[int] = []

    def progress(stage: str, done: int, total: int) -> None:
        if stage.startswith("writing") and done:
            told.append(done)
            if len(told) == 2:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        WRITERS[name](folder, folder / name, progress=progress)
    assert told[-1] < PARAMS * 4
    assert {path.name for path in folder.iterdir()} == before
    assert (folder / name).read_bytes() == b"old"


@pytest.mark.parametrize("name", WRITERS)
def test_what_a_file_is_said_to_need_is_hardly_more_than_it_takes(
    folder: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[int] = []
    for room in ("writer", "weights_file.whole", "weights_file.hdf5"):
        monkeypatch.setattr(f"modelspec.archive.{room}.require_room", lambda _, needed: said.append(needed))
    took = WRITERS[name](folder, folder / name)
    (needed,) = said
    assert took > PARAMS * 4
    assert took <= needed <= 1.01 * took


@pytest.mark.parametrize("verb", VERBS)
def test_a_limit_on_the_size_of_files_leaves_the_old_archive(folder: Path, verb: str) -> None:
    resource = pytest.importorskip("resource")
    (folder / "new.keras").write_bytes(b"old")
    before = {path.name for path in folder.iterdir()}
    command = [sys.executable, "-m", "modelspec", *VERBS[verb], "new.keras"]
    # The names of variables come from the cache then, which is written under no limit.
    subprocess.run(
        [*command[:-1], "first.keras"], cwd=folder, env=ENVIRONMENT, check=True, capture_output=True
    )
    (folder / "first.keras").unlink()

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 23, 1 << 23))

    found = subprocess.run(
        command, cwd=folder, env=ENVIRONMENT, preexec_fn=limit, capture_output=True, text=True
    )
    assert found.returncode == 1, found.stderr
    assert "error[cannot-write]" in found.stderr
    assert "larger than the file system or a limit" in found.stderr
    assert {path.name for path in folder.iterdir()} == before
    assert (folder / "new.keras").read_bytes() == b"old"


@pytest.mark.parametrize("verb", VERBS)
def test_a_full_disk_leaves_the_old_archive_and_says_what_is_needed(folder: Path, verb: str) -> None:
    """Runs in a mount namespace of its own, so that nothing stays mounted."""
    disk = folder / "disk"
    disk.mkdir()
    (folder / "old").write_bytes(b"old")
    steps = 'mount -t tmpfs -o size=9m none "$1" && cp "$2" "$1/new.keras" && shift && shift && "$@"'
    private = ["unshare", "--mount", "--map-root-user", "sh", "-c", steps, "sh", disk, folder / "old"]
    tried = subprocess.run([*private, "true"], capture_output=True) if shutil.which("unshare") else None
    if tried is None or tried.returncode:
        pytest.skip("no file system can be mounted here")
    target = f"{disk}/new.keras"
    program = [sys.executable, "-m", "modelspec", *VERBS[verb], target]
    look = ["sh", "-c", f'"$@"; echo $?; ls -A "{disk}" && cat "{target}"', "sh"]
    found = subprocess.run(
        [*private, *look, *program], cwd=folder, env=ENVIRONMENT, capture_output=True, text=True
    )
    assert found.stdout.splitlines() == ["1", "new.keras", "old"], found.stderr
    told = " ".join(found.stderr.split())
    assert f"error[disk-full]: the disk is too full for `{target}`: it needs 17 MB, 9." in told
