"""Values of many tensors as one stream of bytes, in little memory: what every writer of weights pours from.

Values that are computed are made by threads while others are written, a few blocks ahead; those that need
only be read are read right before they are written. Memory holds some blocks and, of tensors that can only be
made whole, one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import IO, TYPE_CHECKING, Any

from modelspec.weights.ahead import ahead

if TYPE_CHECKING:
    from io import RawIOBase

    import numpy.typing as npt

    from modelspec.weights.values import Values

    Array = npt.NDArray[Any]

_AHEAD = 1 << 25
_THREADS = 2
_PIECE = 1 << 23


@dataclass(frozen=True, slots=True)
class Piece:
    """The next bytes of a tensor.

    Args:
        tensor: which one, as a position in what was given.
        start: its first byte, from the tensor's own.
        data: 8 MB at the most, good until the next piece.
    """

    tensor: int
    start: int
    data: memoryview


def streamed(tensors: Sequence[Values]) -> Iterator[Piece]:
    """The bytes of tensors, one after another, each in C order; those known to be zeros are left out."""
    made = [(number, values) for number, values in enumerate(tensors) if not values.is_zero]
    for at_hand, group in groupby(made, key=lambda entry: entry[1].at_hand):
        found = tuple(group)
        steps = (
            (step.make, step.count * values.dtype.itemsize) for _, values in found for step in values.steps()
        )
        for (number, start), values in zip(_places(found), _results(steps, at_hand=at_hand), strict=True):
            data = _bytes_of(values)
            for offset in range(0, len(data), _PIECE):
                yield Piece(number, start + offset, data[offset : offset + _PIECE])


def _results(steps: Iterator[tuple[Callable[[], Array], int]], *, at_hand: bool) -> Iterator[Array]:
    """What the steps make, of which each has a weight in bytes."""
    if at_hand:
        return (make() for make, _ in steps)
    return ahead(steps, threads=min(_THREADS, os.cpu_count() or 1), bound=_AHEAD)


def write_fully(file: IO[bytes] | RawIOBase, data: memoryview) -> None:
    """Write all of `data`, of which a raw file may take a part at a time."""
    while data:
        data = data[file.write(data) or 0 :]


def _places(made: Sequence[tuple[int, Values]]) -> Iterator[tuple[int, int]]:
    """Which tensor each step belongs to, and at which of its bytes the step begins, in the steps' order."""
    for number, values in made:
        start = 0
        for step in values.steps():
            yield number, start
            start += step.count * values.dtype.itemsize


def _bytes_of(values: Array) -> memoryview:
    import numpy as np

    return np.ascontiguousarray(values).view(np.uint8).data
