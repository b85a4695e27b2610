"""The plan of a sweep: its points, what each comes to, and which of them are one and the same."""

from __future__ import annotations

from dataclasses import replace

from modelspec.compiler.sweeping.facts import prune_facts
from modelspec.compiler.sweeping.pool import variants_of
from modelspec.compiler.sweeping.values import Planned, Variant
from modelspec.compiler.sweeping.variants import read_swept
from modelspec.compiler.values import Options, Progress, Text, silent
from modelspec.diagnostics import Diagnostic, Report
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
    planned = Planned(swept.sweep, total, _with_duplicates(variants))
    if variants and planned.count("rejected") == len(variants):
        _report_nothing_left(planned, report)
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


def _report_nothing_left(planned: Planned, report: Report) -> None:
    """Say that every point was rejected, with the commonest reasons."""
    counts: dict[str, int] = {}
    examples: dict[str, Diagnostic] = {}
    for variant in planned.variants:
        for reason in variant.reasons[:1]:
            key = f"{reason.code} {reason.place}"
            counts[key] = counts.get(key, 0) + 1
            examples.setdefault(key, reason)
    common = sorted(counts, key=lambda key: -counts[key])[:3]
    report.add(
        "nothing-left",
        f"none of the {len(planned.variants):,} points that were looked at can be built",
        planned.sweep.place,
        help="widen the space, or loosen `keep`",
        notes=tuple(f"{counts[key]:,}: {examples[key].place}: {examples[key].message}" for key in common),
    )
