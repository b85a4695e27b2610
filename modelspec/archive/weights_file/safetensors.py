"""Writing `.safetensors`: a header with every name, dtype, shape and place, then the values.

Source: the format's README, and its own serializer, whose bytes these are: tensors in order of alignment, the
widest first, then of their names; a header of JSON without spaces, filled up with them to a multiple of 8
bytes. The package itself wants all values in memory at once.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from modelspec.archive.limits import LIMITS
from modelspec.archive.member_names import quoted
from modelspec.archive.sizes import readable_size
from modelspec.archive.weights_file.tensors import Tensor, Told, check_dtypes
from modelspec.archive.weights_file.whole import whole_file
from modelspec.diagnostics import Report
from modelspec.weights.stream import pour, streamed

# By Keras' names. The serializer writes tensors of a later row before those of an earlier one.
_DTYPES: Mapping[str, str] = MappingProxyType(
    {
        "bool": "BOOL",
        "uint8": "U8",
        "int8": "I8",
        "float8_e5m2": "F8_E5M2",
        "float8_e4m3fn": "F8_E4M3",
        "int16": "I16",
        "uint16": "U16",
        "float16": "F16",
        "bfloat16": "BF16",
        "int32": "I32",
        "uint32": "U32",
        "float32": "F32",
        "complex64": "C64",
        "float64": "F64",
        "int64": "I64",
        "uint64": "U64",
    }
)
_RANKS: Mapping[str, int] = MappingProxyType({name: rank for rank, name in enumerate(_DTYPES)})
_LENGTH = struct.Struct("<Q")
_ALIGNMENT = 8
_RESERVED = "__metadata__"


def write_safetensors(
    target: Path, tensors: Sequence[Tensor], report: Report, *, progress: Told | None = None
) -> None:
    """Write tensors under their keys.

    Args:
        target: see `whole_file`.
        tensors: no two with the same key.
        report: told what cannot be written.
        progress: see there.

    Raises:
        SpecError: a key or dtype is none of the format, or the file cannot be written.
    """
    help = "choose other tensors with `--only` and `--except`, or write `.weights.h5`"
    check_dtypes(tensors, _DTYPES, report, form="a safetensors file", help=help)
    for tensor in tensors:
        if tensor.key == _RESERVED:
            report.add("bad-tensor-name", f"a safetensors file keeps the name {quoted(_RESERVED)} for itself")
    report.raise_if_errors()
    ordered = sorted(tensors, key=lambda tensor: (-_RANKS[tensor.dtype], tensor.key))
    starts = _starts(ordered)
    header = _header(ordered, starts)
    if len(header) > LIMITS.json:
        size = readable_size(len(header))
        report.fail(
            "cannot-write",
            f"the names of {len(tensors):,} tensors take {size}, more than a safetensors file may have",
            help="write `.weights.h5`",
        )
    begin = _LENGTH.size + len(header)
    end = begin + starts[-1]
    done = 0
    with whole_file(target, needed=end, report=report) as file:
        file.write(_LENGTH.pack(len(header)) + header)
        for piece in streamed([tensor.values for tensor in ordered]):
            pour(piece, file, begin + starts[piece.tensor] + piece.start)
            done += piece.size
            if progress is not None:
                progress(done)
        file.truncate(end)  # where it ends with zeros


def _starts(tensors: Sequence[Tensor]) -> tuple[int, ...]:
    """Where each begins, and where all end."""
    starts = [0]
    for tensor in tensors:
        starts.append(starts[-1] + tensor.size)
    return tuple(starts)


def _header(tensors: Sequence[Tensor], starts: Sequence[int]) -> bytes:
    entries = {
        tensor.key: {
            "dtype": _DTYPES[tensor.dtype],
            "shape": list(tensor.values.shape),
            "data_offsets": [start, start + tensor.size],
        }
        for tensor, start in zip(tensors, starts, strict=False)
    }
    text = json.dumps(entries, separators=(",", ":"), ensure_ascii=False).encode()
    return text + b" " * (-len(text) % _ALIGNMENT)
