"""A sweep on a disk that is full from some byte on, and then is not: `full_disk.py DISK KIB...`.

`DISK` is a small file system of its own; beside it lies `net.yaml`. For each number, the sweep is run by the
command where so many KiB are free, looked over, and gone on with where there is room. It prints what came of
it.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import yaml
from fake_sweep import FAKE
from killed_sweep import drive, dump, ended, forked

from modelspec.cli import main as run_command
from modelspec.compiler.sweeping.running import run_sweep
from modelspec.ledger.folder import SweepFolder, read_json
from modelspec.ledger.store import LedgerError, open_for_reading
from modelspec.training.folder import read_metrics

MODEL = b"a model"


def fill(disk: Path, free: int) -> Path:
    """Leave so many bytes of a disk."""
    path, room = disk / "filler", os.statvfs(disk)
    with path.open("wb") as file:
        file.write(bytes(max(0, room.f_bavail * room.f_frsize - free)))
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


def spoilt(folder: Path, size: int) -> Iterator[str]:
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
        if path.read_bytes() != MODEL * size:
            yield f"{path.relative_to(folder)}: {path.stat().st_size}"
    if at.ledger.exists():
        try:
            with open_for_reading(folder) as ledger:
                for run in ledger.runs():
                    if run.state == "DONE" and len(read_metrics(at.run(run.folder))) != 2:
                        yield f"{run.folder} is done"
        except LedgerError as error:
            yield f"the ledger is {error.kind}: {error.reason}"


def main(disk: Path, sizes: list[int]) -> None:
    root = disk.parent
    size = json.loads(Path(os.environ["FAKE_PLAN"]).read_text())["*"]["size"]
    run_sweep.__kwdefaults__["command"] = FAKE
    ended(forked(lambda: drive(root / "planned")))
    assert drive(root / "undisturbed")
    found = {}
    for free in sizes:
        folder = disk / "sweep"
        filler = fill(disk, free << 10)
        status = command("sweep", "run", str(root / "net.yaml"), "-o", str(folder), "-q")
        wrong = [*spoilt(folder, size)]
        filler.unlink()
        again = command("sweep", "run", str(root / "net.yaml"), "-o", str(folder), "-q")
        wrong += [*spoilt(folder, size)]
        whole = again == 0 and dump(folder) == dump(root / "undisturbed")
        left = [path.name for path in folder.rglob("*.tmp")]
        found[free] = {"status": status, "wrong": wrong, "again": again, "whole": whole, "left": left}
        shutil.rmtree(folder, ignore_errors=True)
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]), [int(text) for text in sys.argv[2:]])
