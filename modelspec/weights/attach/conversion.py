"""Which change of dtype keeps what the numbers mean: the model's own dtype is what was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_KINDS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("float16", "bfloat16", "float32", "float64"), "number"),
        **dict.fromkeys(("float8_e4m3fn", "float8_e5m2"), "quantized number"),
        **dict.fromkeys(("int8", "int16", "int32", "int64"), "whole number"),
        **dict.fromkeys(("uint8", "uint16", "uint32", "uint64"), "whole number from 0 on"),
        **dict.fromkeys(("int4", "uint4"), "packed number"),
        **dict.fromkeys(("complex64", "complex128"), "complex number"),
        "bool": "truth value",
    }
)
# Quantized values are whole numbers with a scale beside them: none becomes another width by itself.
_WIDTHS: Mapping[str, int] = MappingProxyType({"int8": 8, "uint8": 8})


def is_convertible(stored: str, wanted: str) -> bool:
    """Whether values of one dtype may be taken for another's: floats for floats, whole for whole numbers.

    Never a quantized dtype for any other, whose values mean nothing without their scale.
    """
    if stored == wanted:
        return True
    if stored in _WIDTHS or wanted in _WIDTHS or "quantized" in kind_of(stored):
        return False
    return kind_of(stored) == kind_of(wanted)


def kind_of(dtype: str) -> str:
    """What the values of a dtype are, in words."""
    return _KINDS.get(dtype, dtype)
