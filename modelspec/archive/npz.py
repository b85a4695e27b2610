"""What a foreign `.npz` or `.npy` file must not hold, by its records and headers; nothing is unpickled."""

from __future__ import annotations

import ast
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from pathlib import Path
from threading import Lock

from modelspec.archive.container import open_regular
from modelspec.archive.limits import LIMITS, Limits
from modelspec.archive.refusal import Refused
from modelspec.archive.unpacking import member_blocks
from modelspec.archive.zip_directory import read_directory

NPY_MAGIC = b"\x93NUMPY"
# What NumPy itself takes at the most without being asked.
_MOST_HEADER = 10_000
NPY_HEAD = 12 + _MOST_HEADER
"""How many bytes of an array's file hold its header, at the most."""

_NUMBER = re.compile(r"[<>|=]?([biufcV])(\d{1,3})")


@dataclass(frozen=True, slots=True)
class NpyHeader:
    """What an array's file says of it.

    Args:
        kind: its dtype as NumPy writes it: `<f4`.
        is_fortran: whether the first index varies fastest.
        shape: sizes.
        start: of its values in the file.
    """

    kind: str
    is_fortran: bool
    shape: tuple[int, ...]
    start: int


def flaws_of_npz(path: Path, limits: Limits = LIMITS) -> Iterator[tuple[str, str]]:
    """Everything wrong with a zip archive of arrays, as (member, sentence).

    Raises:
        Refused: it is no archive that is read.
        OSError: it cannot be read.
    """
    with open_regular(path) as file:
        lock = Lock()
        for member in read_directory(file, limits):
            if not member.name.endswith(".npy"):
                yield member.name, "it is no array"
                continue
            head = b""
            try:
                for block in member_blocks(file, lock, member):
                    head += block[: max(0, NPY_HEAD - len(head))]
            except Refused as refused:
                yield member.name, refused.message
                continue
            flaw = npy_flaw(head, member.size)
            if flaw is not None:
                yield member.name, flaw


def npy_flaw(head: bytes, size: int) -> str | None:
    """What is wrong with an array's file, or `None`; see `read_npy`."""
    found = read_npy(head, size)
    return found if isinstance(found, str) else None


def read_npy(head: bytes, size: int) -> NpyHeader | str:
    """The header of an array's file, or the sentence that says what is wrong with it.

    Source: NumPy's format: a magic text, two bytes of version, the header's length in two bytes (four from
    version 2 on), and a Python literal with `descr`, `fortran_order` and `shape`.

    Args:
        head: its first `NPY_HEAD` bytes, or more.
        size: of all of it.
    """
    if not head.startswith(NPY_MAGIC) or len(head) < 12:
        return "it is no array"
    wide = head[6] > 1
    length = struct.unpack_from("<L" if wide else "<H", head, 8)[0]
    start = (12 if wide else 10) + length
    if length > _MOST_HEADER or start > len(head):
        return f"its header claims {length:,} bytes"
    try:
        header = ast.literal_eval(head[start - length : start].decode("latin-1").strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        header = None
    match header:
        case {"descr": str(kind), "fortran_order": bool(fortran), "shape": tuple(shape)} if all(
            isinstance(item, int) and item >= 0 for item in shape
        ):
            wrong = _wrong_content(kind, prod(shape), size - start)
            return wrong or NpyHeader(kind, fortran, shape, start)
        case {"descr": list()}:
            return "it holds compound values, not numbers"
        case _:
            return "its header cannot be read"


def _wrong_content(kind: str, count: int, room: int) -> str | None:
    if "O" in kind:
        return "it holds pickled objects, which can run any code"
    found = _NUMBER.fullmatch(kind)
    if found is None:
        return "it holds something else than numbers"
    declared = count * int(found[2])
    return None if declared == room else f"it declares {declared:,} bytes and has {room:,}"
