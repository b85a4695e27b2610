"""The records of a zip archive as its writer lays them down.

Source: PKWARE's APPNOTE.TXT 6.3.10, sections 4.3 (records), 4.4 (fields), 4.5.3 (ZIP64 field).
All fields are little-endian.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

LOCAL = struct.Struct("<4s5H3L2H")
"""Before a member: signature, version, flags, method, time, date, CRC, packed, size, name, extra."""

CENTRAL = struct.Struct("<4s6H3L5H2L")
"""In the list of members: signature, made by, version, flags, method, time, date, CRC, packed, size,
lengths of name, extra and comment, disk, internal and external attributes, place of the local record."""

END = struct.Struct("<4s4H2LH")
"""At the end: signature, disk, disk of the list, members here, members, list's size, place, comment."""

END64 = struct.Struct("<4sQ2H2L4Q")
"""Before it, in a large archive: signature, size, made by, version, disks, members, list's size, place."""

LOCATOR64 = struct.Struct("<4sLQL")
"""Between the two: signature, disk, place of the large one, disks."""

LOCAL_SIGNATURE = b"PK\x03\x04"
CENTRAL_SIGNATURE = b"PK\x01\x02"
END_SIGNATURE = b"PK\x05\x06"
END64_SIGNATURE = b"PK\x06\x06"
LOCATOR64_SIGNATURE = b"PK\x06\x07"
DESCRIPTOR_SIGNATURE = b"PK\x07\x08"

STORED = 0
DEFLATED = 8

FLAG_ENCRYPTED = 1 << 0
FLAG_DESCRIPTOR = 1 << 3
FLAG_UTF8 = 1 << 11

MAX16 = 0xFFFF
MAX32 = 0xFFFFFFFF
"""In a field of a record: the value stands in the ZIP64 field."""

ZIP64_FIELD = 0x0001
_GROWTH_HINT = 0xA220
_GROWTH_SIGNATURE = 0xA028

# The local record keeps room for a ZIP64 field with two sizes, which are not known when it is laid
# down. Unused, the room is a "growth hint": the field the format has for just this. The list repeats
# it, or checkers remark on the difference.
_ROOM = struct.pack("<4H12x", _GROWTH_HINT, 16, _GROWTH_SIGNATURE, 12)

_UNIX = 3
_VERSION = 20
_VERSION64 = 45
# A regular file that its owner may write and everyone may read.
_ATTRIBUTES = 0o100644 << 16


@dataclass(frozen=True, slots=True)
class StoredMember:
    """A member written uncompressed.

    Args:
        name: of the member.
        crc: CRC-32 of its bytes.
        size: how many.
        offset: where its local record begins in the archive.
        date: word of its date.
        time: word of its time.
    """

    name: str
    crc: int
    size: int
    offset: int
    date: int
    time: int


def local_record(member: StoredMember) -> bytes:
    """What stands before a member's bytes; as long for every size, so that it can be written twice."""
    name = member.name.encode()
    large = member.size >= MAX32
    size = MAX32 if large else member.size
    room = struct.pack("<2H2Q", ZIP64_FIELD, 16, member.size, member.size) if large else _ROOM
    head = LOCAL.pack(
        LOCAL_SIGNATURE,
        _VERSION64 if large else _VERSION,
        _flags(name),
        STORED,
        member.time,
        member.date,
        member.crc,
        size,
        size,
        len(name),
        len(room),
    )
    return head + name + room


def directory_records(members: Sequence[StoredMember], *, start: int) -> bytes:
    """The list of members and the archive's end, which begin at `start`."""
    listed = b"".join(map(_central_record, members))
    count, size = len(members), len(listed)
    large = count >= MAX16 or size >= MAX32 or start >= MAX32
    end64 = b""
    if large:
        made_by = _UNIX << 8 | _VERSION64
        end64 = END64.pack(
            END64_SIGNATURE, END64.size - 12, made_by, _VERSION64, 0, 0, count, count, size, start
        ) + LOCATOR64.pack(LOCATOR64_SIGNATURE, 0, start + size, 1)
    count16 = min(count, MAX16)
    end = END.pack(END_SIGNATURE, 0, 0, count16, count16, min(size, MAX32), min(start, MAX32), 0)
    return listed + end64 + end


def _central_record(member: StoredMember) -> bytes:
    name = member.name.encode()
    wide: list[int] = []
    size = offset = MAX32
    if member.size >= MAX32:
        wide += [member.size, member.size]
    else:
        size = member.size
    if member.offset >= MAX32:
        wide.append(member.offset)
    else:
        offset = member.offset
    extra = struct.pack(f"<2H{len(wide)}Q", ZIP64_FIELD, 8 * len(wide), *wide) if wide else _ROOM
    version = _VERSION64 if wide else _VERSION
    head = CENTRAL.pack(
        CENTRAL_SIGNATURE,
        _UNIX << 8 | version,
        version,
        _flags(name),
        STORED,
        member.time,
        member.date,
        member.crc,
        size,
        size,
        len(name),
        len(extra),
        0,
        0,
        0,
        _ATTRIBUTES,
        offset,
    )
    return head + name + extra


def _flags(name: bytes) -> int:
    return 0 if name.isascii() else FLAG_UTF8
