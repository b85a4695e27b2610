"""The driver's end of the pipe by which a job's program learns that the driver is gone.

Nothing is ever written to it. The driver holds its only write end, so that the kernel closes it when the
driver ends, however that happens; whoever reads sees the end then. `guard` is the other side.
"""

from __future__ import annotations

import os
import weakref
from contextlib import suppress
from types import TracebackType

VARIABLE = "MODELSPEC_DRIVER_FD"


class Leash:
    """A pipe from this process to the programs that it starts.

    They inherit `end` and find its number in the variable `VARIABLE`. The write end is inherited by nobody:
    it is closed on exec, and in children that are forked without one.
    """

    def __init__(self) -> None:
        self.end, self._held = os.pipe()
        _OPEN.add(self)

    def close(self) -> None:
        """End what is still held."""
        _OPEN.discard(self)
        self._close()

    def _close(self) -> None:
        ends, self.end, self._held = (self.end, self._held), -1, -1
        for end in ends:
            with suppress(OSError):
                os.close(end)

    def __enter__(self) -> Leash:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


_OPEN: weakref.WeakSet[Leash] = weakref.WeakSet()


def _close_in_child() -> None:
    for leash in tuple(_OPEN):
        leash.close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_close_in_child)
