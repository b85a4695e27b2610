"""Documents that repeat themselves."""

from __future__ import annotations

from collections.abc import Iterator

from modelspec.frozen import dataclass
from modelspec.language.values import Origin
from modelspec.lint.finding import Finding

_WORTH_IT = 0.7  # of the lines, at most so many


@dataclass(frozen=True, slots=True)
class Lengths:
    """How long the description of a graph is, and how long with what repeats folded into blocks.

    Args:
        written: lines of blocks, models, defaults and layers.
        folded: the same of the document that decompiling its model gives.
        origin: of `layers`.
    """

    written: int
    folded: int
    origin: Origin


def would_fold(lengths: Lengths) -> Iterator[Finding]:
    """Items that blocks, `repeat` and `each` would say in far fewer lines."""
    if lengths.folded <= _WORTH_IT * lengths.written:
        yield Finding(
            "would-fold",
            f"blocks and repeats would make it {lengths.folded:,} lines instead of {lengths.written:,}",
            lengths.origin,
            help="build it, and `modelspec decompile` shows them",
        )
