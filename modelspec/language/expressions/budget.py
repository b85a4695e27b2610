"""What the evaluation of one text may still cost."""

from __future__ import annotations

from dataclasses import dataclass

from modelspec.language.expressions.constants import weigh
from modelspec.language.expressions.errors import Fault
from modelspec.language.expressions.limits import MAX_SIZE, MAX_STEPS


@dataclass(slots=True)
class Budget:
    """Counts down the steps of one evaluation."""

    left: int = MAX_STEPS

    def spend(self, steps: int) -> None:
        """Take `steps` away; `Fault` when there are no more."""
        self.left -= steps
        if self.left < 0:
            raise Fault(
                "expression-too-large",
                f"this takes more than {MAX_STEPS:,} steps to work out",
                "name the result under `vars`, written out",
            )

    def check_size(self, size: int) -> None:
        """Pay for a list or string of `size` items and characters; `Fault` where it is too large."""
        if size > MAX_SIZE:
            raise Fault(
                "expression-too-large",
                f"an expression makes lists and strings of at most {MAX_SIZE:,} items and characters",
            )
        self.spend(size)

    def check_made(self, *parts: object) -> None:
        """Pay for a list or string that holds all of `parts`; to be called before it is made."""
        self.check_size(sum(weigh(part, MAX_SIZE) for part in parts))
