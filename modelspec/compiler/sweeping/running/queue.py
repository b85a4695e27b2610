"""The runs of a sweep that wait, by the number of their point; one that is to be started again comes next."""

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
        self._heap: list[tuple[int, int, RunRow]] = []
        self._number: dict[str, int] = {}
        self.add(runs)

    def add(self, runs: Iterable[RunRow]) -> None:
        """Take more runs; those that are not to be started are passed over."""
        for run in runs:
            if run.state == "PENDING":
                number = self._number.setdefault(run.folder, len(self._number))
                heapq.heappush(self._heap, (run.variant, number, run))

    def next(self) -> RunRow | None:
        """The first run that waits."""
        return heapq.heappop(self._heap)[2] if self._heap else None

    def told(self, run: RunRow) -> None:
        """Take back a run that is to be started again."""
        self.add((run,))

    def left(self) -> bool:
        """Whether a run waits."""
        return bool(self._heap)

    def epoch(self, run: RunRow, line: Mapping[str, object]) -> bool:
        """Nothing is ended early."""
        return False
