"""A member of an archive, or a file of an unzipped one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an archive.

    Args:
        name: as listed, `/` between folders.
        size: bytes, unpacked.
        stored_size: bytes it takes in the archive.
        deflated: whether it is packed; else it is stored as it is.
        crc: CRC-32 of its bytes, unpacked; `None` in an unzipped archive.
        start: where its bytes begin in the file that holds them.
    """

    name: str
    size: int
    stored_size: int
    deflated: bool = False
    crc: int | None = None
    start: int = 0
