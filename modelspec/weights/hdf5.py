"""A model's weights as a stream: the file laid out first, then each value poured into its place.

Values are drawn by threads while others are written, a few blocks ahead: memory holds some blocks and, of
variables that can only be made whole, one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from io import RawIOBase
from threading import Lock
from types import MappingProxyType
from typing import IO, TYPE_CHECKING, Any

from modelspec.link.linked import Group, Variable
from modelspec.weights.ahead import ahead
from modelspec.weights.layout import Dataset, lay_out, overhead
from modelspec.weights.table import total_bytes

if TYPE_CHECKING:
    import numpy.typing as npt

    from modelspec.weights.values import Values

    Array = npt.NDArray[Any]

Source = tuple[str, str]
"""The key of a nested archive and the address of a variable in it."""

# Keras refuses larger datasets that declare a thousand times what they store.
_UNSTORED_LIMIT = 1 << 32
_AHEAD = 1 << 25
_THREADS = 2
_PIECE = 1 << 23


def write_hdf5(
    file: IO[bytes] | RawIOBase,
    groups: Sequence[Group],
    variables: Sequence[Variable],
    *,
    seed: int,
    progress: Callable[[int], None] | None = None,
    read: Callable[[Source], Array] | None = None,
    given: Mapping[str, Callable[[], Array]] = MappingProxyType({}),
) -> None:
    """Write the weights of a model in Keras' own layout; equal arguments give equal bytes.

    Variables that are all zeros take no room.

    Args:
        file: an empty file, open for reading, writing and seeking; stays open.
        groups: the groups `vars`.
        variables: the datasets.
        seed: of the document.
        progress: told after each piece how many bytes of values are written.
        read: gives the value of a variable of a nested archive; needed where there are such. Called by
            other threads, one at a time.
        given: by address: what makes the value of a variable that does not say where it comes from. Called by
            other threads.

    Raises:
        UndrawableError: an initializer makes no values of its variable's shape or dtype.
    """
    alone = None if read is None else one_at_a_time(read)
    draws = [_values(variable, seed, alone, given.get(variable.address)) for variable in variables]
    offsets = lay_out(
        file,
        groups,
        datasets=[
            Dataset(variable.address, draw.shape, draw.dtype, _is_allocated(draw))
            for variable, draw in zip(variables, draws, strict=True)
        ],
    )
    placed = [
        (offset, draw)
        for offset, draw in zip(offsets, draws, strict=True)
        if offset is not None and not draw.is_zero
    ]
    steps = ((step.make, step.count * draw.dtype.itemsize) for _, draw in placed for step in draw.steps())
    positions = _positions(placed)
    done = 0
    for values in ahead(steps, threads=min(_THREADS, os.cpu_count() or 1), bound=_AHEAD):
        for piece in _pieces(values, next(positions)):
            file.seek(piece[0])
            _write_fully(file, piece[1])
            done += len(piece[1])
            if progress is not None:
                progress(done)
    file.flush()


def predict_size(groups: Sequence[Group], variables: Sequence[Variable]) -> int:
    """At most how many bytes `write_hdf5` will write, and hardly more."""
    stored = [variable for variable in variables if not _surely_unstored(variable)]
    return total_bytes(stored) + overhead(groups, ((one.address, one.dtype) for one in variables))


def value_of(variable: Variable, *, seed: int, read: Callable[[Source], Array] | None) -> Array:
    """The value that `write_hdf5` writes for a variable."""
    return _values(variable, seed, read, None).array()


def _values(
    variable: Variable,
    seed: int,
    read: Callable[[Source], Array] | None,
    given: Callable[[], Array] | None,
) -> Values:
    from modelspec.weights.draw import draw
    from modelspec.weights.dtypes import all_zero, stored_dtype
    from modelspec.weights.values import Values

    dtype = stored_dtype(variable.dtype)
    if given is not None:
        return Values(variable.shape, dtype, is_zero=False, whole=lambda: _checked(given(), variable))
    match variable:
        case Variable(source=(_, _) as source):
            if read is None:
                raise ValueError(f"nobody reads the nested archive of `{variable.address}`")
            return Values(
                variable.shape, dtype, is_zero=False, whole=lambda: _checked(read(source), variable)
            )
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


def one_at_a_time(read: Callable[[Source], Array]) -> Callable[[Source], Array]:
    """A reader that threads may share."""
    lock = Lock()

    def locked(source: Source) -> Array:
        with lock:
            return read(source)

    return locked


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


def _positions(placed: Sequence[tuple[int, Values]]) -> Iterator[int]:
    """Where each step's values begin, in the steps' order."""
    for offset, draw in placed:
        for step in draw.steps():
            yield offset
            offset += step.count * draw.dtype.itemsize


def _pieces(values: Array, position: int) -> Iterator[tuple[int, memoryview]]:
    import numpy as np

    data = np.ascontiguousarray(values).view(np.uint8).data
    for start in range(0, len(data), _PIECE):
        yield position + start, data[start : start + _PIECE]


def _write_fully(file: IO[bytes] | RawIOBase, data: memoryview) -> None:
    # A raw file may take a part.
    while data:
        data = data[file.write(data) or 0 :]
