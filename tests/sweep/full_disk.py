"""A sweep on a disk that is full from some byte on, and then is not: `full_disk.py DISK fake|real KIB...`.

`DISK` is a small file system of its own; beside it lies `net.yaml`. For each number, the sweep is run by the
command where so many KiB are free, looked over, and gone on with where there is room. It prints what came of
it. The trainer is the fake one, or the real one.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import yaml
from fake_sweep import FAKE
from killed_sweep import drive, dump, ended, forked

from modelspec.cli import main as run_command
from modelspec.compiler.sweeping.running.run import RUN_ONE, run_sweep
from modelspec.ledger.folder import SweepFolder, read_json
from modelspec.ledger.store import LedgerError, open_for_reading
from modelspec.training.folder import read_metrics

MODEL = b"a model"


def fill(disk: Path, free: int) -> Path:
    """Leave so many bytes of a disk."""
    path, room = disk / "filler", os.statvfs(disk)
    with path.open("wb", buffering=0) as file, suppress(OSError):
        for _ in range(max(0, room.f_bavail * room.f_frsize - free) >> 12):
            file.write(bytes(1 << 12))
        os.fsync(file.fileno())
    return path


def command(*arguments: str) -> int:
    """The exit status of the command."""

    def work() -> bool:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.argv = ["modelspec", *arguments]
        run_command()
        return False

    child = forked(work)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def is_archive(path: Path) -> bool:
    """Whether all of an archive is there."""
    size = json.loads(Path(os.environ["FAKE_PLAN"]).read_text())["*"]["size"]
    if path.read_bytes() == MODEL * size:
        return True
    with zipfile.ZipFile(path) as archive:
        return archive.testzip() is None


def spoilt(folder: Path) -> Iterator[str]:
    """What is not whole under its final name."""
    at = SweepFolder(folder)
    paths = [at.sweep, *folder.glob("runs/*/run.json"), *folder.glob("runs/*/result.json")]
    for path in (*paths, *folder.glob("runs/*/variant.yaml")):
        try:
            if path.exists():
                yaml.safe_load(path.read_bytes()) if path.suffix == ".yaml" else read_json(path)
        except (ValueError, yaml.YAMLError) as error:
            yield f"{path.relative_to(folder)}: {error}"
    for path in folder.glob("runs/*/model.keras"):
        if not is_archive(path):
            yield f"{path.relative_to(folder)}: {path.stat().st_size}"
    if at.ledger.exists():
        try:
            with open_for_reading(folder) as ledger:
                for run in ledger.runs():
                    if run.state == "DONE" and len(read_metrics(at.run(run.folder))) != 2:
                        yield f"{run.folder} is done"
        except LedgerError as error:
            yield f"the ledger is {error.kind}: {error.reason}"


def main(disk: Path, trainer: str, sizes: list[int]) -> None:
    root = disk.parent
    run_sweep.__kwdefaults__["command"] = FAKE if trainer == "fake" else RUN_ONE
    ended(forked(lambda: drive(root / "planned")))  # the plan is kept, and made without Keras from now on
    status = command("sweep", "run", str(root / "net.yaml"), "-o", str(root / "undisturbed"), "-q")
    assert status == 0
    found = {}
    for free in sizes:
        folder = disk / "sweep"
        filler = fill(disk, free << 10)
        status = command("sweep", "run", str(root / "net.yaml"), "-o", str(folder), "-q")
        wrong = [*spoilt(folder)]
        filler.unlink()
        again = command("sweep", "run", str(root / "net.yaml"), "-o", str(folder), "-q")
        wrong += [*spoilt(folder)]
        whole = again == 0 and dump(folder) == dump(root / "undisturbed")
        left = [path.name for path in folder.rglob("*.tmp")]
        found[free] = {"status": status, "wrong": wrong, "again": again, "whole": whole, "left": left}
        shutil.rmtree(folder, ignore_errors=True)
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], [int(text) for text in sys.argv[3:]])
