"""Files in the safetensors format.

They are read by their offsets, which needs nothing but the checked header: so a tensor can be read a block at
a time, where the package `safetensors` gives it whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from threading import Lock
from types import MappingProxyType

from modelspec.archive.checkpoint.opened import OpenCheckpoint, Request, refuse_unknown
from modelspec.archive.container import open_regular
from modelspec.archive.limits import Limits
from modelspec.archive.region import ReadRegion
from modelspec.archive.safetensors import read_layout
from modelspec.weights.checkpoint import StoredTensor
from modelspec.weights.dtypes import stored_dtype
from modelspec.weights.in_place import values_in_place
from modelspec.weights.values import Values

KERAS_DTYPES: Mapping[str, str] = MappingProxyType(
    {
        "BOOL": "bool",
        "I8": "int8",
        "U8": "uint8",
        "I16": "int16",
        "U16": "uint16",
        "I32": "int32",
        "U32": "uint32",
        "I64": "int64",
        "U64": "uint64",
        "F8_E4M3": "float8_e4m3fn",
        "F8_E5M2": "float8_e5m2",
        "F16": "float16",
        "BF16": "bfloat16",
        "F32": "float32",
        "F64": "float64",
        "C64": "complex64",
    }
)
"""Keras' names of the format's dtypes, but for those of less than a byte and `F8_E8M0`, which Keras lacks."""


def open_safetensors(request: Request, limits: Limits) -> OpenCheckpoint:
    """Open a safetensors file. Raises `Refused` or `OSError` where that cannot be done."""
    with ExitStack() as stack:
        file = stack.enter_context(open_regular(request.path))
        layout = read_layout(file, limits)
        request.refuse_flaws(layout.flaws)
        refuse_unknown({one.name: KERAS_DTYPES.get(one.dtype, one.dtype) for one in layout.tensors})
        region = ReadRegion(file, Lock(), start=0, size=file.seek(0, 2))
        begins = {one.name: one.begin for one in layout.tensors}

        def read(tensor: StoredTensor) -> Values:
            dtype = stored_dtype(tensor.dtype)
            return values_in_place(region, begins[tensor.key], shape=tensor.shape, lying=dtype, dtype=dtype)

        return OpenCheckpoint(
            request,
            "safetensors file",
            tuple(
                StoredTensor(one.name, (one.name,), one.shape, KERAS_DTYPES[one.dtype])
                for one in layout.tensors
            ),
            read,
            stack.pop_all(),
            # The library sorts tensors by dtype and name.
            is_ordered=False,
        )
