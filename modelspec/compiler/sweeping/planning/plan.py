"""The plan of a sweep: its points, what each comes to, and which of them are one and the same."""

from __future__ import annotations

from dataclasses import replace

from modelspec.compiler.sweeping.planning.cost import training_of
from modelspec.compiler.sweeping.planning.facts import prune_facts
from modelspec.compiler.sweeping.planning.nothing_left import report_nothing_left
from modelspec.compiler.sweeping.planning.pool import variants_of
from modelspec.compiler.sweeping.planning.values import Planned, Variant
from modelspec.compiler.sweeping.planning.variants import read_swept, reason_text
from modelspec.compiler.values import Options, Progress, Text, silent
from modelspec.diagnostics import Report
from modelspec.sweep.points import grid_size
from modelspec.sweep.values import Sweep

DEFAULT_COUNT = 20
"""Points of a random sweep that are looked at where neither its budget nor the caller says how many."""
MAX_POINTS = 100_000


def plan_sweep(
    text: Text,
    options: Options,
    report: Report,
    *,
    first: int | None = None,
    progress: Progress = silent,
    workers: int | None = None,
) -> Planned:
    """See a sweep through, without running any of it.

    Args:
        first: how many of its points to look at; `None` for all of a grid, the budget of a random sweep,
            those that a search by `bayes` starts from.
        workers: see `variants_of`.

    Raises:
        SpecError: the sweep has mistakes, or nothing of it is left.
    """
    progress("reading", 0, 0)
    swept = read_swept(text, options, report)
    total = grid_size(swept.sweep.space) if swept.sweep.method == "grid" else swept.sweep.budget.variants
    count = _count(swept.sweep, total, first)
    if count > MAX_POINTS:
        report.fail(
            "too-large",
            f"the sweep has {count:,} points, and a plan shows {MAX_POINTS:,} at the most",
            swept.sweep.place,
            help="look at some of them with `--first 1000`, or try points by `method: random`",
        )
    variants = []
    for variant in variants_of(swept, count, text, options, report, workers=workers):
        variants.append(variant)
        progress("planning", len(variants), count)
    prune_facts()
    seeds, epochs = training_of(swept)
    planned = Planned(swept.sweep, total, _with_duplicates(variants), seeds, epochs)
    if variants and planned.count("rejected") == len(variants):
        report_nothing_left([reason_text(one.reasons[0]) for one in variants], swept.sweep, report)
    return planned


def _count(sweep: Sweep, total: int | None, first: int | None) -> int:
    if sweep.method == "bayes":
        return min(len(sweep.start), first) if first is not None else len(sweep.start)
    if total is None:
        return first if first is not None else DEFAULT_COUNT
    return min(total, first) if first is not None else total


def _with_duplicates(variants: list[Variant]) -> tuple[Variant, ...]:
    """The variants, each that is built and trained as an earlier one with its number."""
    seen: dict[str, int] = {}
    found = []
    for variant in variants:
        if variant.facts is not None and not variant.reasons:
            number = seen.setdefault(variant.facts.built, variant.point.number)
            if number != variant.point.number:
                variant = replace(variant, duplicate_of=number)
        found.append(variant)
    return tuple(found)
