"""What tells one state of our own code from another."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_COMPILING = ("link", "catalog", "graph")


@cache
def code_stamp(*, rooms: tuple[str, ...] = _COMPILING) -> tuple[object, ...]:
    """Size and time of our own files, so that a changed modelspec never reads what an older one kept.

    Looked at once: a process runs what it has read.

    Args:
        rooms: those that what is kept depends on.
    """
    package = Path(__file__).parent.parent
    files = sorted(path for room in rooms for path in (package / room).rglob("*.py"))
    stats = [path.stat() for path in files]
    return tuple((stat.st_size, stat.st_mtime_ns) for stat in stats)
