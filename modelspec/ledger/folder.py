"""The folder of a sweep: what lies where in it. All of its paths are its own, so that it can be moved."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelspec.archive.atomic import write_atomically
from modelspec.training.folder import RunFolder as TrainingFolder

FORMAT = 1
_NAME = re.compile(r"\d{4,}(-seed-?\d+)?")  # as `folder_name` makes them


@dataclass(frozen=True, slots=True)
class RunFolder(TrainingFolder):
    """The folder of one run of a sweep: that of a training, with what the training is of.

    Args:
        path: made by whoever starts the run.
    """

    @property
    def document(self) -> Path:
        """What is built and trained: an ordinary document."""
        return self.path / "variant.yaml"

    @property
    def order(self) -> Path:
        """Which attempt of what this is; the program that runs it reads it."""
        return self.path / "run.json"

    @property
    def archive(self) -> Path:
        """The built, or trained, model."""
        return self.path / "model.keras"


@dataclass(frozen=True, slots=True)
class SweepFolder:
    """The folder of a sweep."""

    path: Path

    @property
    def ledger(self) -> Path:
        """The ledger."""
        return self.path / "ledger.sqlite"

    @property
    def sweep(self) -> Path:
        """What the ledger says of the sweep, once more, to make a new ledger from."""
        return self.path / "sweep.json"

    @property
    def lock(self) -> Path:
        """Held by the process that drives the sweep."""
        return self.path / ".lock"

    @property
    def stop(self) -> Path:
        """A file that keeps the driver from starting more runs."""
        return self.path / "STOP"

    @property
    def kill(self) -> Path:
        """A file that makes the driver end the runs too."""
        return self.path / "KILL"

    @property
    def runs(self) -> Path:
        """The folders of the runs."""
        return self.path / "runs"

    def begun(self) -> frozenset[str]:
        """The names of the runs that have a folder, from its own name and what they were told."""
        try:
            entries = sorted(entry.name for entry in os.scandir(self.runs) if _NAME.fullmatch(entry.name))
        except OSError:
            return frozenset()
        return frozenset(name for name in entries if self.run(name).order.exists())

    def run(self, name: str) -> RunFolder:
        """The folder of a run by its name."""
        return RunFolder(self.runs / name)


def read_json(path: Path) -> Mapping[str, Any]:
    """A file that holds an object.

    Raises:
        OSError: it cannot be read.
        ValueError: it is damaged.
    """
    data = json.loads(path.read_bytes())
    if not isinstance(data, dict):
        raise ValueError("it holds no object")
    return data


def write_json(path: Path, data: Mapping[str, object], *, durable: bool = True) -> None:
    """Write an object whole or not at all. Raises `WriteError`.

    Args:
        durable: whether it survives a loss of power.
    """
    text = json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False)
    write_atomically(path, f"{text}\n".encode(), durable=durable)
