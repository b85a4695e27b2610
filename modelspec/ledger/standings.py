"""What a sweep came to so far: its variants from the best to the worst."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Literal

from modelspec.frozen import dataclass
from modelspec.ledger.values import RunRow, SweepRow, VariantRow

State = Literal["done", "running", "waiting", "failed", "pruned"]


@dataclass(frozen=True, slots=True)
class Standing:
    """A variant and what its runs came to.

    Args:
        runs: one for each seed, in the order of the seeds.
        value: of the objective over the seeds that are done; `None` where there is none.
        deviation: the sample's standard deviation over these; `None` for fewer than two.
        count: how many seeds `value` is made of.
        seconds: of all attempts of all its runs.
        state: what can be said of all its runs together.
    """

    variant: VariantRow
    runs: tuple[RunRow, ...]
    value: float | None
    deviation: float | None
    count: int
    seconds: float
    state: State


def _best(values: Sequence[float], goal: str) -> float:
    return max(values) if goal == "maximize" else min(values)


def _worst(values: Sequence[float], goal: str) -> float:
    return min(values) if goal == "maximize" else max(values)


_AGGREGATES: Mapping[str, Callable[[Sequence[float], str], float]] = MappingProxyType(
    {
        "mean": lambda values, _: statistics.fmean(values),
        "median": lambda values, _: statistics.median(values),
        "best": _best,
        "worst": _worst,
    }
)


def aggregated(values: Sequence[float], sweep: SweepRow) -> float:
    """One value for those of several seeds."""
    return _AGGREGATES[sweep.aggregate](values, sweep.goal)


def standings(
    sweep: SweepRow, variants: Iterable[VariantRow], runs: Iterable[RunRow]
) -> tuple[Standing, ...]:
    """The variants that are run, the best first; those without a value last, by number."""
    by_variant: dict[int, list[RunRow]] = {}
    for run in runs:
        by_variant.setdefault(run.variant, []).append(run)
    found = [
        _standing(sweep, variant, tuple(by_variant.get(variant.number, ())))
        for variant in variants
        if variant.state == "distinct"
    ]
    sign = -1 if sweep.goal == "maximize" else 1
    return tuple(
        sorted(
            found,
            key=lambda one: (
                one.value is None,
                0.0 if one.value is None else sign * one.value,
                one.variant.number,
            ),
        )
    )


def _standing(sweep: SweepRow, variant: VariantRow, runs: tuple[RunRow, ...]) -> Standing:
    # A run that was stopped early says less than one that was not, and is no part of the result.
    values = [run.value for run in runs if run.state == "DONE" and _is_number(run.value)]
    numbers = [value for value in values if value is not None]
    return Standing(
        variant=variant,
        runs=runs,
        value=aggregated(numbers, sweep) if numbers else None,
        deviation=statistics.stdev(numbers) if len(numbers) > 1 else None,
        count=len(numbers),
        seconds=sum(run.spent for run in runs),
        state=_state(runs),
    )


def _is_number(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _state(runs: tuple[RunRow, ...]) -> State:
    states = {run.state for run in runs}
    if "RUNNING" in states:
        return "running"
    if "PENDING" in states or not states:
        return "waiting"
    if "FAILED" in states:
        return "failed"
    return "pruned" if "PRUNED" in states else "done"
