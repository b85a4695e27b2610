"""The model of the best run of a sweep, copied to where it is used."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

from modelspec.archive.atomic import atomic_file
from modelspec.archive.write_failures import diagnosed_writing, require_room
from modelspec.diagnostics import Report, typed
from modelspec.frozen import dataclass
from modelspec.ledger.folder import SweepFolder
from modelspec.ledger.standings import Standing, standings
from modelspec.ledger.store import open_for_reading
from modelspec.ledger.values import RunRow, SweepRow


@dataclass(frozen=True, slots=True)
class Winner:
    """The best run of the best variant.

    Args:
        standing: of the variant.
        size: of the archive, in bytes.
    """

    sweep: SweepRow
    standing: Standing
    run: RunRow
    size: int


def copy_best(folder: Path, output: Path, report: Report) -> Winner:
    """Copy the archive of the best run so far, which appears whole or not at all.

    Of a variant with several seeds it is that of the seed that came to the best value.

    Raises:
        SpecError: nothing has a value yet, the archive was taken away, or the copy cannot be written.
        LedgerError: there is no such sweep, or its ledger is damaged.
    """
    with open_for_reading(folder) as ledger:
        sweep, ranked = ledger.sweep(), standings(ledger.sweep(), ledger.variants(), ledger.runs())
    if not ranked or ranked[0].value is None:
        message, help = _why_none(folder, sweep)
        report.fail("nothing-measured", message, help=help)
    best = ranked[0]
    run = _best_run(best, sweep)
    archive = SweepFolder(folder).run(run.folder).archive
    try:
        with archive.open("rb") as source, diagnosed_writing(output, report):
            size = archive.stat().st_size
            require_room(output, size)
            with atomic_file(output) as target:
                shutil.copyfileobj(source, target, 1 << 20)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        report.fail(
            "no-model",
            f"the model of the best variant, #{run.variant}, cannot be read: {reason}",
            help=f"`modelspec sweep retry {typed(folder)} {run.variant}` and `sweep resume` train it again; "
            "`artifacts` says what is kept",
        )
    return Winner(sweep, best, run, size)


def _best_run(standing: Standing, sweep: SweepRow) -> RunRow:
    sign = 1 if sweep.goal == "maximize" else -1
    values = {
        run.folder: sign * run.value
        for run in standing.runs
        if run.state == "DONE" and run.value is not None and math.isfinite(run.value)
    }
    folder = max(values, key=lambda name: values[name])
    return next(run for run in standing.runs if run.folder == folder)


def _why_none(folder: Path, sweep: SweepRow) -> tuple[str, str]:
    """The message and the help where nothing is the best."""
    if sweep.metric is None:
        return (
            f"the sweep in `{folder}` has no `objective`, so none of its variants is the best",
            f"`modelspec sweep promote {typed(folder)} NUM` takes the one that you choose",
        )
    return (
        f"no variant of the sweep in `{folder}` has come to a value of `{sweep.metric}` yet",
        f"`modelspec sweep status {typed(folder)}` tells how far it is",
    )
