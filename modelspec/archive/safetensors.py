"""What a foreign safetensors file must not hold, by its header alone.

Source: the format as its README states it: eight bytes with the header's length, little-endian; a JSON object
of tensors with `dtype`, `shape` and `data_offsets`, which together cover the rest of the file without holes.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from types import MappingProxyType

from modelspec.archive.container import open_regular
from modelspec.archive.json_values import read_json
from modelspec.archive.limits import LIMITS, Limits
from modelspec.archive.refusal import Refused

_LENGTH = struct.Struct("<Q")
_METADATA = "__metadata__"
# Bits of an element.
_DTYPES: Mapping[str, int] = MappingProxyType(
    {"BOOL": 8, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8, "U16": 16, "I16": 16, "F16": 16}
    | {"BF16": 16, "U32": 32, "I32": 32, "F32": 32, "U64": 64, "I64": 64, "F64": 64, "C64": 64}
    | {"F4": 4, "F6_E2M3": 6, "F6_E3M2": 6}
)


Flaw = tuple[str, str]
"""A tensor, or `` for the file itself, and one sentence."""


@dataclass(frozen=True, slots=True)
class LaidTensor:
    """A tensor by its description in the header.

    Args:
        dtype: as the format names it: `BF16`.
        shape: sizes.
        begin: of its values, in the file.
        end: of its values.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Layout:
    """What a header says.

    Args:
        tensors: in the header's order; to be believed only where there are no flaws.
        flaws: everything wrong.
    """

    tensors: tuple[LaidTensor, ...]
    flaws: tuple[Flaw, ...]


def flaws_of(path: Path, limits: Limits = LIMITS) -> Iterator[Flaw]:
    """Everything wrong with a safetensors file. Raises `OSError` where it cannot be read."""
    with open_regular(path) as file:
        yield from read_layout(file, limits).flaws


def read_layout(file: io.FileIO, limits: Limits = LIMITS) -> Layout:
    """The layout of a safetensors file. Raises `OSError` where it cannot be read."""
    size = file.seek(0, 2)
    file.seek(0)
    head = file.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return Layout((), (("", "it is cut off"),))
    (length,) = _LENGTH.unpack(head)
    if length > min(limits.json, size - _LENGTH.size):
        return Layout((), (("", f"its header claims {length:,} bytes"),))
    try:
        header = read_json(file.read(length), limits)
    except Refused as refused:
        return Layout((), (("", f"its header {refused.message}"),))
    tensors: list[LaidTensor] = []
    flaws = tuple(_laid(header, _LENGTH.size + length, size, tensors))
    return Layout(tuple(tensors), flaws)


def _laid(header: Mapping[str, object], start: int, size: int, tensors: list[LaidTensor]) -> Iterator[Flaw]:
    """Put the tensors of a header into a list, and tell what is wrong."""
    for name, entry in header.items():
        if name == _METADATA:
            if not (isinstance(entry, dict) and all(isinstance(value, str) for value in entry.values())):
                yield name, "it is no mapping of texts"
            continue
        match entry:
            case {"dtype": str(dtype), "shape": list(shape), "data_offsets": [int(begin), int(end)]} if (
                all(type(item) is int and item >= 0 for item in shape) and 0 <= begin <= end
            ):
                tensors.append(LaidTensor(name, dtype, tuple(shape), start + begin, start + end))
                yield from ((name, wrong) for wrong in _wrong_tensor(tensors[-1]))
            case _:
                yield name, "it is no description of a tensor"
    position = start
    for tensor in sorted(tensors, key=lambda one: (one.begin, one.end, one.name)):
        if tensor.begin < position:
            yield tensor.name, "its bytes overlap another tensor's"
        elif tensor.begin > position:
            yield tensor.name, f"{tensor.begin - position:,} bytes before it belong to no tensor"
        position = max(position, tensor.end)
    if position > size:
        yield "", f"its tensors end {position - size:,} bytes behind the file"
    elif position < size:
        yield "", f"{size - position:,} bytes at its end belong to no tensor"


def _wrong_tensor(tensor: LaidTensor) -> Iterator[str]:
    bits = _DTYPES.get(tensor.dtype)
    if bits is None:
        yield "its dtype is none of the format"
    elif prod(tensor.shape) * bits != 8 * (tensor.end - tensor.begin):
        yield "its shape does not fit the bytes it has"
    if not tensor.name.isprintable():
        yield "its name cannot be printed"
