"""Batches of arrays in an order that depends on the seed and the number of the epoch alone.

So an epoch reads the same batches on every backend, and whether or not the process has trained those before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import ceil
from typing import TYPE_CHECKING, Any, Literal

import keras
import numpy as np

from modelspec.link import private
from modelspec.link.training.feed import Samples

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]

Shuffle = Literal["batch"] | bool
_BATCH = 32  # as Keras


class Batches(keras.utils.PyDataset):  # type: ignore[misc]
    """Batches of samples, of dtypes that the model takes.

    Args:
        samples: of the same structure as what the model takes and gives.
        size: of a batch.
        shuffle: the samples of an epoch, or only the order of its batches.
        seed: of their order.
        steps: how many batches an epoch has; by default as many as there are. The next one goes on behind.
        dtypes: of the model's inputs, by name and in order.
    """

    def __init__(
        self,
        samples: Samples,
        *,
        size: int,
        shuffle: Shuffle,
        seed: int,
        steps: int | None,
        model: Any,
    ) -> None:
        super().__init__()
        self.epoch = 0
        self._x = _of_inputs(samples.x, model)
        self._y = _of_outputs(samples.y, model) if samples.y is not None else None
        self._weight = (
            _of_outputs(samples.sample_weight, model) if samples.sample_weight is not None else None
        )
        self._size = size
        self._shuffle = shuffle
        self._seed = seed
        self._count = count_of(samples)
        self._whole = ceil(self._count / size)
        self._steps = steps or self._whole
        self._order: tuple[int, Array] | None = None

    @property
    def num_batches(self) -> int:
        """Batches of an epoch."""
        return self._steps

    def __len__(self) -> int:
        return self._steps

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        turn, batch = divmod(self.epoch * self._steps + index, self._whole)
        chosen = self._chosen(turn, batch)
        parts = [_map(self._x, lambda array, dtype: _cast(array[chosen], dtype))]
        for part in (self._y, self._weight):
            if part is not None:
                parts.append(_map(part, lambda array, dtype: _cast(array[chosen], dtype)))
            elif part is self._y and self._weight is not None:
                parts.append(None)
        return tuple(parts)

    def _chosen(self, turn: int, batch: int) -> Any:
        """The positions of a batch in one turn through all samples."""
        if not self._shuffle:
            return slice(batch * self._size, (batch + 1) * self._size)
        if self._order is None or self._order[0] != turn:
            self._order = turn, self._permuted(turn)
        order = self._order[1]
        if self._shuffle == "batch":
            batch = int(order[batch])
            return slice(batch * self._size, (batch + 1) * self._size)
        return order[batch * self._size : (batch + 1) * self._size]

    def _permuted(self, turn: int) -> Array:
        # The stream of this generator is the same in every release of NumPy.
        generator = np.random.RandomState([self._seed & 0xFFFFFFFF, turn])
        if self._shuffle == "batch":
            # Keras leaves a last batch that is smaller at its place.
            full = self._count // self._size
            return np.concatenate([generator.permutation(full), np.arange(full, self._whole)])
        return generator.permutation(self._count)


def count_of(samples: Samples) -> int:
    """How many samples there are."""
    first = next(iter(samples.x.values())) if isinstance(samples.x, Mapping) else samples.x
    return len(first)


def split(samples: Samples, fraction: float) -> tuple[Samples, Samples]:
    """The first samples and the last ones, as Keras splits them before it shuffles.

    Source: `keras.utils.array_slicing.train_validation_split`: the first `floor(count * (1 - fraction))`.

    Raises:
        ValueError: one of the two would be empty.
    """
    count = count_of(samples)
    at = int(np.floor(count * (1.0 - fraction)))
    if at in (0, count):
        raise ValueError(f"{count} samples are too few to keep {fraction:g} of them for validation")
    return _slice(samples, slice(0, at)), _slice(samples, slice(at, None))


def batches_of(
    samples: Samples,
    model: Any,
    arguments: Mapping[str, Any],
    *,
    seed: int,
    validation: bool = False,
) -> Batches:
    """The batches that `Model.fit` makes of arrays, by its own arguments."""
    size = arguments.get("batch_size") or _BATCH
    if validation:
        size = arguments.get("validation_batch_size") or size
        return Batches(
            samples,
            size=size,
            shuffle=False,
            seed=seed,
            steps=arguments.get("validation_steps"),
            model=model,
        )
    return Batches(
        samples,
        size=size,
        shuffle=arguments.get("shuffle", True),
        seed=seed,
        steps=arguments.get("steps_per_epoch"),
        model=model,
    )


def _slice(samples: Samples, part: slice) -> Samples:
    def cut(arrays: Any) -> Any:
        if isinstance(arrays, Mapping):
            return {name: array[part] for name, array in arrays.items()}
        return None if arrays is None else arrays[part]

    return Samples(cut(samples.x), cut(samples.y), cut(samples.sample_weight))


_Leaf = tuple[Any, Any]


def _of_inputs(arrays: Any, model: Any) -> Any:
    """Each array with the dtype of its input, where the model has declared inputs."""
    inputs = getattr(model, "inputs", None) or ()
    dtypes = {tensor.name: str(tensor.dtype) for tensor in inputs}
    if isinstance(arrays, Mapping):
        return {name: (array, dtypes.get(name)) for name, array in arrays.items()}
    return arrays, next(iter(dtypes.values())) if len(dtypes) == 1 else None


def _of_outputs(arrays: Any, model: Any) -> Any:
    """Outputs in the structure in which the model gives them."""
    if not isinstance(arrays, Mapping):
        return arrays, None
    names = getattr(model, "output_names", None)
    structure = private.outputs_as_given(model)
    if names is None or isinstance(structure, Mapping) or set(names) != set(arrays):
        return {name: (array, None) for name, array in arrays.items()}
    if len(names) == 1 and not isinstance(structure, list | tuple):
        return arrays[names[0]], None
    return [(arrays[name], None) for name in names]


def _map(structure: Any, function: Callable[[Any, Any], Any]) -> Any:
    match structure:
        case dict():
            return {name: function(*leaf) for name, leaf in structure.items()}
        case list():
            # TensorFlow takes no lists here, and Keras either for the other.
            return tuple(function(*leaf) for leaf in structure)
        case _:
            return function(*structure)


def _cast(array: Array, dtype: str | None) -> Array:
    """A batch as the model computes with it: whole numbers that are labels stay whole."""
    if array.dtype.kind not in "biuf":
        return array
    if dtype is None or dtype == "string":
        return array.astype(keras.config.floatx()) if array.dtype.kind == "f" else array
    if dtype.startswith(("bfloat", "float8")):
        return array.astype("float32")
    return array.astype(dtype, copy=False)
