"""The end of a foreign zip archive: the records that say where its list of members is."""

from __future__ import annotations

import io
from dataclasses import dataclass

from modelspec.archive.refusal import Refused
from modelspec.archive.sizes import readable_size
from modelspec.archive.zip_records import (
    CENTRAL_SIGNATURE,
    END,
    END64,
    END64_SIGNATURE,
    END_SIGNATURE,
    LOCATOR64,
    LOCATOR64_SIGNATURE,
    MAX16,
    MAX32,
)


@dataclass(frozen=True, slots=True)
class DirectoryEnd:
    """Where the list of members is.

    Args:
        count: how many members it has.
        start: where it begins in the file.
        size: its bytes.
    """

    count: int
    start: int
    size: int


def broken(what: str) -> Refused:
    """A refusal of an archive that is cut off or contradicts itself."""
    return Refused(
        "broken-archive",
        f"is a damaged archive: {what}",
        help="copy or download it again, or save the model anew",
    )


def unsafe(what: str) -> Refused:
    """A refusal of an archive with what no honest writer leaves."""
    return Refused(
        "unsafe-archive",
        what,
        help="if you trust the file, unpack it and pack its members anew",
    )


def read_exactly(file: io.FileIO, start: int, size: int) -> bytes:
    """`size` bytes from `start`; refused if the file ends earlier."""
    file.seek(start)
    parts: list[bytes] = []
    while size and (part := file.read(size)):
        parts.append(part)
        size -= len(part)
    if size:
        raise broken("it ends inside a record")
    return b"".join(parts)


def has_end(file: io.FileIO) -> bool:
    """Whether a reader of zip archives finds the end of one in a file, whatever the file begins with.

    Source: `zipfile` of Python, by which Keras tells an archive: an end record within reach of the longest
    comment, behind a list of members or the locator of a large end record. Any such record counts, not only
    the last, since readers differ.

    Raises:
        OSError: the file cannot be read.
    """
    start, tail = _tail(file)
    at = tail.find(END_SIGNATURE)
    while at >= 0 and len(tail) - at >= END.size:
        listed = start + at - END.unpack_from(tail, at)[5]
        before = ((listed, CENTRAL_SIGNATURE), (start + at - LOCATOR64.size, LOCATOR64_SIGNATURE))
        if any(_stands(signature, file, place) for place, signature in before):
            return True
        at = tail.find(END_SIGNATURE, at + 1)
    return False


def _stands(signature: bytes, file: io.FileIO, place: int) -> bool:
    if place < 0:
        return False
    file.seek(place)
    return file.read(len(signature)) == signature


def _tail(file: io.FileIO) -> tuple[int, bytes]:
    """Where the part of a file begins in which an end record may stand, and that part."""
    length = file.seek(0, io.SEEK_END)
    reach = min(length, END.size + MAX16)
    return length - reach, read_exactly(file, length - reach, reach)


def read_end(file: io.FileIO) -> DirectoryEnd:
    """Where the list of members is; the archive must begin and end where the file does.

    Raises:
        Refused: the end is missing, has something after it, or contradicts itself.
        OSError: the file cannot be read.
    """
    at = file.seek(0, io.SEEK_END) - END.size
    record = read_exactly(file, at, END.size) if at >= 0 else b""
    if not record.startswith(END_SIGNATURE) or not record.endswith(b"\0\0"):
        raise _misplaced_end(file)
    _, disk, list_disk, here, count, size, start, _ = END.unpack(record)
    end = DirectoryEnd(count, start, size)
    stop = at
    if disk not in (0, MAX16) or list_disk not in (0, MAX16) or here != count:
        raise broken("it is one part of several")
    # Every reader looks for the locator of a large end record, whether or not the small one asks for it.
    locator = at - LOCATOR64.size
    if locator >= 0:
        signature, end_disk, place, disks = LOCATOR64.unpack(read_exactly(file, locator, LOCATOR64.size))
        if signature == LOCATOR64_SIGNATURE:
            if end_disk or disks > 1:
                raise broken("it is one part of several")
            end = _read_end64(file, place, locator, end)
            stop = place
    if end.start + end.size > stop:
        raise broken("its list of members is not where it should be")
    if end.start + end.size < stop:
        hidden = readable_size(stop - end.start - end.size)
        raise unsafe(f"has {hidden} before or between its members that belong to none")
    return end


def _read_end64(file: io.FileIO, place: int, locator: int, small: DirectoryEnd) -> DirectoryEnd:
    if place + END64.size != locator:
        raise broken("its large end record is not where it should be")
    fields = END64.unpack(read_exactly(file, place, END64.size))
    signature, record_size, _, _, disk, list_disk, here, count, size, start = fields
    if signature != END64_SIGNATURE or record_size != END64.size - 12 or disk or list_disk or here != count:
        raise broken("its large end record cannot be read")
    if not (small.count in (count, MAX16) and small.size in (size, MAX32) and small.start in (start, MAX32)):
        raise unsafe("has two end records that contradict each other")
    return DirectoryEnd(count, start, size)


def _misplaced_end(file: io.FileIO) -> Refused:
    """Why a file does not end as an archive does."""
    _, tail = _tail(file)
    found = tail.rfind(END_SIGNATURE)
    if found < 0 or len(tail) - found < END.size:
        return broken("its end is missing")
    comment = END.unpack_from(tail, found)[-1]
    after = len(tail) - found - END.size
    if comment > after:
        return broken("its end is missing")
    if comment == after:
        return unsafe(f"ends in a comment of {readable_size(after)}")
    return unsafe(f"has {readable_size(after - comment)} after its end")
