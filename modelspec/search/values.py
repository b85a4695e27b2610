"""What a search is told: points that were tried, and what became of them."""

from __future__ import annotations

from typing import Literal

from modelspec.frozen import dataclass
from modelspec.source.tree import Primitive

State = Literal["open", "done", "pruned", "failed", "rejected"]


@dataclass(frozen=True, slots=True)
class Tried:
    """A point that was asked for.

    Args:
        values: of each part that the point has, by its key, as a `Point` has them.
        state: `open` until it is known, `rejected` where it was never built.
        value: of the objective, where there is one; of a pruned point what it had come to.
        epochs: for which a pruned point was trained.
    """

    values: tuple[tuple[str, Primitive], ...]
    state: State
    value: float | None = None
    epochs: int = 0
