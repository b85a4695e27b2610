"""What runs of a sweep printed, from outside, while they may print more."""

from __future__ import annotations

from pathlib import Path

from modelspec.archive.exclusive import holder_of
from modelspec.compiler.sweeping.folders.numbers import require_variant
from modelspec.diagnostics import Report
from modelspec.ledger.folder import RunFolder, SweepFolder
from modelspec.ledger.store import open_for_reading
from modelspec.ledger.values import ENDED, RunRow


def runs_of(folder: Path, number: int, report: Report, *, seed: int | None = None) -> tuple[RunRow, ...]:
    """The runs of a variant.

    Args:
        seed: of one of them; `None` for all.

    Raises:
        SpecError: there is no such variant or run.
        LedgerError: there is no ledger, or it is damaged.
    """
    with open_for_reading(folder) as ledger:
        require_variant(ledger.variants(), number, report)
        report.raise_if_errors()
        runs = tuple(run for run in ledger.runs() if run.variant == number)
    found = tuple(run for run in runs if seed is None or run.seed == seed)
    if not found and runs:
        seeds = ", ".join(str(run.seed) for run in runs if run.seed is not None)
        report.fail(
            "unknown-variant",
            f"variant #{number} has no run with seed {seed}",
            help=f"its seeds are {seeds}" if seeds else "it is run once, with the document's own seed",
        )
    return found


def is_under_way(folder: SweepFolder, run: RunRow) -> bool:
    """Whether a run has not ended, and somebody drives the sweep so that it will."""
    with open_for_reading(folder.path) as ledger:
        now = next((one for one in ledger.runs() if one.folder == run.folder), None)
    return now is not None and now.state not in ENDED and holder_of(folder.lock) is not None


def log_from(folder: RunFolder, place: int) -> tuple[str, int]:
    """What a run's log has from a byte on, up to its last whole letter, and the byte behind that.

    A log that has become shorter is one of another attempt, and is read from its start.
    """
    try:
        with folder.log.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(place if place <= size else 0)
            begin = file.tell()
            data = file.read()
    except FileNotFoundError:
        return "", 0
    whole = len(data)
    # A letter of UTF-8 has at most four bytes, of which all but the first begin with the bits 10.
    for back in range(1, min(4, len(data)) + 1):
        byte = data[-back]
        if byte & 0b1100_0000 == 0b1000_0000:
            continue
        wanted = 4 if byte >= 0xF0 else 3 if byte >= 0xE0 else 2 if byte >= 0xC0 else 1
        whole -= back if wanted > back else 0
        break
    return data[:whole].decode("utf-8", "replace"), begin + whole
