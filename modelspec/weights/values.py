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

# Bytes in a block of values that are only read: it stays in the processor's cache until it is written, which
# makes a copy three times as fast as one in megabytes.
_READ = 1 << 18


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
        at_hand: whether `fill` has hardly anything to compute, so that no thread need do it ahead.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    is_zero: bool
    fill: Fill | None = None
    whole: Callable[[], Array] | None = None
    at_hand: bool = False

    def steps(self) -> Iterator[Step]:
        """What makes the tensor piece by piece, in C order; the pieces can be made in any order."""
        size = math.prod(self.shape)
        if self.whole is not None and size:
            yield Step(lambda: self._made_whole().reshape(-1), size)
        elif self.fill is not None:
            block = _READ // self.dtype.itemsize if self.at_hand else BLOCK
            for start in range(0, size, block):
                count = min(block, size - start)
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
