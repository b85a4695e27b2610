"""The values of a tensor before there are any: what makes them, piece by piece where it can."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]

Fill = Callable[[int, "Array"], None]
"""Puts the values from a position on, a multiple of 4, into an array of the tensor's dtype."""

BLOCK = 1 << 20
"""Values in a block; 8 MB at most."""


@dataclass(frozen=True, slots=True)
class Lying:
    """Bytes of a tensor that lie in a file.

    Args:
        read: puts them, from one of them on, into a buffer; by any thread.
        extent: the file's descriptor and where they begin in it, where there is such a file.
    """

    read: Callable[[int, memoryview], None]
    extent: tuple[int, int] | None


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
class Values:
    """The values of a tensor, not made yet: drawn, or read from a file, when they are asked for.

    Args:
        shape: sizes.
        dtype: as they lie in a file.
        is_zero: whether all their bytes are zero, as far as is known without making them.
        fill: makes any piece of them; `None` where they can only be made whole.
        whole: makes them whole, in C order, where there is no `fill`.
        lying: where their bytes lie just as they are written; `None` where they do so nowhere.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    is_zero: bool
    fill: Fill | None = None
    whole: Callable[[], Array] | None = None
    lying: Lying | None = None

    @property
    def size(self) -> int:
        """Bytes of all of them."""
        return math.prod(self.shape) * self.dtype.itemsize

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
        """The values in their shape, in memory that nobody else has."""
        if self.whole is not None:
            return np.array(self._made_whole(), self.dtype, order="C").reshape(self.shape)
        out = np.empty(math.prod(self.shape), self.dtype)
        if self.lying is not None:
            self.lying.read(0, out.view(np.uint8).data)
        elif self.fill is not None:
            for start in range(0, out.size, BLOCK):
                self.fill(start, out[start : start + BLOCK])
        return out.reshape(self.shape)

    def _made_whole(self) -> Array:
        assert self.whole is not None
        return self.whole()

    def _piece(self, start: int, count: int) -> Array:
        assert self.fill is not None
        out = np.empty(count, self.dtype)
        self.fill(start, out)
        return out
