"""Writing `.npz`: a zip archive of NumPy arrays, stored, with fixed dates."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

from modelspec.archive.checksum import FollowingCrc
from modelspec.archive.limits import LIMITS
from modelspec.archive.member_names import name_problem, quoted
from modelspec.archive.moment import build_moment, zip_date_time
from modelspec.archive.weights_file.tensors import Tensor, Told, check_dtypes
from modelspec.archive.weights_file.whole import whole_file
from modelspec.archive.zip_directory import read_directory
from modelspec.archive.zip_records import StoredMember, directory_records, local_record
from modelspec.diagnostics import Report
from modelspec.weights.stream import pour, streamed

if TYPE_CHECKING:
    from modelspec.archive.atomic import SiblingFile

_DTYPES = frozenset(
    {"bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"}
    | {"float16", "float32", "float64", "complex64", "complex128"}
)
_ZEROS = bytes(1 << 20)


def write_npz(
    target: Path, tensors: Sequence[Tensor], report: Report, *, progress: Told | None = None
) -> None:
    """Write tensors as members `<key>.npy`, which `numpy.load` gives under their keys.

    NumPy has no name for bfloat16 and its like, so that a reader would get raw bytes: they are refused.

    Args:
        target: see `whole_file`.
        tensors: no two with the same key.
        report: told what cannot be written.
        progress: see there.

    Raises:
        SpecError: a key or dtype is none of the format, or the file cannot be written.
    """
    _check(tensors, report)
    date, time = zip_date_time(build_moment(report))
    heads = [_array_header(tensor) for tensor in tensors]
    members: list[StoredMember] = []
    end = 0
    for tensor, head in zip(tensors, heads, strict=True):
        member = StoredMember(f"{tensor.key}.npy", 0, len(head) + tensor.size, end, date, time)
        members.append(member)
        end += len(local_record(member)) + member.size
    needed = end + len(directory_records(members, start=end))
    with whole_file(target, needed=needed, report=report) as file:
        _write(file, tensors, heads, members, end=end, progress=progress)


def _check(tensors: Sequence[Tensor], report: Report) -> None:
    other = "write `.safetensors`, which has them"
    check_dtypes(tensors, _DTYPES, report, form="an npz file", help=other)
    for tensor in tensors:
        problem = name_problem(tensor.key)
        if problem is not None or tensor.key.endswith("/"):
            report.add(
                "bad-tensor-name",
                f"no member of an npz file may be called {quoted(tensor.key)}:"
                f" the name {problem or 'ends in `/`'}",
                help="write `.safetensors`",
            )
    if len(tensors) > LIMITS.members:
        report.add(
            "cannot-write",
            f"there are {len(tensors):,} tensors, more than the {LIMITS.members:,} that are read of a zip"
            " archive",
            help="write `.safetensors`",
        )
    report.raise_if_errors()


def _array_header(tensor: Tensor) -> bytes:
    import numpy as np

    header = BytesIO()
    np.lib.format.write_array_header_1_0(
        header,
        {
            "descr": np.lib.format.dtype_to_descr(tensor.values.dtype),
            "fortran_order": False,
            "shape": tensor.values.shape,
        },
    )
    return header.getvalue()


def _write(
    file: SiblingFile,
    tensors: Sequence[Tensor],
    heads: Sequence[bytes],
    members: Sequence[StoredMember],
    *,
    end: int,
    progress: Told | None,
) -> None:
    """Write the values, then what stands before each, for which the checksum must be known."""
    starts = [member.offset + member.size + len(local_record(member)) for member in members]
    sums = [crc32(head) for head in heads]
    done = 0
    pieces = streamed([tensor.values for tensor in tensors])
    for number, own in groupby(pieces, key=lambda piece: piece.tensor):
        size = tensors[number].size
        start = starts[number] - size
        with FollowingCrc(file.fileno(), start=start, before=sums[number]) as following:
            for piece in own:
                pour(piece, file, start + piece.start)
                following.settle(piece.start + piece.size)
                done += piece.size
                if progress is not None:
                    progress(done)
            sums[number] = following.result(size)
    written = [
        StoredMember(
            member.name,
            _crc_of_zeros(tensor.size, crc) if tensor.values.is_zero else crc,
            member.size,
            member.offset,
            member.date,
            member.time,
        )
        for member, tensor, crc in zip(members, tensors, sums, strict=True)
    ]
    for member, head in zip(written, heads, strict=True):
        file.seek(member.offset)
        file.write(local_record(member) + head)
    file.seek(end)
    file.write(directory_records(written, start=end))
    found = [(member.name, member.size, member.crc) for member in read_directory(file, LIMITS)]
    if found != [(member.name, member.size, member.crc) for member in written]:
        raise AssertionError("the file reads differently from how it was written")


def _crc_of_zeros(size: int, crc: int) -> int:
    for start in range(0, size, len(_ZEROS)):
        crc = crc32(memoryview(_ZEROS)[: size - start], crc)
    return crc
