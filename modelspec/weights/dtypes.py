"""Keras' dtypes as NumPy's, as they lie in a file, and the one rounding of what was computed in float64."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]


def stored_dtype(name: str) -> np.dtype[Any]:
    """The dtype that Keras calls `name`, little-endian as it lies in the file.

    Raises:
        TypeError: no such dtype, or none of numbers.
    """
    if name.startswith(("bfloat", "float8", "int4", "uint4")):
        import ml_dtypes

        small: np.dtype[Any] = np.dtype(getattr(ml_dtypes, name))
        return small
    dtype = np.dtype(name).newbyteorder("<")
    if dtype.kind not in "biufc":
        raise TypeError(f"no dtype of numbers: {name}")
    return dtype


def rounded(values: npt.NDArray[np.float64], dtype: np.dtype[Any]) -> Array:
    """Values rounded once to the nearest of a dtype, ties to even; towards zero for integers.

    For the dtypes of `ml_dtypes` that holds down to their smallest normal value (1e-38 for bfloat16).
    """
    if dtype.isbuiltin != 2:  # not registered by a package
        return values.astype(dtype, copy=False)
    import ml_dtypes

    # ml_dtypes rounds to float32 first and so twice. Values that are rounded already pass unchanged.
    spare = 52 - ml_dtypes.finfo(dtype).nmant
    bits = np.where(np.isfinite(values), values, 0.0).view(np.uint64)
    bits += ((bits >> spare) & 1) + ((1 << (spare - 1)) - 1)
    bits &= ~np.uint64((1 << spare) - 1)
    once = np.where(np.isfinite(values), bits.view(np.float64), values)
    return once.astype(dtype)


def below(value: float, dtype: np.dtype[Any]) -> float:
    """The largest value of a float dtype under `value`, itself a value of the dtype."""
    return float(np.nextafter(np.array(value, dtype), np.array(-np.inf, dtype)))


def all_zero(values: Array) -> bool:
    """Whether all bytes are zero; -0.0 has one that is not."""
    return not np.ascontiguousarray(values).reshape(-1).view(np.uint8).any()
