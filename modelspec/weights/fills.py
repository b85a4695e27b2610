"""Values by position: what a stream of random words, or no randomness at all, puts at each place of a tensor.

Position `i` of a tensor, in C order, depends on word `i` of its stream alone: pieces can be made in any order
and by several threads. Everything is computed in float64 and rounded once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from modelspec.weights.dtypes import below, rounded
from modelspec.weights.keys import Key
from modelspec.weights.philox import stream
from modelspec.weights.quantile import UNIT, upper_points
from modelspec.weights.values import Fill

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]
    Floats = npt.NDArray[np.float64]
    Words = npt.NDArray[np.uint64]

# Values at a time: the arrays on the way stay in a processor's second cache.
_CHUNK = 1 << 14

_HALF = UNIT / 2
_TAIL_AT_2 = 0.022750131948179207 * UNIT  # of the normal distribution above two standard deviations
_SIGN = 63
_TAIL_SHIFT = 12


def uniform(key: Key, *, low: float, high: float, dtype: np.dtype[Any]) -> Fill:
    """Uniform on [low, high), both as the dtype rounds them."""
    centre, half = low / 2 + high / 2, high / 2 - low / 2
    first = float(np.array(low, dtype))
    last = max(first, below(high, dtype))

    def values(words: Words) -> Floats:
        # The word as an integer between -2**63 and 2**63.
        found = words.view(np.int64).astype(np.float64)
        found *= half * 2.0**-63
        if centre:
            found += centre
        np.clip(found, first, last, out=found)
        return found

    return _drawn(key, values)


def normal(key: Key, *, mean: float, stddev: float, truncated: bool) -> Fill:
    """Normal; truncated to two standard deviations, without a correction of their size, where `truncated`."""

    def values(words: Words) -> Floats:
        found = standard_normal(words, truncated=truncated)
        found *= stddev
        if mean:
            found += mean
        return found

    return _drawn(key, values)


def standard_normal(words: Words, *, truncated: bool = False) -> Floats:
    """A standard normal value of each word: its last bit the sign, its first 52 the tail beyond it.

    Args:
        words: overwritten.
        truncated: whether only values between -2 and 2 are made.
    """
    # The middle of one of 2**52 equal parts of the tail: never 0, where the quantile is infinite.
    tails = (words >> _TAIL_SHIFT).view(np.int64).astype(np.float64)
    tails += 0.5
    if truncated:
        tails *= (_HALF - _TAIL_AT_2) / _HALF
        tails += _TAIL_AT_2
    found = upper_points(tails)
    if truncated:
        np.minimum(found, 2.0, out=found)
    words <<= _SIGN
    found.view(np.uint64)[...] ^= words
    return found


def constant(value: Array) -> Fill:
    """One value everywhere."""

    def fill(start: int, out: Array) -> None:
        out[...] = value

    return fill


def diagonal(value: Array, *, rows: int, columns: int) -> Fill:
    """A value on the diagonal of a matrix, 0 elsewhere."""
    step = columns + 1
    end = min(rows, columns) * step

    def fill(start: int, out: Array) -> None:
        out[...] = np.zeros((), out.dtype)
        out[-start % step : max(0, end - start) : step] = value

    return fill


def normals_between(key: Key, start: int, stop: int) -> Floats:
    """Standard normal values at the positions from `start` up to `stop`, any numbers."""
    aligned = start - start % 4
    source = stream(key, aligned)
    pieces = [standard_normal(source.random_raw(size)) for size in _sizes(stop - aligned)]
    return np.concatenate(pieces)[start - aligned :]


def _drawn(key: Key, values: Callable[[Words], Floats]) -> Fill:
    def fill(start: int, out: Array) -> None:
        source = stream(key, start)
        done = 0
        for size in _sizes(len(out)):
            out[done : done + size] = rounded(values(source.random_raw(size)), out.dtype)
            done += size

    return fill


def _sizes(total: int) -> Iterator[int]:
    for done in range(0, total, _CHUNK):
        yield min(_CHUNK, total - done)
