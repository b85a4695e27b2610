"""Initial values of a variable, drawn by its initializer: the same on every machine and backend.

The stream is keyed by the document's seed, the graph path of the layer and the HDF5 address below it, so no
other layer has a part in it. An integer `seed` in the initializer's own config takes the place of all three:
two variables with equal seeds get equal values, as in Keras. A `SeedGenerator` there gives other values at
each use, as in Keras: its seed takes the place of the document's alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from modelspec.weights import fills
from modelspec.weights.dtypes import all_zero, rounded, stored_dtype
from modelspec.weights.keys import Key, shared_key, variable_key
from modelspec.weights.orthogonal import orthonormal_columns
from modelspec.weights.recipes import (
    Constant,
    Identity,
    Normal,
    Orthogonal,
    Recipe,
    Spectrogram,
    Uniform,
    read_initializer,
)
from modelspec.weights.spectrogram import stft_kernel
from modelspec.weights.values import Values

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]


def draw(
    initializer: Mapping[str, object],
    *,
    shape: tuple[int, ...],
    dtype: str,
    seed: int,
    owner: str,
    below: str,
) -> Values:
    """The values that a built-in initializer gives a variable.

    Args:
        initializer: its Keras serialization dict.
        shape: sizes.
        dtype: as Keras names it.
        seed: of the document.
        owner: the graph path of the layer.
        below: the variable's HDF5 address below that layer.

    Raises:
        UndrawableError: the initializer makes no such values, see `read_initializer`.
    """
    recipe = read_initializer(initializer, shape=shape, dtype=dtype)
    return _prepare(recipe, shape, stored_dtype(dtype), _key(recipe, seed, owner, below))


def _key(recipe: Recipe, seed: int, owner: str, below: str) -> Key:
    if recipe.seed is None:
        return variable_key(seed, owner, below)
    return shared_key(recipe.seed) if recipe.shared else variable_key(recipe.seed, owner, below)


def _prepare(recipe: Recipe, shape: tuple[int, ...], dtype: np.dtype[Any], key: Key) -> Values:
    drawn = partial(Values, shape, dtype)
    match recipe.makes:
        case Uniform(low, high):
            return drawn(is_zero=False, fill=fills.uniform(key, low=low, high=high, dtype=dtype))
        case Normal(mean, stddev, truncated):
            fill = fills.normal(key, mean=mean, stddev=stddev, truncated=truncated)
            return drawn(is_zero=False, fill=fill)
        case Orthogonal(gain):
            return drawn(is_zero=False, whole=partial(_orthogonal, shape, dtype, key, gain))
        case Constant(value):
            return _constant(_converted(value, dtype), shape)
        case Identity(gain):
            value = _converted(gain, dtype)
            rows, columns = shape
            return drawn(is_zero=all_zero(value), fill=fills.diagonal(value, rows=rows, columns=columns))
        case Spectrogram() as kernel:
            return drawn(is_zero=False, whole=partial(_spectrogram, kernel, shape, dtype))


def _constant(value: Array, shape: tuple[int, ...]) -> Values:
    if value.ndim == 0:
        return Values(shape, value.dtype, all_zero(value), fill=fills.constant(value))
    return Values(shape, value.dtype, all_zero(value), whole=lambda: np.broadcast_to(value, shape))


def _converted(value: object, dtype: np.dtype[Any]) -> Array:
    """Numbers in a dtype; integers do not pass through float64, which would not hold all of them."""
    given = np.asarray(value)
    return rounded(given, dtype) if given.dtype == np.float64 else given.astype(dtype)


def _orthogonal(shape: tuple[int, ...], dtype: np.dtype[Any], key: Key, gain: float) -> Array:
    rows, columns = math.prod(shape[:-1]), shape[-1]
    matrix = orthonormal_columns(
        max(rows, columns),
        min(rows, columns),
        normals=partial(fills.normals_between, key),
        slices=3 if dtype.itemsize > 4 else 2,
    )
    if rows < columns:
        matrix = matrix.T
    return rounded(gain * matrix, dtype).reshape(shape)


def _spectrogram(recipe: Spectrogram, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    return rounded(stft_kernel(recipe, frame=shape[0], frequencies=shape[2]), dtype)
