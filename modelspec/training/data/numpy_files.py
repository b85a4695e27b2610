"""NumPy's `.npz` and `.npy` files: headers first, values when asked; objects are never unpickled."""

from __future__ import annotations

from math import prod
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from modelspec.archive.container import open_regular
from modelspec.archive.limits import Limits
from modelspec.archive.member import Member
from modelspec.archive.npz import NPY_HEAD, NpyHeader, read_npy
from modelspec.archive.refusal import Refused
from modelspec.archive.unpacking import member_blocks
from modelspec.archive.zip_directory import read_directory
from modelspec.training.data.held import ONLY, DataFile, Held, require_memory

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]

_SUFFIX = ".npy"
# Data may be nearly all zeros; what an array declares is held against the machine's memory instead.
_LIMITS = Limits(ratio=1100)
_NUMBERS = frozenset("biuf")
_OBJECTS = "write it anew with arrays of numbers, or give a function of your own: `python: data.py:load`"


def open_npz(path: Path) -> DataFile:
    """The arrays of a zip archive. Raises `Refused` or `OSError`."""
    with open_regular(path) as file:
        headers = {
            member.name.removesuffix(_SUFFIX): (
                member,
                _header(path, member, next(_blocks(file, member), b"")),
            )
            for member in _members(file)
        }

    def read(names: tuple[str, ...]) -> Array:
        (name,) = names
        member, header = headers[name]
        require_memory(member.size)
        with open_regular(path) as file:
            data = np.empty(member.size, np.uint8)
            done = 0
            for block in _blocks(file, member):
                data[done : done + len(block)] = np.frombuffer(block, np.uint8)
                done += len(block)
        values = data[header.start :]
        flags = header.kind.lstrip("|<>=").startswith("b")
        array = values.astype(np.bool_) if flags else values.view(np.dtype(header.kind))
        shaped = array.reshape(header.shape, order="F" if header.is_fortran else "C")
        return np.ascontiguousarray(shaped, dtype=shaped.dtype.newbyteorder("=")).reshape(header.shape)

    held = {name: _held(header) for name, (_, header) in headers.items()}
    return DataFile(path, "array", held, read)


def open_npy(path: Path) -> DataFile:
    """The one array of a file, mapped into memory. Raises `Refused` or `OSError`."""
    with open_regular(path) as file:
        size = path.stat().st_size
        header = _checked(read_npy(file.read(NPY_HEAD), size), "it")

    def read(names: tuple[str, ...]) -> Array:
        return np.load(path, mmap_mode="r" if size else None, allow_pickle=False)  # type: ignore[no-any-return]

    return DataFile(path, "array", {ONLY: _held(header)}, read)


def _members(file: Any) -> tuple[Member, ...]:
    members = read_directory(file, _LIMITS)
    for member in members:
        if not member.name.endswith(_SUFFIX):
            raise Refused("bad-data", f"holds `{member.name}`, which is no array", help=_OBJECTS)
    return members


def _blocks(file: Any, member: Member) -> Any:
    return member_blocks(file, Lock(), member)


def _header(path: Path, member: Member, head: bytes) -> NpyHeader:
    return _checked(read_npy(head, member.size), f"`{member.name.removesuffix(_SUFFIX)}`")


def _checked(header: NpyHeader | str, what: str) -> NpyHeader:
    """The header of an array of numbers; raises `Refused` for every other."""
    if isinstance(header, str):
        raise Refused("bad-data", f"cannot be trained on: of {what}, {header}", help=_OBJECTS)
    if np.dtype(header.kind).kind not in _NUMBERS or not header.shape:
        why = "it is a single number" if not header.shape else f"it is of dtype `{np.dtype(header.kind)}`"
        raise Refused("bad-data", f"cannot be trained on: of {what}, {why}", help=_OBJECTS)
    if prod(header.shape) == 0:
        raise Refused("bad-data", f"cannot be trained on: {what} is empty", help="store some samples")
    return header


def _held(header: NpyHeader) -> Held:
    return Held(header.shape, np.dtype(header.kind).name)
