"""Initial values of a variable, drawn by its initializer: the same on every machine and backend.

The stream is keyed by the document's seed, the graph path of the layer and the HDF5 address below it, so no
other layer has a part in it. An integer `seed` in the initializer's own config takes the place of all three:
two variables with equal seeds get equal values, as in Keras. A `SeedGenerator` there gives other values at
each use, as in Keras: its seed takes the place of the document's alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
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

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]

BLOCK = 1 << 20
"""Values in a block; 8 MB at most."""


@dataclass(frozen=True, slots=True)
class Step:
    """The next values of a tensor, to be made when called, by any thread.

    Args:
        make: gives them, flat.
        count: how many.
    """

    make: Callable[[], Array]
    count: int


@dataclass(frozen=True, slots=True)
class Draw:
    """The values of a variable, not made yet.

    Args:
        shape: sizes.
        dtype: as it lies in the file.
        is_zero: whether all its bytes are zero.
        fill: makes any piece of it; `None` where the tensor can only be made whole.
        whole: makes it whole, in C order, where there is no `fill`.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    is_zero: bool
    fill: fills.Fill | None = None
    whole: Callable[[], Array] | None = None

    def steps(self) -> Iterator[Step]:
        """What makes the tensor piece by piece, in C order; the pieces can be made in any order."""
        size = math.prod(self.shape)
        if self.whole is not None and size:
            yield Step(lambda: self._made_whole().reshape(-1), size)
        elif self.fill is not None:
            for start in range(0, size, BLOCK):
                count = min(BLOCK, size - start)
                yield Step(partial(self._piece, start, count), count)

    def blocks(self) -> Iterator[Array]:
        """The values in C order, in flat arrays."""
        return (step.make() for step in self.steps())

    def array(self) -> Array:
        """The values in their shape."""
        return np.concatenate([np.empty(0, self.dtype), *self.blocks()]).reshape(self.shape)

    def _made_whole(self) -> Array:
        assert self.whole is not None
        return self.whole()

    def _piece(self, start: int, count: int) -> Array:
        assert self.fill is not None
        out = np.empty(count, self.dtype)
        self.fill(start, out)
        return out


def draw(
    initializer: Mapping[str, object],
    *,
    shape: tuple[int, ...],
    dtype: str,
    seed: int,
    owner: str,
    below: str,
) -> Draw:
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


def _prepare(recipe: Recipe, shape: tuple[int, ...], dtype: np.dtype[Any], key: Key) -> Draw:
    drawn = partial(Draw, shape, dtype)
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


def _constant(value: Array, shape: tuple[int, ...]) -> Draw:
    if value.ndim == 0:
        return Draw(shape, value.dtype, all_zero(value), fill=fills.constant(value))
    return Draw(shape, value.dtype, all_zero(value), whole=lambda: np.broadcast_to(value, shape))


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
