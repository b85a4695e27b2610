"""Weights that are given in Python, by name."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from modelspec.archive.checkpoint.given_arrays import as_array
from modelspec.archive.checkpoint.opened import OpenCheckpoint, Request, refuse_unknown
from modelspec.archive.refusal import Refused
from modelspec.diagnostics import Report
from modelspec.weights.checkpoint import StoredTensor
from modelspec.weights.dtypes import all_zero, stored_dtype
from modelspec.weights.values import Values

if TYPE_CHECKING:
    from modelspec.weights.checkpoint import Checkpoint


def checkpoint_of_arrays(arrays: Mapping[str, Any], *, shown: str) -> Checkpoint:
    """A mapping of arrays or tensors, as if it were a file.

    The arrays are not copied where they are NumPy's: they must not change until the checkpoint is closed.

    Args:
        arrays: by name.
        shown: what messages call it.

    Raises:
        SpecError: one of them is no array of numbers, or has no name.
    """
    request = Request(Path(shown), Report(), None)
    try:
        held = _held(arrays, request)
        refuse_unknown({name: array.dtype.name for name, array in held.items()})
    except Refused as refused:
        refused.fail(request.report, name=shown, place=None)

    def read(tensor: StoredTensor) -> Values:
        array = held[tensor.key]
        value = np.ascontiguousarray(array.astype(stored_dtype(tensor.dtype), copy=False))
        return Values(tensor.shape, value.dtype, all_zero(value), whole=lambda: value)

    return OpenCheckpoint(
        request,
        "mapping of arrays",
        tuple(StoredTensor(name, (name,), array.shape, array.dtype.name) for name, array in held.items()),
        read,
        ExitStack(),
    )


def _held(arrays: Mapping[str, Any], request: Request) -> dict[str, np.ndarray[Any, Any]]:
    held: dict[str, np.ndarray[Any, Any]] = {}
    refusals: list[Refused] = []
    for name, given in arrays.items():
        try:
            held[name] = as_array(name, given)
        except Refused as refused:
            refusals.append(refused)
    request.refuse(refusals)
    return held
