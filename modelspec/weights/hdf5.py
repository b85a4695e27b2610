"""A model's weights as an HDF5 file: the file laid out first, then each value poured into its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from io import RawIOBase
from types import MappingProxyType
from typing import IO, TYPE_CHECKING, Any

from modelspec.link.linked import Group, Variable
from modelspec.weights.layout import Dataset, lay_out, overhead
from modelspec.weights.stream import pour, streamed
from modelspec.weights.table import total_bytes

if TYPE_CHECKING:
    import numpy.typing as npt

    from modelspec.weights.values import Values

    Array = npt.NDArray[Any]

# Keras refuses larger datasets that declare a thousand times what they store.
_UNSTORED_LIMIT = 1 << 32


def write_hdf5(
    file: IO[bytes] | RawIOBase,
    groups: Sequence[Group],
    variables: Sequence[Variable],
    *,
    seed: int,
    progress: Callable[[int], None] | None = None,
    stored: Callable[[Variable], Values] | None = None,
    given: Mapping[str, Callable[[], Array]] = MappingProxyType({}),
    settled: Callable[[int], None] | None = None,
) -> None:
    """Write the weights of a model in Keras' own layout; equal arguments give equal bytes.

    Variables that are all zeros take no room.

    Args:
        file: an empty file, open for reading, writing and seeking; stays open.
        groups: the groups `vars`.
        variables: the datasets.
        seed: of the document.
        progress: told after each piece how many bytes of values are written.
        stored: gives the values of a variable that lie in a file; needed where there are such.
        given: by address: what makes the value of a variable that does not say where it comes from. Called by
            other threads.
        settled: see `write_tensors`.

    Raises:
        UndrawableError: an initializer makes no values of its variable's shape or dtype.
    """
    tensors = [
        (variable.address, values_of(variable, seed, stored, given=given.get(variable.address)))
        for variable in variables
    ]
    write_tensors(file, groups, tensors, progress=progress, settled=settled)


def write_tensors(
    file: IO[bytes] | RawIOBase,
    groups: Sequence[Group],
    tensors: Sequence[tuple[str, Values]],
    *,
    progress: Callable[[int], None] | None = None,
    settled: Callable[[int], None] | None = None,
) -> None:
    """Write tensors in Keras' own layout; equal arguments give equal bytes.

    Those that are all zeros take no room.

    Args:
        file: an empty file, open for reading, writing and seeking; stays open.
        groups: the groups `vars`.
        tensors: the address and the values of each dataset.
        progress: told after each piece how many bytes of values are written.
        settled: told after each piece up to where the file is as it will be.
    """
    offsets = lay_out(
        file,
        groups,
        datasets=[
            Dataset(address, values.shape, values.dtype, _is_allocated(values)) for address, values in tensors
        ],
    )
    placed = sorted(
        (
            (offset, values)
            for offset, (_, values) in zip(offsets, tensors, strict=True)
            if offset is not None
        ),
        key=lambda one: one[0],
    )
    done = 0
    for piece in streamed([values for _, values in placed]):
        position = placed[piece.tensor][0] + piece.start
        pour(piece, file, position)
        done += piece.size
        if settled is not None:
            settled(position + piece.size)
        if progress is not None:
            progress(done)
    file.flush()


def predict_size(groups: Sequence[Group], variables: Sequence[Variable]) -> int:
    """At most how many bytes `write_hdf5` will write, and hardly more."""
    stored = [variable for variable in variables if not _surely_unstored(variable)]
    return total_bytes(stored) + overhead(groups, ((one.address, one.dtype) for one in variables))


def values_of(
    variable: Variable,
    seed: int,
    stored: Callable[[Variable], Values] | None,
    *,
    given: Callable[[], Array] | None = None,
) -> Values:
    """What will be in a variable: drawn, kept, read from the file where it lies, or made by `given`.

    Args:
        seed: of the document.
        stored: see `write_hdf5`.
        given: likewise.
    """
    from modelspec.weights.draw import draw
    from modelspec.weights.dtypes import all_zero, stored_dtype
    from modelspec.weights.values import Values

    dtype = stored_dtype(variable.dtype)
    if given is not None:
        return Values(variable.shape, dtype, is_zero=False, whole=lambda: _checked(given(), variable))
    match variable:
        case Variable(source=(_, _)):
            if stored is None:
                raise ValueError(f"nobody reads the file that `{variable.address}` lies in")
            return stored(variable)
        case Variable(initializer=None, value=None):
            raise ValueError(f"nothing gives `{variable.address}` its value")
        case Variable(initializer=None, value=value):
            kept = _checked(value, variable)
            return Values(variable.shape, dtype, is_zero=all_zero(kept), whole=lambda: kept)
        case Variable(initializer=initializer):
            assert initializer is not None
            return draw(
                initializer,
                shape=variable.shape,
                dtype=variable.dtype,
                seed=seed,
                owner=variable.owner,
                below=variable.below,
            )


def _checked(value: Any, variable: Variable) -> Array:
    import numpy as np

    from modelspec.weights.dtypes import stored_dtype

    array = np.asarray(value)
    if array.shape != variable.shape:
        raise ValueError(f"`{variable.address}` is of shape {variable.shape}, its value of {array.shape}")
    return array.astype(stored_dtype(variable.dtype), copy=False)


def _is_allocated(draw: Values) -> bool:
    size = draw.dtype.itemsize
    for length in draw.shape:
        size *= length
    return size > 0 and (not draw.is_zero or size > _UNSTORED_LIMIT)


def _surely_unstored(variable: Variable) -> bool:
    """Whether the variable is zeros that take no room, as far as can be told without making it."""
    return (
        variable.initializer is not None
        and variable.initializer.get("class_name") == "Zeros"
        and total_bytes([variable]) <= _UNSTORED_LIMIT
    )
