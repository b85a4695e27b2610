"""What writers of weights files take, and what of it a format may not be able to say."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from modelspec.archive.member_names import quoted
from modelspec.diagnostics import Report

if TYPE_CHECKING:
    from modelspec.weights.values import Values

Told = Callable[[int], None]
"""Told after each piece how many bytes of values are written."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor to be written.

    Args:
        key: what it shall be found by: an address of Keras' HDF5 layout, or a name.
        values: of its shape and dtype, which stay as they are.
    """

    key: str
    values: Values

    @property
    def dtype(self) -> str:
        """As Keras names it."""
        return str(self.values.dtype.name)

    @property
    def size(self) -> int:
        """Bytes of its values."""
        return math.prod(self.values.shape) * self.values.dtype.itemsize


def check_dtypes(
    tensors: Sequence[Tensor], held: Collection[str], report: Report, *, form: str, help: str
) -> None:
    """Report `dtype-not-held`, once for each dtype that a format does not have.

    Args:
        held: the dtypes it has.
        form: the format, as in `an npz file`.
        help: which one has them.
    """
    found: dict[str, list[str]] = {}
    for tensor in tensors:
        if tensor.dtype not in held:
            found.setdefault(tensor.dtype, []).append(tensor.key)
    for dtype, keys in found.items():
        more = f" and {len(keys) - 1:,} more" if len(keys) > 1 else ""
        report.add("dtype-not-held", f"{form} cannot hold `{dtype}` ({quoted(keys[0])}{more})", help=help)
