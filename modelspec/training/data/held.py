"""What a file of data holds, whatever its format."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelspec.archive.refusal import Refused
from modelspec.archive.sizes import readable_size

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]

ONLY = ""
"""The name of the one array of a file whose arrays have none."""


@dataclass(frozen=True, slots=True)
class Held:
    """An array, or a column.

    Args:
        shape: sizes, the samples first; `None` for a number of rows that only reading tells.
        kind: its dtype (`uint8`); `value` for a column whose values only reading tells.
    """

    shape: tuple[int | None, ...]
    kind: str


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file of data of which the head has been read.

    Args:
        path: where it lies.
        what: what its names name: `array` or `column`.
        held: by name.
        read: gives an array; several columns become one, the last axis theirs.
    """

    path: Path
    what: str
    held: Mapping[str, Held]
    read: Callable[[tuple[str, ...]], Array]


def require_memory(size: int) -> None:
    """Raise `Refused` where bytes that a file declares do not fit the memory of this machine."""
    there = _memory()
    if there is not None and size > there:
        raise Refused(
            "bad-data",
            f"takes {readable_size(size)} of memory, and this machine has {readable_size(there)}",
            help="store arrays as `.npy`, which are read piece by piece, or give a function of your own",
        )


def _memory() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None
