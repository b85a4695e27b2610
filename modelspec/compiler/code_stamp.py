"""What tells one state of our own code from another."""

from __future__ import annotations

from pathlib import Path

_COMPILING = ("link", "catalog", "graph")


def code_stamp(*, rooms: tuple[str, ...] = _COMPILING) -> list[object]:
    """Size and time of our own files, so that a changed modelspec never reads what an older one kept.

    Args:
        rooms: those that what is kept depends on.
    """
    package = Path(__file__).parent.parent
    files = sorted(path for room in rooms for path in (package / room).rglob("*.py"))
    stats = [path.stat() for path in files]
    return [[stat.st_size, stat.st_mtime_ns] for stat in stats]
