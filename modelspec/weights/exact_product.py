"""Matrix products with the same bits on every processor, at the speed of BLAS.

How BLAS orders and fuses its sums depends on the processor and the number of threads, and so does what they
round to. Sums of integers below 2**53 do not round at all. So the factors are cut into slices of few bits,
whose products are exact whatever the order, and only these are added by us.
Source: Ozaki et al., "Error-free transformations of matrix multiplication", 2012.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

_EXACT_BITS = 53


@dataclass(frozen=True, slots=True)
class Sliced:
    """A matrix as a sum of integer matrices times powers of two.

    Args:
        parts: of integers of `bits` bits; part `i` counts in units of `scale` times 2**(-bits * (i + 1)).
        bits: of one slice.
        scale: a power of two that no entry exceeds.
    """

    parts: tuple[Floats, ...]
    bits: int
    scale: float

    @property
    def transposed(self) -> Sliced:
        """The transposed matrix."""
        return Sliced(tuple(part.T for part in self.parts), self.bits, self.scale)


def slice_bits(terms: int) -> int:
    """Bits that slices may have where `terms` products are summed."""
    return (_EXACT_BITS - (terms - 1).bit_length()) // 2


def sliced(matrix: Floats, *, bits: int, count: int) -> Sliced:
    """A matrix cut into `count` slices; what is finer than the last is rounded off."""
    peak = float(np.abs(matrix).max(initial=0.0))
    scale = float(np.ldexp(1.0, int(np.frexp(peak)[1])))
    rest = matrix / scale
    parts = []
    for _ in range(count):
        rest *= 2.0**bits
        part = np.rint(rest)
        rest -= part
        parts.append(part)
    return Sliced(tuple(parts), bits, scale)


def product(left: Sliced, right: Sliced) -> Floats:
    """The matrix product, as exact as the slices are fine.

    Args:
        left: of shape (m, k).
        right: of shape (k, n), in as many slices of as many bits, at most `slice_bits(k)`.
    """
    count = len(left.parts)
    total = np.zeros((left.parts[0].shape[0], right.parts[0].shape[1]))
    # The smallest first; pairs beyond the last slice count for less than what slicing rounded off.
    for order in range(count - 1, -1, -1):
        for i in range(order + 1):
            total += left.parts[i] @ right.parts[order - i]
        total *= 2.0**-left.bits
    return total * (left.scale * right.scale * 2.0**-left.bits)
