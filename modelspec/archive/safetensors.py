"""What a foreign safetensors file must not hold, by its header alone.

Source: the format as its README states it: eight bytes with the header's length, little-endian; a JSON object
of tensors with `dtype`, `shape` and `data_offsets`, which together cover the rest of the file without holes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
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


def flaws_of(path: Path, limits: Limits = LIMITS) -> Iterator[tuple[str, str]]:
    """Everything wrong with a safetensors file, as (tensor, sentence); of the file itself under ``.

    Raises:
        OSError: it cannot be read.
    """
    with open_regular(path) as file:
        size = file.seek(0, 2)
        file.seek(0)
        head = file.read(_LENGTH.size)
        if len(head) < _LENGTH.size:
            yield "", "it is cut off"
            return
        (length,) = _LENGTH.unpack(head)
        if length > min(limits.json, size - _LENGTH.size):
            yield "", f"its header claims {length:,} bytes"
            return
        data = file.read(length)
    try:
        header = read_json(data, limits)
    except Refused as refused:
        yield "", f"its header {refused.message}"
        return
    yield from _tensors(header, size - _LENGTH.size - length)


def _tensors(header: Mapping[str, object], room: int) -> Iterator[tuple[str, str]]:
    spans: list[tuple[int, int, str]] = []
    for name, entry in header.items():
        if name == _METADATA:
            if not (isinstance(entry, dict) and all(isinstance(value, str) for value in entry.values())):
                yield name, "it is no mapping of texts"
            continue
        match entry:
            case {"dtype": str(dtype), "shape": list(shape), "data_offsets": [int(begin), int(end)]} if (
                all(isinstance(item, int) and item >= 0 for item in shape) and 0 <= begin <= end
            ):
                spans.append((begin, end, name))
                bits = _DTYPES.get(dtype)
                if bits is None:
                    yield name, "its dtype is none of the format"
                elif prod(shape) * bits != 8 * (end - begin):
                    yield name, "its shape does not fit the bytes it has"
            case _:
                yield name, "it is no description of a tensor"
    position = 0
    for begin, end, name in sorted(spans):
        if begin < position:
            yield name, "its bytes overlap another tensor's"
        elif begin > position:
            yield name, f"{begin - position:,} bytes before it belong to no tensor"
        position = max(position, end)
    if position > room:
        yield "", f"its tensors end {position - room:,} bytes behind the file"
    elif position < room:
        yield "", f"{room - position:,} bytes at its end belong to no tensor"
