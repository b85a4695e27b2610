"""A run in its folder: begun or gone on with, a line and a state kept after each epoch, the end told."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from modelspec.archive.write_failures import diagnosed_writing
from modelspec.compiler.training.identity import NAMES
from modelspec.compiler.training.values import Run
from modelspec.diagnostics import Report
from modelspec.training.arrays import read_arrays, write_arrays
from modelspec.training.folder import (
    Kept,
    RunFolder,
    append_metrics,
    cut_metrics,
    keep,
    read_kept,
    read_metrics,
)

if TYPE_CHECKING:
    from modelspec.link.training.watcher import Begun, EpochEnd


# What the states of generators are called among the arrays of a checkpoint.
_SEEDS = "seeds"


class NanLossError(Exception):
    """The loss of an epoch is no number.

    Args:
        epoch: its number, from 1.
    """

    def __init__(self, epoch: int) -> None:
        super().__init__(epoch)
        self.epoch = epoch


def begin(run: Run, folder: RunFolder, identity: Mapping[str, Any], report: Report) -> Kept | None:
    """What to go on from; `None` for a run from the beginning, for which the folder has been cleared.

    Raises:
        SpecError: a run that is not to be lost lies there, or another one, or one that cannot be read.
    """
    name = str(run.folder)
    try:
        kept = read_kept(folder)
    except (OSError, ValueError) as error:
        if not run.restart:
            report.fail(
                "bad-checkpoint",
                f"`{folder.state}` cannot be read: {str(error).partition(chr(10))[0].lower()}",
                help="`--restart` begins anew",
            )
        kept = None
    if kept is not None and not run.resume and not run.restart and not kept.finished:
        report.fail(
            "unfinished-run",
            f"`{name}` holds a run that ended after epoch {kept.epoch:,}",
            help="`--resume` goes on from there, `--restart` begins anew",
        )
    if kept is None or not run.resume:
        with diagnosed_writing(folder.state, report):
            folder.clear()
        return None
    differing = [text for part, text in NAMES.items() if kept.run.get(part) != identity[part]]
    if differing:
        verb = "differs" if len(differing) == 1 else "differ"
        report.fail(
            "other-run",
            f"the run in `{name}` is another: {', '.join(differing)} {verb}",
            help="`--restart` begins anew; `-o` or `--run` with another name keeps both",
        )
    with diagnosed_writing(folder.metrics, report):
        folder.stop.unlink(missing_ok=True)
        cut_metrics(folder, epoch=kept.epoch)
    return kept


def begun_from(kept: Kept | None, folder: RunFolder, report: Report) -> Begun:
    """Where training goes on, what callbacks held in arrays included. Raises `SpecError`."""
    from modelspec.link.training.watcher import Begun

    if kept is None:
        return Begun()
    path = folder.arrays(kept.epoch)
    try:
        arrays = read_arrays(path)
    except (OSError, ValueError) as error:
        report.fail(
            "bad-checkpoint",
            f"`{path}` cannot be read: {str(error).lower()}",
            help="`--restart` begins anew",
        )
    states = []
    for number, plain in enumerate(kept.callbacks):
        own = {
            name.removeprefix(f"{number}/"): array
            for name, array in arrays.items()
            if name.startswith(f"{number}/")
        }
        states.append((plain, own))
    seeds = [arrays[f"{_SEEDS}/{at}"] for at in range(sum(name.startswith(f"{_SEEDS}/") for name in arrays))]
    return Begun(kept.epoch, kept.stopped, tuple(states), seeds)


@dataclass(slots=True)
class Recorder:
    """Writes what a run leaves behind, after each epoch.

    Args:
        write: writes the model as an archive to a path, as it is after so many epochs.
        every: after how many epochs the state is kept; 0 for never.
        last: the number of the last epoch; `None` where nobody knows.
    """

    folder: RunFolder
    identity: Mapping[str, Any]
    report: Report
    write: Callable[[Any, Path, int], object]
    every: int
    last: int | None
    epochs: int = 0
    kept: int = 0
    stopped: bool = False
    metrics: Mapping[str, Any] = field(default_factory=dict)
    _began: float = field(default_factory=monotonic)

    def epoch(self, end: EpochEnd) -> bool:
        """Keep what is known after an epoch; true where the run is to end.

        Raises:
            NanLossError: the loss is no number; what was kept before stays.
            SpecError: it cannot be written.
        """
        self.line(end.epoch, end.metrics)
        if not math.isfinite(end.metrics.get("loss", 0.0)):
            raise NanLossError(end.epoch)
        asked = self.asked_to_stop()
        due = self.every and (end.epoch % self.every == 0 or asked or end.stopped or end.epoch == self.last)
        if due:
            self.keep(end)
        self.stopped = asked and end.epoch != self.last and not end.stopped
        return asked

    def line(self, epoch: int, metrics: Mapping[str, float]) -> None:
        """Add the line of an epoch."""
        now = monotonic()
        with diagnosed_writing(self.folder.metrics, self.report):
            append_metrics(self.folder, {"epoch": epoch, **metrics, "seconds": round(now - self._began, 3)})
        self._began = now
        self.epochs = epoch
        self.metrics = metrics

    def keep(self, end: EpochEnd) -> None:
        """Keep the state after an epoch: what it is made of first, what names that last."""
        states = end.callbacks()
        arrays = {
            f"{number}/{name}": array
            for number, (_, held) in enumerate(states)
            for name, array in held.items()
        } | {f"{_SEEDS}/{number}": state for number, state in enumerate(end.seeds())}
        self.write(end.model, self.folder.checkpoint(end.epoch), end.epoch)
        with diagnosed_writing(self.folder.state, self.report):
            write_arrays(self.folder.arrays(end.epoch), arrays)
            keep(
                self.folder,
                Kept(self.identity, end.epoch, end.stopped, tuple(plain for plain, _ in states)),
            )
        self.kept = end.epoch

    @property
    def kept_epoch(self) -> int:
        """The epoch whose state is kept, by what lies in the folder: a run may be stopped at any moment."""
        found = read_kept(self.folder)
        return found.epoch if found is not None else self.kept

    def finish(self) -> None:
        """Note that the trained archive is written."""
        kept = read_kept(self.folder)
        if kept is not None:
            with diagnosed_writing(self.folder.state, self.report):
                keep(self.folder, Kept(kept.run, kept.epoch, kept.stopped, kept.callbacks, finished=True))

    def asked_to_stop(self) -> bool:
        """Whether a file `STOP` is there."""
        return self.folder.stop.exists()


def last_metrics(folder: RunFolder) -> Mapping[str, Any]:
    """Of the last epoch that is written down."""
    lines = read_metrics(folder)
    return {k: v for k, v in lines[-1].items() if k not in ("epoch", "seconds")} if lines else {}


def open_log(folder: RunFolder) -> io.TextIOWrapper:
    """The log, to be added to, a line at a time."""
    return folder.log.open("a", encoding="utf-8", buffering=1)
