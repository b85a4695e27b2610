"""A sweep of whose points none can be built, with what is the matter with most of them."""

from __future__ import annotations

from collections.abc import Sequence

from modelspec.diagnostics import Report
from modelspec.sweep.values import Sweep

_SHOWN = 3


def report_nothing_left(reasons: Sequence[str], sweep: Sweep, report: Report) -> None:
    """Say that every point was rejected.

    Args:
        reasons: of each point the first, as `reason_text` has it; those of one code at one place differ in
            the values that they tell, and are one.
    """
    counts: dict[str, int] = {}
    examples: dict[str, str] = {}
    for reason in reasons:
        cause = reason.partition("]: ")[0]
        counts[cause] = counts.get(cause, 0) + 1
        examples.setdefault(cause, reason)
    common = sorted(counts, key=lambda cause: -counts[cause])[:_SHOWN]
    report.add(
        "nothing-left",
        f"none of the {len(reasons):,} points that were looked at can be built",
        sweep.place,
        help="widen the space, or loosen `keep`",
        notes=tuple(f"{counts[cause]:,}: {examples[cause]}" for cause in common),
    )
