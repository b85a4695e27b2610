"""Two variants of a sweep side by side."""

from __future__ import annotations

from pathlib import Path

from modelspec.compiler.sweeping.folders.numbers import require_variant
from modelspec.diagnostics import Report, Source
from modelspec.frozen import dataclass
from modelspec.ledger.standings import Standing, standings
from modelspec.ledger.store import open_for_reading
from modelspec.ledger.values import SweepRow, VariantRow
from modelspec.source.reader import read_tree
from modelspec.source.tree import Mapping
from modelspec.sweep.changed import Change, changes_between


@dataclass(frozen=True, slots=True)
class Differences:
    """What two variants differ in, and what each has come to.

    Args:
        standings: of the first and of the second.
    """

    sweep: SweepRow
    standings: tuple[Standing, Standing]
    changes: tuple[Change, ...]


def differences_of(folder: Path, first: int, second: int, report: Report) -> Differences:
    """Compare two variants of the sweep in a folder.

    Raises:
        SpecError: there is no such variant that is run.
        LedgerError: there is no such sweep, or its ledger is damaged.
    """
    with open_for_reading(folder) as ledger:
        sweep, variants, runs = ledger.sweep(), ledger.variants(), ledger.runs()
    one, two = (require_variant(variants, number, report) for number in (first, second))
    report.raise_if_errors()
    assert one is not None
    assert two is not None
    found = {standing.variant.number: standing for standing in standings(sweep, variants, runs)}
    changes = changes_between(_tree(one, report), _tree(two, report))
    return Differences(sweep, (found[first], found[second]), changes)


def _tree(variant: VariantRow, report: Report) -> Mapping:
    """What its document says. Raises `SpecError` where that cannot be read."""
    tree = read_tree(Source(f"variant #{variant.number}", variant.document), report)
    report.raise_if_errors()
    assert isinstance(tree, Mapping)
    return tree
