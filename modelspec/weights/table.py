"""Sums over the table of variables: parameters and bytes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from modelspec.link.linked import Variable

ITEM_SIZES: Mapping[str, int] = MappingProxyType(
    {
        "bool": 1,
        "int4": 1,
        "uint4": 1,
        "int8": 1,
        "uint8": 1,
        "float8_e4m3fn": 1,
        "float8_e5m2": 1,
        "int16": 2,
        "uint16": 2,
        "float16": 2,
        "bfloat16": 2,
        "int32": 4,
        "uint32": 4,
        "float32": 4,
        "int64": 8,
        "uint64": 8,
        "float64": 8,
        "complex64": 8,
        "complex128": 16,
    }
)
"""Bytes of one value in a file, by the dtypes that Keras has; those of less than a byte take one."""


def total_bytes(variables: Iterable[Variable]) -> int:
    """How many bytes the variables hold. Raises `KeyError` for a dtype that is none of numbers."""
    return sum(bytes_by_dtype(variables).values())


def bytes_by_dtype(variables: Iterable[Variable]) -> dict[str, int]:
    """How many bytes the variables of each dtype hold, by dtype in alphabetical order."""
    sizes: dict[str, int] = {}
    for variable in variables:
        size = math.prod(variable.shape) * ITEM_SIZES[variable.dtype]
        sizes[variable.dtype] = sizes.get(variable.dtype, 0) + size
    return dict(sorted(sizes.items()))
