"""Two models as the user gives them, compared."""

from __future__ import annotations

from modelspec.architecture.comparing.comparison import Comparison, compare_sides
from modelspec.architecture.comparing.levels import Level
from modelspec.architecture.comparing.sides import Side
from modelspec.compiler.diffing.sides import Given, read_side
from modelspec.compiler.values import Options, Progress, silent
from modelspec.diagnostics import Report, SpecError
from modelspec.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Asked:
    """How two models are compared.

    Args:
        level: how much names count.
        facts: whether shapes and variables are wanted of archives and configs, for which Keras may be needed;
            a document is compiled anyway.
        options: what the caller decides.
    """

    level: Level = "exact"
    facts: bool = True
    options: Options = Options(cpu_only=True)


def compare(
    before: Given | Side, after: Given | Side, report: Report, *, asked: Asked, progress: Progress = silent
) -> Comparison:
    """Compare two models.

    What was compiled before comes from the cache, and Keras is not imported for it.

    Args:
        before, after: what the user gave, or a side that was read already.
        report: gets what is wrong with either.
        asked: see there.
        progress: told before Keras is imported.

    Raises:
        SpecError: a side has no model; what is wrong with the other is told too.
    """
    sides: list[Side] = []
    for given in (before, after):
        if isinstance(given, Side):
            sides.append(given)
            continue
        try:
            sides.append(
                read_side(given, report, options=asked.options, facts=asked.facts, progress=progress)
            )
        except SpecError:
            continue  # the report has it
    report.raise_if_errors()
    first, second = sides
    return compare_sides(first, second, level=asked.level)
