"""What the values of a tensor are like, found block by block."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from modelspec.weights.values import Values

    Array = npt.NDArray[Any]

# Values that are computed with at once: as many as stay in a processor's cache.
_BLOCK = 1 << 16


@dataclass(frozen=True, slots=True)
class Statistics:
    """What values are like; of what is NaN, only how much there is.

    Args:
        least: the smallest.
        most: the largest.
        mean: their mean. Like the other two `None` of complex numbers, and where there is nothing but NaN.
        zeros: the share that is zero.
        nans: the share that is NaN.
    """

    least: float | None
    most: float | None
    mean: float | None
    zeros: float
    nans: float


def statistics_of(values: Values, progress: Callable[[int], None] | None = None) -> Statistics:
    """The statistics of a tensor; in little memory where its values come in pieces.

    Floats of two bytes and less are taken for float32, which holds them all; sums are float64.

    Args:
        progress: told after each piece how many values it had.

    Raises:
        SpecError: the file that the values lie in is damaged.
    """
    count = math.prod(values.shape)
    zeros = nans = 0
    least, most, total = math.inf, -math.inf, 0.0
    is_complex = values.dtype.kind == "c"
    for piece in values.blocks():
        for start in range(0, piece.size, _BLOCK):
            part = _computable(piece[start : start + _BLOCK])
            zeros += part.size - int(np.count_nonzero(part))
            if part.dtype.kind in "fc":
                part = part[~np.isnan(part)]
                nans += min(_BLOCK, piece.size - start) - part.size
            if part.size and not is_complex:
                least, most = min(least, float(part.min())), max(most, float(part.max()))
                total += _sum(part)
        if progress is not None:
            progress(piece.size)
    if is_complex or nans == count:
        return Statistics(None, None, None, *_shares(zeros, nans, count))
    return Statistics(least, most, total / (count - nans), *_shares(zeros, nans, count))


def _computable(part: Array) -> Array:
    """Values in a dtype that NumPy computes with at full speed; none is changed."""
    if part.dtype == np.bool_:
        return part.view(np.uint8)
    return part if part.dtype.kind in "iu" or part.dtype.itemsize > 2 else part.astype(np.float32)


def _sum(part: Array) -> float:
    with np.errstate(invalid="ignore"):  # of infinities of both signs
        return float(part.sum(dtype=np.float64))


def _shares(zeros: int, nans: int, count: int) -> tuple[float, float]:
    return (zeros / count, nans / count) if count else (0.0, 0.0)
