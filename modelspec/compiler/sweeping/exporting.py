"""What a sweep came to, for other programs: a table in a Parquet file, the runs of an MLflow server."""

from __future__ import annotations

from pathlib import Path

from modelspec.compiler.sweeping.tracking import ended_runs
from modelspec.diagnostics import Report
from modelspec.ledger.folder import SweepFolder
from modelspec.ledger.parquet_file import NoParquetError, write_parquet
from modelspec.ledger.store import open_for_reading
from modelspec.ledger.table import columns_of
from modelspec.tracking.choose import make_tracker
from modelspec.tracking.protocol import TrackerError


def export_parquet(folder: Path, target: Path, report: Report) -> int:
    """Write the table of a sweep as a Parquet file; how many rows it has.

    Raises:
        SpecError: what writes such files is not installed.
        LedgerError: there is no sweep, or its ledger is damaged.
        WriteError: the file cannot be written.
    """
    with open_for_reading(folder) as ledger:
        columns = columns_of(ledger.sweep(), ledger.variants(), ledger.runs())
    try:
        return write_parquet(target, columns)
    except NoParquetError:
        report.fail(
            "missing-extra",
            "Parquet files need pyarrow, which is not installed",
            help="install it: `pip install 'modelspec[parquet]'`",
        )


def export_mlflow(folder: Path, address: str, report: Report) -> int:
    """Tell an MLflow server, or a database, all runs that have ended; how many there are.

    Raises:
        SpecError: it cannot be told.
        LedgerError: there is no sweep, or its ledger is damaged.
    """
    at = SweepFolder(folder)
    with open_for_reading(folder) as ledger:
        sweep, runs = ledger.sweep(), tuple(ended_runs(at, ledger))
    try:
        tracker = make_tracker("mlflow", address)
        tracker.begin(sweep, folder)
        for told in runs:
            tracker.tell(told)
        tracker.end()
    except TrackerError as error:
        report.fail("no-tracker", str(error), help=error.help)
    return len(runs)
