"""The list of members of a foreign zip archive, read so that no two programs can see it differently.

Every byte of the file must belong to one member or one record, the two records of a member must say
the same, and each name must be good and unique. What an archive hides from one reader and shows to
another hides in the differences.
"""

from __future__ import annotations

import io
import stat
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from modelspec.archive.limits import Limits
from modelspec.archive.member import Member
from modelspec.archive.member_names import name_problem, quoted
from modelspec.archive.refusal import Refused
from modelspec.archive.sizes import readable_size
from modelspec.archive.zip_end import broken, read_end, read_exactly, unsafe
from modelspec.archive.zip_records import (
    CENTRAL,
    CENTRAL_SIGNATURE,
    DEFLATED,
    DESCRIPTOR_SIGNATURE,
    FLAG_DESCRIPTOR,
    FLAG_ENCRYPTED,
    FLAG_UTF8,
    LOCAL,
    LOCAL_SIGNATURE,
    MAX16,
    MAX32,
    STORED,
    ZIP64_FIELD,
)

# The newest form that Python's `zipfile`, and so Keras, reads: 6.3.
_VERSION = 63
_UNICODE_NAME_FIELD = 0x7075
_PATCH = 1 << 5
# Encryption in any form: of the member, strong, of the list.
_ENCRYPTED = FLAG_ENCRYPTED | 1 << 6 | 1 << 13
# Flags that the two records of a member must share; others only tell how hard a packer tried.
_SHARED_FLAGS = _ENCRYPTED | FLAG_DESCRIPTOR | FLAG_UTF8


@dataclass(frozen=True, slots=True)
class _Listed:
    """A member as the list describes it."""

    name: str
    raw_name: bytes
    flags: int
    method: int
    crc: int
    stored_size: int
    size: int
    offset: int


def read_directory(file: io.FileIO, limits: Limits) -> tuple[Member, ...]:
    """The members of a zip archive in the order of its list.

    Nothing but the records is read.

    Raises:
        Refused: the archive is broken, unsafe, too large or of a form that is not read.
        OSError: the file cannot be read.
    """
    end = read_end(file)
    if end.count > limits.members:
        raise Refused("archive-too-large", f"has {end.count} members, more than {limits.members}")
    if end.size > limits.directory:
        raise Refused("archive-too-large", f"has a list of members of {readable_size(end.size)}")
    listed = tuple(_read_list(read_exactly(file, end.start, end.size), end.count))
    _check_names(listed)
    for item in listed:
        _check_form(item)
    _check_sizes(listed, limits)
    return _place_members(file, listed, end.start)


def _read_list(data: bytes, count: int) -> Iterator[_Listed]:
    position = 0
    for _ in range(count):
        if position + CENTRAL.size > len(data):
            raise broken("its list of members is cut off")
        fields = CENTRAL.unpack_from(data, position)
        signature, _, version, flags, method, _, _, crc, stored_size, size = fields[:10]
        name_length, extra_length, comment_length, disk, _, attributes, offset = fields[10:]
        if signature != CENTRAL_SIGNATURE or disk not in (0, MAX16):
            raise broken("its list of members cannot be read")
        begin = position + CENTRAL.size
        raw_name = data[begin : begin + name_length]
        extra = data[begin + name_length : begin + name_length + extra_length]
        position = begin + name_length + extra_length + comment_length
        if position > len(data):
            raise broken("its list of members is cut off")
        name = _decoded(raw_name, flags)
        _check_kind(name, attributes)
        size, stored_size, offset = _wide(_extra_fields(extra, name), name, (size, stored_size, offset))
        if version & 0xFF > _VERSION or flags & _PATCH:
            raise Refused("archive-form", f"has the member {quoted(name)} in a newer form of zip archive")
        yield _Listed(name, raw_name, flags, method, crc, stored_size, size, offset)
    if position != len(data):
        raise unsafe("has more in its list of members than it counts")


def _decoded(raw: bytes, flags: int) -> str:
    try:
        return raw.decode("utf-8" if flags & FLAG_UTF8 else "cp437")
    except UnicodeDecodeError:
        raise broken("a member's name is not UTF-8") from None


def _extra_fields(extra: bytes, name: str) -> dict[int, bytes]:
    fields: dict[int, bytes] = {}
    position = 0
    while len(extra) - position >= 4:  # fewer bytes are padding that some packers leave
        field, length = struct.unpack_from("<2H", extra, position)
        position += 4
        if position + length > len(extra) or field in fields:
            raise broken(f"the record of {quoted(name)} cannot be read")
        fields[field] = extra[position : position + length]
        position += length
    other_name = fields.get(_UNICODE_NAME_FIELD, b"")[5:]
    if other_name and other_name != name.encode():
        raise unsafe(f"has a member with two names, {quoted(name)} and another")
    return fields


def _wide(fields: dict[int, bytes], name: str, values: tuple[int, ...]) -> list[int]:
    """Values of a record with those that are too large for it taken from its ZIP64 field, in order."""
    wide = fields.get(ZIP64_FIELD, b"")
    position = 0
    found: list[int] = []
    for value in values:
        if value == MAX32:
            if position + 8 > len(wide):
                raise broken(f"the size of {quoted(name)} cannot be read")
            (value,) = struct.unpack_from("<Q", wide, position)
            position += 8
        found.append(value)
    return found


def _check_kind(name: str, attributes: int) -> None:
    kind = stat.S_IFMT(attributes >> 16)
    if kind == stat.S_IFLNK:
        raise unsafe(f"has the symbolic link {quoted(name)} among its members")
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise unsafe(f"has the member {quoted(name)}, which is no file")


def _check_names(listed: tuple[_Listed, ...]) -> None:
    seen: set[str] = set()
    for item in listed:
        problem = name_problem(item.name)
        if problem:
            raise unsafe(f"has a member {quoted(item.name)} whose name {problem}")
        if item.name in seen:
            raise unsafe(f"has two members called {quoted(item.name)}")
        seen.add(item.name)


def _check_form(item: _Listed) -> None:
    if item.flags & _ENCRYPTED:
        raise Refused(
            "unsafe-archive",
            f"has the encrypted member {quoted(item.name)}",
            help="decrypt it first: Keras reads no encrypted archive either",
        )
    if item.method not in (STORED, DEFLATED):
        raise Refused(
            "archive-form",
            f"has the member {quoted(item.name)} packed by method {item.method}",
            help="pack it again, stored or deflated",
        )
    if item.method == STORED and item.size != item.stored_size:
        raise broken(f"{quoted(item.name)} is stored as it is, yet has two sizes")


def _check_sizes(listed: tuple[_Listed, ...], limits: Limits) -> None:
    for item in listed:
        if item.size > limits.ratio_floor and item.size > limits.ratio * item.stored_size:
            raise Refused(
                "archive-too-large",
                f"has the member {quoted(item.name)}, {readable_size(item.stored_size)} that unpack to"
                f" {readable_size(item.size)}",
                help="Keras refuses it too; honest weights do not shrink so far",
            )
    total = sum(item.size for item in listed)
    if total > limits.total:
        raise Refused("archive-too-large", f"unpacks to {readable_size(total)}")


def _place_members(file: io.FileIO, listed: tuple[_Listed, ...], stop: int) -> tuple[Member, ...]:
    """The members with the place of their bytes; every byte before `stop` must be accounted for."""
    in_file = sorted(listed, key=lambda item: item.offset)
    starts: dict[str, int] = {}
    position = 0
    ends = [*(item.offset for item in in_file), stop][1:]
    for item, following in zip(in_file, ends, strict=True):
        if item.offset < position:
            raise unsafe(f"has the member {quoted(item.name)}, which overlaps another")
        if item.offset > position:
            hidden = readable_size(item.offset - position)
            raise unsafe(f"has {hidden} before or between its members that belong to none")
        start = _read_local(file, item)
        after = start + item.stored_size
        if after > following:
            raise unsafe(f"has the member {quoted(item.name)}, which overlaps another")
        position = after
        if item.flags & FLAG_DESCRIPTOR and following > after:
            _check_descriptor(file, item, after, following - after)
            position = following
        starts[item.name] = start
    if position != stop:
        raise unsafe(f"has {readable_size(stop - position)} after its members that belong to none")
    return tuple(
        Member(item.name, item.size, item.stored_size, item.method == DEFLATED, item.crc, starts[item.name])
        for item in listed
    )


def _read_local(file: io.FileIO, item: _Listed) -> int:
    """Where a member's bytes begin; its own record must say what the list says."""
    fields = LOCAL.unpack(read_exactly(file, item.offset, LOCAL.size))
    signature, _, flags, method, _, _, crc, stored_size, size, name_length, extra_length = fields
    if signature != LOCAL_SIGNATURE:
        raise broken(f"{quoted(item.name)} is not where the list says")
    begin = item.offset + LOCAL.size
    rest = read_exactly(file, begin, name_length + extra_length)
    extra = _extra_fields(rest[name_length:], item.name)
    size, stored_size = _wide(extra, item.name, (size, stored_size))
    told = (crc, stored_size, size)
    listed = (item.crc, item.stored_size, item.size)
    # A packer that could not go back writes zeros here and the values after the member.
    same = told == listed or (flags & FLAG_DESCRIPTOR and told in ((0, 0, 0), (item.crc, 0, 0)))
    if (
        rest[:name_length] != item.raw_name
        or method != item.method
        or (flags ^ item.flags) & _SHARED_FLAGS
        or not same
    ):
        raise unsafe(f"describes {quoted(item.name)} in two ways that contradict each other")
    return begin + len(rest)


def _check_descriptor(file: io.FileIO, item: _Listed, start: int, size: int) -> None:
    values = (item.crc, item.stored_size, item.size)
    plain = [struct.pack("<LQQ", *values)]
    if max(values) <= MAX32:
        plain.append(struct.pack("<3L", *values))
    allowed = [*plain, *(DESCRIPTOR_SIGNATURE + data for data in plain)]
    if size > 24 or read_exactly(file, start, size) not in allowed:
        raise unsafe(f"has {readable_size(size)} after {quoted(item.name)} that belong to no member")
