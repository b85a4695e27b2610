"""Values of one dtype as another's, piece by piece."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from modelspec.weights.dtypes import rounded
from modelspec.weights.values import Values

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]


def as_dtype(values: Values, dtype: np.dtype[Any]) -> Values:
    """The values, rounded once to the nearest of another dtype; as they are, bit for bit, where it is theirs.

    Floats become floats and whole numbers whole numbers; see `attach.conversion`.
    """
    if values.dtype == dtype:
        return values
    fill, whole, stored = values.fill, values.whole, values.dtype

    def filled(start: int, out: Array) -> None:
        assert fill is not None
        piece = np.empty(out.shape, stored)
        fill(start, piece)
        out[...] = _cast(piece, dtype)

    return Values(
        values.shape,
        dtype,
        values.is_zero,
        fill=None if fill is None else filled,
        whole=None if whole is None else lambda: _cast(whole(), dtype),
    )


def _cast(array: Array, dtype: np.dtype[Any]) -> Array:
    if array.dtype == np.float64:
        return rounded(array, dtype)
    # What is too large becomes infinite, as on every backend.
    with np.errstate(over="ignore"):
        return array.astype(dtype)
