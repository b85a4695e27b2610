"""Sizes in bytes as people read them."""

from __future__ import annotations

import math

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


def size_to_give(size: int) -> str:
    """A size as it is given to an option, no less than it is: `2.1GB`, `750MB`."""
    power = 3 if size >= 10**9 else 2 if size >= 10**6 else 1
    tenths = math.ceil(10 * size / 1000**power)
    count = f"{tenths / 10:g}" if tenths < 1000 else f"{math.ceil(tenths / 10)}"
    return f"{count}{_UNITS[power - 1].upper()}"
