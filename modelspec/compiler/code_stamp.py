"""What tells one state of our own code from another."""

from __future__ import annotations

from pathlib import Path


def code_stamp() -> list[object]:
    """Size and time of our own files, so that a changed modelspec never reads what an older one kept."""
    package = Path(__file__).parent.parent
    files = sorted(path for room in ("link", "catalog", "graph") for path in (package / room).rglob("*.py"))
    stats = [path.stat() for path in files]
    return [[stat.st_size, stat.st_mtime_ns] for stat in stats]
