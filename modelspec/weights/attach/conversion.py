"""Which change of dtype keeps what the numbers mean: the model's own dtype is what was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_KINDS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("float16", "bfloat16", "float32", "float64"), "floating-point number"),
        **dict.fromkeys(("float8_e4m3fn", "float8_e5m2"), "quantized number"),
        **dict.fromkeys(("int8", "int16", "int32", "int64"), "whole number"),
        **dict.fromkeys(("uint8", "uint16", "uint32", "uint64"), "whole number from 0 on"),
        **dict.fromkeys(("int4", "uint4"), "packed number"),
        **dict.fromkeys(("complex64", "complex128"), "complex number"),
        "bool": "truth value",
    }
)
_SCALED = frozenset({"int4", "uint4", "int8", "uint8", "float8_e4m3fn", "float8_e5m2"})


def is_convertible(stored: str, wanted: str) -> bool:
    """Whether values of one dtype may be taken for another's: floats for floats, whole for whole numbers.

    Never a quantized dtype for any other, whose values mean nothing without their scale.
    """
    if stored == wanted:
        return True
    if is_quantized(stored) or is_quantized(wanted):
        return False
    return kind_of(stored) == kind_of(wanted)


def is_quantized(dtype: str) -> bool:
    """Whether values of a dtype mean something only beside a scale."""
    return dtype in _SCALED


def kind_of(dtype: str) -> str:
    """What the values of a dtype are, in words."""
    return _KINDS.get(dtype, dtype)
