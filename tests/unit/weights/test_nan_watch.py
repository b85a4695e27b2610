"""Values that are nothing but NaN are noticed, whatever their dtype and however they are read."""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest

from modelspec.weights.nan_watch import NanWatch
from modelspec.weights.values import BLOCK, Values

NAN = np.nan


def of(array: np.ndarray, *, whole: bool) -> Values:
    def fill(start: int, out: np.ndarray) -> None:
        out[...] = array.reshape(-1)[start : start + out.size]

    if whole:
        return Values(array.shape, array.dtype, is_zero=False, whole=lambda: array)
    return Values(array.shape, array.dtype, is_zero=False, fill=fill)


def hopeless(array: np.ndarray, *, whole: bool = False) -> bool:
    watch = NanWatch()
    watched = watch.watched(of(array, whole=whole), "w.npz", "a/kernel")
    assert watch.hopeless() == {}
    assert watched.array().tobytes() == array.tobytes()
    assert watch.hopeless() in ({}, {"w.npz": ("a/kernel",)})
    return bool(watch.hopeless())


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize(
    "dtype", ["float32", "float64", "float16", "complex64", ml_dtypes.bfloat16, ml_dtypes.float8_e5m2]
)
def test_nothing_but_nan_is_noticed_in_every_dtype(dtype, whole):
    assert hopeless(np.full((3, 2), NAN, dtype), whole=whole)
    assert not hopeless(np.array([NAN, NAN, 1], dtype), whole=whole)
    assert not hopeless(np.array([1, NAN, NAN], dtype), whole=whole)


def test_whole_numbers_and_nothing_are_never_nan():
    assert not hopeless(np.zeros(3, "int32"))
    assert not hopeless(np.empty((0, 2), "float32"))
    assert hopeless(np.array(NAN, "float32"))


def test_a_number_in_any_piece_counts():
    large = np.full(BLOCK + 10, NAN, "float32")
    assert hopeless(large)
    large[-1] = 0
    assert not hopeless(large)
    large[-1], large[0] = NAN, 0
    assert not hopeless(large)


def test_what_nobody_reads_is_not_judged():
    watch = NanWatch()
    watch.watched(of(np.full(3, NAN), whole=True), "w.npz", "a")
    watch.watched(of(np.full(3, NAN), whole=True), "w.npz", "b").array()
    assert watch.hopeless() == {"w.npz": ("b",)}
