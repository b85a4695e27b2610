"""A source of runs of which those that promise little are ended."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from modelspec.compiler.sweeping.running.driving import Source
from modelspec.ledger.values import RunRow, SweepRow
from modelspec.search.pruning import Ended, Pruner

_ENDED: Mapping[str, Ended] = MappingProxyType({"DONE": "done", "PRUNED": "pruned", "FAILED": "failed"})


class Pruning:
    """A source whose runs are judged after each epoch.

    Args:
        source: where the runs come from.
        row: what the ledger says of the sweep.
        runs: those that the ledger knows. What they measured is told to the pruner anew.
        lines_of: what a run has measured so far, a line for each epoch.
    """

    def __init__(
        self,
        source: Source,
        pruner: Pruner,
        row: SweepRow,
        runs: Iterable[RunRow],
        lines_of: Callable[[RunRow], Iterable[Mapping[str, Any]]],
    ) -> None:
        self._source, self._pruner, self._metric = source, pruner, row.metric
        self._numbers: dict[str, int] = {}
        self._doomed: set[str] = set()  # judged before, and not ended yet
        order = {seed: at for at, seed in enumerate(row.seeds)}
        for run in sorted(runs, key=lambda run: (run.variant, order.get(run.seed or 0, 0))):
            judged = [self._judged(run, line) for line in lines_of(run)]
            if any(judged) and run.state not in _ENDED:
                self._doomed.add(run.folder)
            self._end(run)

    def next(self) -> RunRow | None:
        """The source's own."""
        run = self._source.next()
        if run is not None:
            self._number(run)
        return run

    def told(self, run: RunRow) -> None:
        """Hear what became of a run."""
        self._end(run)
        self._source.told(run)

    def left(self) -> bool:
        """The source's own."""
        return self._source.left()

    def epoch(self, run: RunRow, line: Mapping[str, object]) -> bool:
        """Whether a run is to be ended after an epoch."""
        return self._judged(run, line) or run.folder in self._doomed

    def _judged(self, run: RunRow, line: Mapping[str, object]) -> bool:
        number = self._number(run)
        epoch, value = line.get("epoch"), line.get(self._metric or "")
        if not isinstance(epoch, int) or not isinstance(value, int | float) or not math.isfinite(value):
            return False
        return self._pruner.epoch(number, epoch, value=value)

    def _end(self, run: RunRow) -> None:
        if run.state in _ENDED:
            self._pruner.ended(self._number(run), _ENDED[run.state], run.value)

    def _number(self, run: RunRow) -> int:
        """By the numbers of the points, and of one point by the order of the seeds."""
        return self._numbers.setdefault(run.folder, len(self._numbers))
