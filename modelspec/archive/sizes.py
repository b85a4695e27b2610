"""Sizes in bytes as people read them."""

from __future__ import annotations

_UNITS = ("kB", "MB", "GB", "TB", "PB")


def readable_size(size: int) -> str:
    """A size with a unit of a power of 1000, as disks are sold: `1.4 GB`, `12 MB`, `1 byte`."""
    if size < 1000:
        return f"{size} byte" if size == 1 else f"{size} bytes"
    for power, unit in enumerate(_UNITS, start=1):
        value = size / 1000**power
        if value < 9.95:
            return f"{value:.1f} {unit}"
        if value < 999.5:
            return f"{value:.0f} {unit}"
    return f"{size / 1000 ** len(_UNITS):.0f} {_UNITS[-1]}"
