"""The values of a tensor that lies in a file in one piece, read from there a block at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from modelspec.weights.values import Lying, Values

if TYPE_CHECKING:
    import numpy.typing as npt
    from _typeshed import WriteableBuffer

    Array = npt.NDArray[Any]


class Readable(Protocol):
    """Bytes that can be read anywhere, by several threads at once."""

    def read_at(self, position: int, buffer: WriteableBuffer, /) -> None:
        """Fill `buffer` from a position on. Raises `OSError` where that cannot be done."""

    @property
    def extent(self) -> tuple[int, int] | None:
        """The descriptor of the file, and where they begin in it; `None` where they are not in one."""


def values_in_place(
    source: Readable, position: int, *, shape: tuple[int, ...], lying: np.dtype[Any], dtype: np.dtype[Any]
) -> Values:
    """Values in C order.

    Args:
        source: what they lie in.
        position: of their first byte.
        shape: sizes.
        lying: their dtype there, whatever its byte order; as wide as `dtype`.
        dtype: what they are given as.
    """
    width = lying.itemsize
    # Bytes of a foreign file may be no booleans.
    raw = np.dtype(np.uint8) if dtype == np.bool_ else lying

    def fill(start: int, out: Array) -> None:
        if raw == out.dtype and out.flags.c_contiguous:
            source.read_at(position + start * width, out.view(np.uint8).data)
            return
        piece = np.empty(out.shape, raw)
        source.read_at(position + start * width, piece.view(np.uint8).data)
        out[...] = piece

    def read(start: int, buffer: memoryview) -> None:
        source.read_at(position + start, buffer)

    if raw != dtype:
        return Values(shape, dtype, is_zero=False, fill=fill)
    extent = source.extent
    same = Lying(read, None if extent is None else (extent[0], extent[1] + position))
    return Values(shape, dtype, is_zero=False, fill=fill, lying=same)
