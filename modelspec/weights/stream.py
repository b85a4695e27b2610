"""Values of many tensors as one stream of bytes, in little memory: what every writer of weights pours from.

Values are made by threads while others are written, a few blocks ahead: memory holds some blocks and, of
tensors that can only be made whole, one. What lies in a file as it is written is copied, by the system itself
where it can.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import IO, TYPE_CHECKING, Any, Protocol, runtime_checkable

from modelspec.weights.ahead import Work, ahead

if TYPE_CHECKING:
    from io import RawIOBase

    import numpy.typing as npt

    from modelspec.weights.values import Lying, Values

    Array = npt.NDArray[Any]

_AHEAD = 1 << 25
_THREADS = 2
_PIECE = 1 << 23
# What is read at once where the system does not copy by itself: stays in a processor's second cache.
_BUFFER = 1 << 18


@runtime_checkable
class Taking(Protocol):
    """A file that can have the system copy bytes of another into it."""

    def take(self, position: int, source: tuple[int, int], count: int) -> int:
        """Copy `count` bytes of a file, from a place in it on, to a position; the first so many were copied.

        Args:
            source: the file's descriptor and the place.
        """


@dataclass(frozen=True, slots=True)
class Piece:
    """The next bytes of a tensor.

    Args:
        tensor: which one, as a position in what was given.
        start: its first byte, from the tensor's own.
        size: how many bytes, 8 MB at the most.
        made: them, where they were made.
        lying: where they lie, else.
        buffer: what they can be read through.
    """

    tensor: int
    start: int
    size: int
    made: memoryview | None
    lying: Lying | None
    buffer: memoryview

    def blocks(self, start: int = 0) -> Iterator[memoryview]:
        """The bytes from one on; a block is good until the next, and the last until the next piece."""
        if self.made is not None:
            yield self.made[start:]
        elif self.lying is not None:
            for done in range(start, self.size, len(self.buffer)):
                part = self.buffer[: self.size - done]
                self.lying.read(self.start + done, part)
                yield part


def streamed(tensors: Sequence[Values]) -> Iterator[Piece]:
    """The bytes of tensors, one after another, each in C order; those known to be zeros are left out."""
    kept = [(number, values) for number, values in enumerate(tensors) if not values.is_zero]
    lies = any(values.lying is not None for _, values in kept)
    buffer = memoryview(bytearray(_BUFFER if lies else 0))
    work = (one for number, values in kept for one in _work(number, values, buffer))
    for pieces in ahead(work, threads=min(_THREADS, os.cpu_count() or 1), bound=_AHEAD):
        yield from pieces


def pour(piece: Piece, file: IO[bytes] | RawIOBase, position: int) -> None:
    """Write a piece to a position of a file; what lies in another is copied by the system, if it can."""
    done = 0
    if piece.lying is not None and piece.lying.extent is not None and isinstance(file, Taking):
        descriptor, begin = piece.lying.extent
        done = file.take(position, (descriptor, begin + piece.start), piece.size)
    if done < piece.size:
        file.seek(position + done)
        for block in piece.blocks(done):
            write_fully(file, block)


def write_fully(file: IO[bytes] | RawIOBase, data: memoryview) -> None:
    """Write all of `data`, of which a raw file may take a part at a time."""
    while data:
        data = data[file.write(data) or 0 :]


def _work(number: int, values: Values, buffer: memoryview) -> Iterator[Work[Sequence[Piece]]]:
    """What gives the bytes of a tensor, step by step."""
    if values.lying is not None:
        for start in range(0, values.size, _PIECE):
            size = min(_PIECE, values.size - start)
            pieces = (Piece(number, start, size, None, values.lying, buffer),)
            yield Work(partial(_same, pieces), size, late=True)
        return
    start = 0
    for step in values.steps():
        weight = step.count * values.dtype.itemsize
        yield Work(partial(_made, number, start, step.make), weight)
        start += weight


def _same(pieces: Sequence[Piece]) -> Sequence[Piece]:
    return pieces


def _made(number: int, start: int, make: Callable[[], Array]) -> Sequence[Piece]:
    import numpy as np

    data = np.ascontiguousarray(make()).view(np.uint8).data
    return [
        Piece(
            number,
            start + offset,
            min(_PIECE, len(data) - offset),
            data[offset : offset + _PIECE],
            None,
            data,
        )
        for offset in range(0, len(data), _PIECE)
    ]
