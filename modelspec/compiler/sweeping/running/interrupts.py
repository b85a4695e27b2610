"""Signals that ask this process to end, noted instead of raised wherever it happens to be."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

_NUMBERS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
_Handler = Callable[[int, FrameType | None], Any] | int | None


class Interrupts:
    """A block in which Ctrl-C, SIGTERM and a terminal that is closed are noted: it is true once one has come.

    The second one raises `KeyboardInterrupt`, for whoever will not wait. A signal that this process ignores
    stays ignored, as `nohup` wants it; in a thread other than the main one nothing is noted.
    """

    def __init__(self) -> None:
        self._count = 0
        self._before: dict[int, _Handler] = {}

    def __bool__(self) -> bool:
        return self._count > 0

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            for number in _NUMBERS:
                if signal.getsignal(number) is not signal.SIG_IGN:
                    self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._count += 1
        if self._count > 1:
            raise KeyboardInterrupt
