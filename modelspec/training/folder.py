"""The folder of a run: what is written there while a model is trained, and read when training goes on.

`metrics.jsonl` has a line for each epoch, written as it comes. `state.json` names the checkpoint to go on
from and is replaced last, so that what it names is there; a run that is killed at any moment finds the state
before or after an epoch, never a mixture. A file `STOP` ends the run after the epoch that it is in.
"""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelspec.archive.atomic import as_write_errors, write_atomically

if sys.platform != "win32":
    import fcntl

FORMAT = 1
_CHECKPOINT = "checkpoint-{epoch:04d}{suffix}"


class LockedError(Exception):
    """Another process trains in this folder."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Where training stood when its state was kept.

    Args:
        run: what the run is known by; another one cannot go on from here.
        epoch: how many epochs were done.
        stopped: whether a callback had ended the training.
        callbacks: of each in order: plain values of its state.
        finished: whether the trained archive was written.
    """

    run: Mapping[str, Any]
    epoch: int
    stopped: bool
    callbacks: tuple[Mapping[str, Any], ...]
    finished: bool = False


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The folder of a run.

    Args:
        path: made where it is not there.
    """

    path: Path

    @property
    def metrics(self) -> Path:
        """A line of JSON for each epoch."""
        return self.path / "metrics.jsonl"

    @property
    def log(self) -> Path:
        """What callbacks, user code and Keras said."""
        return self.path / "log.txt"

    @property
    def state(self) -> Path:
        """Which checkpoint to go on from."""
        return self.path / "state.json"

    @property
    def result(self) -> Path:
        """How the run ended."""
        return self.path / "result.json"

    @property
    def stop(self) -> Path:
        """A file that ends the run once it is there."""
        return self.path / "STOP"

    def checkpoint(self, epoch: int) -> Path:
        """The model after so many epochs."""
        return self.path / _CHECKPOINT.format(epoch=epoch, suffix=".keras")

    def arrays(self, epoch: int) -> Path:
        """What callbacks held in arrays then."""
        return self.path / _CHECKPOINT.format(epoch=epoch, suffix=".npz")

    def clear(self) -> None:
        """Forget an earlier run; what is not ours stays."""
        for path in (self.state, self.metrics, self.log, self.result, self.stop):
            path.unlink(missing_ok=True)
        self.remove_checkpoints(but=None)

    def remove_checkpoints(self, *, but: int | None) -> None:
        """Remove the checkpoints of other epochs."""
        kept = () if but is None else (self.checkpoint(but), self.arrays(but))
        for path in self.path.glob("checkpoint-*"):
            if path.suffix in (".keras", ".npz") and path not in kept:
                with suppress(OSError):
                    path.unlink()


@contextmanager
def locked(folder: RunFolder) -> Iterator[None]:
    """The folder, made, and this process the only one that trains there.

    Raises:
        LockedError: it is not.
        WriteError: the folder cannot be made.
    """
    with as_write_errors(folder.path):
        folder.path.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder.path / ".lock", os.O_RDWR | os.O_CREAT, 0o666)
    try:
        if sys.platform != "win32":
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise LockedError from None
        yield
    finally:
        os.close(descriptor)


def write_json(path: Path, data: object) -> None:
    """Write a small file of JSON whole or not at all. Raises `WriteError`."""
    text = json.dumps(_finite(data), indent=1, ensure_ascii=False, allow_nan=False)
    write_atomically(path, f"{text}\n".encode())


def keep(folder: RunFolder, kept: Kept) -> None:
    """Make a state the one to go on from; what it names has been written before. Raises `WriteError`."""
    data = {
        "format": FORMAT,
        "run": dict(kept.run),
        "epoch": kept.epoch,
        "stopped": kept.stopped,
        "finished": kept.finished,
        "callbacks": [dict(state) for state in kept.callbacks],
    }
    write_json(folder.state, data)
    folder.remove_checkpoints(but=kept.epoch)


def read_kept(folder: RunFolder) -> Kept | None:
    """The state to go on from; `None` where there is none.

    Raises:
        ValueError: the file is damaged.
        OSError: it cannot be read.
    """
    try:
        data = json.loads(folder.state.read_bytes())
    except FileNotFoundError:
        return None
    match data:
        case {
            "format": 1,
            "run": dict(run),
            "epoch": int(epoch),
            "stopped": bool(stopped),
            "finished": bool(finished),
            "callbacks": list(callbacks),
        } if epoch >= 0 and all(isinstance(one, dict) for one in callbacks):
            return Kept(run, epoch, stopped, tuple(callbacks), finished)
        case _:
            raise ValueError("it is not what a run keeps")


def append_metrics(folder: RunFolder, line: Mapping[str, object]) -> None:
    """Add the line of an epoch, on the disk when this returns. Raises `WriteError`."""
    text = json.dumps(_finite(line), ensure_ascii=False, allow_nan=False)
    with as_write_errors(folder.metrics), folder.metrics.open("ab") as file:
        file.write(f"{text}\n".encode())
        file.flush()
        os.fsync(file.fileno())


def read_metrics(folder: RunFolder) -> tuple[Mapping[str, Any], ...]:
    """The lines that are whole; the last one of a run that was killed may not be."""
    try:
        lines = folder.metrics.read_bytes().split(b"\n")
    except FileNotFoundError:
        return ()
    found = []
    for line in lines[:-1]:
        try:
            entry = json.loads(line)
        except ValueError:
            break
        if not isinstance(entry, dict):
            break
        found.append(entry)
    return tuple(found)


def cut_metrics(folder: RunFolder, *, epoch: int) -> None:
    """Forget epochs that are trained again: all behind the first so many. Raises `WriteError`."""
    kept = [line for line in read_metrics(folder) if line.get("epoch", 0) <= epoch]
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in kept)
    write_atomically(folder.metrics, text.encode())


def _finite(value: object) -> object:
    """JSON has no NaN and no infinities: they are null."""
    match value:
        case float() if not math.isfinite(value):
            return None
        case Mapping():
            return {str(key): _finite(item) for key, item in value.items()}
        case list() | tuple():
            return [_finite(item) for item in value]
        case _:
            return value
