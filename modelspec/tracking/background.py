"""A tracker told in a thread of its own: a slow one holds nothing up, and a broken one ends nothing."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from pathlib import Path

from modelspec.ledger.values import SweepRow
from modelspec.tracking.protocol import Told, Tracker, TrackerError

_PATIENCE = 30.0  # seconds for which the end of a sweep waits for what is not told yet


class Background:
    """Tells a tracker what it hears, in order.

    Args:
        make: the tracker; it is made in the thread, as that may take seconds.
        warn: told once of what goes wrong first; nothing more is told then. It is called by `end`.
    """

    def __init__(
        self,
        make: Callable[[], Tracker],
        sweep: SweepRow,
        folder: Path,
        *,
        warn: Callable[[TrackerError], None],
    ) -> None:
        self._make, self._sweep, self._folder, self._warn = make, sweep, folder, warn
        self._waiting: queue.SimpleQueue[Told | None] = queue.SimpleQueue()
        self._failure: TrackerError | None = None
        self._thread = threading.Thread(target=self._work, name="tracker", daemon=True)
        self._thread.start()

    def tell(self, told: Told) -> None:
        """Hear of a run that has ended."""
        self._waiting.put(told)

    def end(self) -> None:
        """Wait until all is told, but not for long, and warn of what went wrong."""
        self._waiting.put(None)
        self._thread.join(_PATIENCE)
        if self._thread.is_alive() and self._failure is None:
            self._failure = TrackerError(
                f"the tracker has not taken everything in {_PATIENCE:g} s",
                help="`modelspec sweep export` tells it all runs later",
            )
        if self._failure is not None:
            self._warn(self._failure)

    def _work(self) -> None:
        try:
            tracker = self._make()
            tracker.begin(self._sweep, self._folder)
            while (told := self._waiting.get()) is not None:
                tracker.tell(told)
            tracker.end()
        except TrackerError as error:
            self._failure = error
