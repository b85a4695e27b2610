"""What need not be kept of runs, taken away."""

from __future__ import annotations

from pathlib import Path

from modelspec.compiler.sweeping.folders.opening import driven, options_of, text_of
from modelspec.compiler.sweeping.planning.variants import read_swept
from modelspec.diagnostics import Report, SpecError
from modelspec.ledger.artifacts import surplus, thin
from modelspec.ledger.folder import SweepFolder
from modelspec.ledger.standings import standings
from modelspec.ledger.store import open_for_reading
from modelspec.ledger.values import SweepRow


def collect(folder: Path, best: int, report: Report) -> tuple[int, int]:
    """Take away what is not kept of all but the best variants; of how many runs, and how many bytes.

    Raises:
        SpecError: another process drives the sweep.
        LedgerError: there is none, or its ledger is damaged.
    """
    at = SweepFolder(folder)
    with open_for_reading(folder) as ledger, driven(at, report):
        row = ledger.sweep()
        names = surplus(standings(row, ledger.variants(), ledger.runs()), best)
        return len(names), thin(at, names, always=_always(at, row))


def _always(folder: SweepFolder, row: SweepRow) -> tuple[str, ...]:
    """What the sweep keeps always, where its document can still be read."""
    try:
        swept = read_swept(text_of(folder, row), options_of(row), Report())
    except SpecError:
        return ()
    return swept.sweep.artifacts.always
