"""The bytes of a foreign archive's member, whatever its records claim."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from threading import Lock

from modelspec.archive.member import Member
from modelspec.archive.member_names import quoted
from modelspec.archive.region import ReadRegion
from modelspec.archive.zip_end import broken

_BLOCK = 1 << 20


def member_blocks(file: io.FileIO, lock: Lock, member: Member) -> Iterator[bytes]:
    """The bytes of a member, unpacked, in blocks of at most a megabyte.

    No more than the listed size is ever given out. That the size and the checksum fit is known only
    at the end: what came before must not be trusted until then.

    Raises:
        Refused: the size or the checksum does not fit, or the packed data is damaged.
        OSError: the file cannot be read.
    """
    with ReadRegion(file, lock, start=member.start, size=member.stored_size) as region:
        blocks = _inflated(region, member) if member.deflated else iter(lambda: region.read(_BLOCK), b"")
        crc = size = 0
        for block in blocks:
            size += len(block)
            if size > member.size:
                raise broken(f"{quoted(member.name)} holds more than it says")
            crc = zlib.crc32(block, crc)
            yield block
    if size != member.size:
        raise broken(f"{quoted(member.name)} holds less than it says")
    if member.crc is not None and crc != member.crc:
        raise broken(f"the checksum of {quoted(member.name)} does not fit its content")


def _inflated(region: ReadRegion, member: Member) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    packed = b""
    try:
        while not unpacker.eof:
            packed = unpacker.unconsumed_tail or region.read(_BLOCK)
            block = unpacker.decompress(packed, _BLOCK)
            if not packed and not block:
                raise broken(f"{quoted(member.name)} is cut off")
            if block:
                yield block
    except zlib.error:
        raise broken(f"{quoted(member.name)} cannot be unpacked") from None
    if unpacker.unused_data or region.tell() != region.size:
        raise broken(f"{quoted(member.name)} has data after its end")
