"""What a plan of a sweep is made of."""

from __future__ import annotations

from typing import Literal

from modelspec.compiler.sweeping.planning.facts import Facts
from modelspec.diagnostics import Diagnostic
from modelspec.frozen import dataclass
from modelspec.sweep.values import Point, Sweep

State = Literal["distinct", "duplicate", "rejected"]


@dataclass(frozen=True, slots=True)
class Variant:
    """One point, seen through.

    Args:
        name: what the sweep calls it.
        facts: of what is built; `None` where that is not known.
        reasons: why it is left out: a condition of `keep` that does not hold, or its mistakes.
        duplicate_of: the number of the first variant that is built and trained the same.
    """

    point: Point
    name: str
    facts: Facts | None
    reasons: tuple[Diagnostic, ...] = ()
    duplicate_of: int | None = None

    @property
    def state(self) -> State:
        """What becomes of it."""
        if self.reasons:
            return "rejected"
        return "distinct" if self.duplicate_of is None else "duplicate"


@dataclass(frozen=True, slots=True)
class Planned:
    """The plan of a sweep.

    Args:
        total: how many points the sweep has; `None` where there is no end of them.
        variants: those that were looked at.
        seeds: with how many each variant is trained; 0 where nothing is trained.
        epochs: of each run at the most; `None` where that is not known, or differs.
    """

    sweep: Sweep
    total: int | None
    variants: tuple[Variant, ...]
    seeds: int = 0
    epochs: int | None = None

    def count(self, state: State) -> int:
        """How many variants come to this."""
        return sum(variant.state == state for variant in self.variants)

    @property
    def runs(self) -> int:
        """How often something is built, or trained."""
        return self.count("distinct") * max(1, self.seeds)
