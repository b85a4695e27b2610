"""NumPy's `.npz` files: a zip archive of arrays."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from threading import Lock
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from modelspec.archive.checkpoint.opened import OpenCheckpoint, Request, refuse_unknown
from modelspec.archive.container import open_regular
from modelspec.archive.limits import Limits
from modelspec.archive.member import Member
from modelspec.archive.npz import NPY_HEAD, NpyHeader, read_npy
from modelspec.archive.refusal import Refused
from modelspec.archive.region import ReadRegion
from modelspec.archive.unpacking import member_blocks
from modelspec.archive.zip_directory import read_directory
from modelspec.weights.checkpoint import StoredTensor
from modelspec.weights.dtypes import stored_dtype
from modelspec.weights.in_place import values_in_place
from modelspec.weights.values import Values

if TYPE_CHECKING:
    import io

    import numpy.typing as npt

    Array = npt.NDArray[Any]

_SUFFIX = ".npy"


def open_npz(request: Request, limits: Limits) -> OpenCheckpoint:
    """Open an npz file. Raises `Refused` or `OSError` where that cannot be done."""
    with ExitStack() as stack:
        file = stack.enter_context(open_regular(request.path))
        lock = Lock()
        arrays: dict[str, tuple[Member, NpyHeader]] = {}
        flaws: list[tuple[str, str]] = []
        for member in read_directory(file, limits):
            header = _header(file, lock, member)
            if isinstance(header, str):
                flaws.append((member.name, header))
            else:
                arrays[member.name.removesuffix(_SUFFIX)] = member, header
        request.refuse_flaws(flaws)
        dtypes = {key: _dtype_name(header.kind) for key, (_, header) in arrays.items()}
        refuse_unknown(dtypes)
        return OpenCheckpoint(
            request,
            "npz file",
            tuple(
                StoredTensor(key, (key,), header.shape, dtypes[key]) for key, (_, header) in arrays.items()
            ),
            lambda tensor: _values(file, lock, *arrays[tensor.key]),
            stack.pop_all(),
        )


def refuse_npy(request: Request, limits: Limits) -> NoReturn:
    """Refuse a single array, which has no name."""
    raise Refused(
        "not-weights",
        "is a single array, which has no name",
        help="give it one: `np.savez('weights.npz', **{'dense/0': np.load(file)})`",
    )


def _header(file: io.FileIO, lock: Lock, member: Member) -> NpyHeader | str:
    if not member.name.endswith(_SUFFIX):
        return "it is no array"
    try:
        head = _head(file, lock, member)
    except Refused as refused:
        return refused.message
    return read_npy(head, member.size)


def _head(file: io.FileIO, lock: Lock, member: Member) -> bytes:
    if member.deflated:
        return next(member_blocks(file, lock, member), b"")
    with ReadRegion(file, lock, start=member.start, size=member.size) as region:
        return region.read(NPY_HEAD) or b""


def _dtype_name(kind: str) -> str:
    """NumPy's dtype by Keras' name, or as it is written where it is none of numbers."""
    try:
        dtype = np.dtype(kind)
    except TypeError:
        return kind
    return kind if dtype.kind == "V" else dtype.name


def _values(file: io.FileIO, lock: Lock, member: Member, header: NpyHeader) -> Values:
    lying = np.dtype(header.kind)
    dtype = stored_dtype(lying.name)
    # The order of a vector is the same either way.
    turned = header.is_fortran and len(header.shape) > 1
    if not member.deflated and not turned:
        region = ReadRegion(file, lock, start=member.start, size=member.size)
        return values_in_place(region, header.start, shape=header.shape, lying=lying, dtype=dtype)

    def whole() -> Array:
        data = _unpacked(member_blocks(file, lock, member), header.start, member.size - header.start)
        array = data.view(np.uint8 if dtype == np.bool_ else lying)
        shaped = array.reshape(header.shape, order="F" if turned else "C")
        return np.ascontiguousarray(shaped).reshape(header.shape).astype(dtype, copy=False)

    return Values(header.shape, dtype, is_zero=False, whole=whole)


def _unpacked(blocks: Iterator[bytes], skipped: int, size: int) -> npt.NDArray[np.uint8]:
    """Bytes after the first few, in one array."""
    data = np.empty(size, np.uint8)
    position = -skipped
    for block in blocks:
        part = block[max(0, -position) :]
        start = max(0, position)
        data[start : start + len(part)] = np.frombuffer(part, np.uint8)
        position += len(block)
    return data
