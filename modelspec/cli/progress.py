"""What is under way, shown on a terminal when it takes longer than a second."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from modelspec.compiler.values import Progress as Told

PATIENCE = 1.0  # seconds before anything is shown


@contextmanager
def watched(document: str, *, quiet: bool) -> Iterator[Told]:
    """A progress callback; it draws on standard error, on a terminal only, and cleans up behind itself."""
    if quiet or not sys.stderr.isatty():
        yield lambda stage, done, total: None
        return
    bar = _Bar(document)
    try:
        yield bar.told
    finally:
        bar.stop()


class _Bar:
    """A progress line that begins to exist once its time has come, whatever the build is at then."""

    def __init__(self, document: str) -> None:
        self.document = document
        self.stage = ""
        self.progress: Progress | None = None
        self.task: TaskID | None = None
        self.lock = threading.Lock()
        self.timer = threading.Timer(PATIENCE, self._start)
        self.timer.daemon = True
        self.timer.start()

    def told(self, stage: str, done: int, total: int) -> None:
        """Show a stage, and how much of it is done."""
        with self.lock:
            self.stage = stage
            if self.progress is not None and self.task is not None:
                self.progress.update(self.task, description=self._text(), completed=done, total=total or None)

    def _text(self) -> str:
        return f"{self.document}: {self.stage}"

    def _start(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        with self.lock:
            if self.timer.finished.is_set():
                return
            self.progress = Progress(
                SpinnerColumn(),
                TextColumn("{task.description}"),
                BarColumn(bar_width=24),
                TimeElapsedColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self.task = self.progress.add_task(self._text(), total=None)
            self.progress.start()

    def stop(self) -> None:
        """Take the line away."""
        self.timer.cancel()
        with self.lock:
            if self.progress is not None:
                self.progress.stop()
