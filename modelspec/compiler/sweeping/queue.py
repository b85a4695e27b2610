"""The runs of a sweep whose points are all known, by number; one that is to be started again comes next."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping

from modelspec.ledger.values import RunRow


class Queue:
    """A source of runs.

    Args:
        runs: those that are to be started; others are passed over.
    """

    def __init__(self, runs: Iterable[RunRow]) -> None:
        self._heap = [(run.variant, number, run) for number, run in enumerate(runs) if run.state == "PENDING"]
        heapq.heapify(self._heap)
        self._number = {run.folder: number for _, number, run in self._heap}

    def next(self) -> RunRow | None:
        """The first run that waits."""
        return heapq.heappop(self._heap)[2] if self._heap else None

    def told(self, run: RunRow) -> None:
        """Take back a run that is to be started again."""
        if run.state == "PENDING":
            heapq.heappush(self._heap, (run.variant, self._number[run.folder], run))

    def left(self) -> bool:
        """Whether a run waits."""
        return bool(self._heap)

    def epoch(self, run: RunRow, line: Mapping[str, object]) -> bool:
        """Nothing is ended early."""
        return False
