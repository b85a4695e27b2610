"""What a sweep came to, for other programs: a table in a Parquet file, the runs of an MLflow server."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from modelspec.compiler.sweeping.folders.opening import options_of, text_of
from modelspec.compiler.sweeping.planning.variants import read_swept
from modelspec.compiler.sweeping.running.tracking import ended_runs
from modelspec.diagnostics import Report, SpecError
from modelspec.ledger.folder import SweepFolder
from modelspec.ledger.parquet_file import NoParquetError, write_parquet
from modelspec.ledger.standings import Standing, standings
from modelspec.ledger.store import open_for_reading
from modelspec.ledger.table import columns_of
from modelspec.ledger.values import SweepRow
from modelspec.search.exporting import Ended, ExportError, export_study
from modelspec.search.library import MissingLibraryError
from modelspec.sweep.values import Parameter, Range
from modelspec.tracking.choose import make_tracker
from modelspec.tracking.protocol import TrackerError
from modelspec.training.folder import read_metrics


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


def export_optuna(folder: Path, address: str, report: Report) -> int:
    """Write a study with a trial for each variant that has ended; how many there are.

    Raises:
        SpecError: nothing was measured, Optuna is not installed, or the database does not take it.
        LedgerError: there is no sweep, or its ledger is damaged.
    """
    at = SweepFolder(folder)
    with open_for_reading(folder) as ledger:
        sweep = ledger.sweep()
        ranked = standings(sweep, ledger.variants(), ledger.runs())
    if sweep.metric is None:
        report.fail(
            "no-tracker",
            f"the sweep in `{folder}` looks for nothing, and a study does",
            help="`--parquet FILE` writes what was built",
        )
    points = [
        _ended(at, sweep, one) for one in sorted(ranked, key=lambda one: one.variant.number) if _is_over(one)
    ]
    try:
        export_study(address, points, name=sweep.name, goal=sweep.goal, log=_by_logarithm(at, sweep))
    except MissingLibraryError as error:
        report.fail(
            "missing-extra",
            f"a study {error}",
            help="install it: `pip install 'modelspec[sweep]'`",
        )
    except ExportError as error:
        report.fail("no-tracker", str(error), help="name another database: `sqlite:///optuna.db`")
    return len(points)


def _is_over(one: Standing) -> bool:
    return one.state not in ("running", "waiting")


def _ended(folder: SweepFolder, sweep: SweepRow, one: Standing) -> Ended:
    state: Literal["done", "pruned", "failed"] = "done"
    if one.value is None:
        state = "pruned" if one.state == "pruned" else "failed"
    lines = read_metrics(folder.run(one.runs[0].folder)) if one.runs else ()
    steps = {
        int(line["epoch"]): float(line[sweep.metric])
        for line in lines
        if sweep.metric is not None and isinstance(line.get(sweep.metric), int | float)
    }
    variant = one.variant
    notes = {"number": variant.number, "name": variant.name, "seeds": one.count, "seconds": one.seconds}
    notes |= {key: variant.facts[key] for key in ("params", "hash") if key in variant.facts}
    return Ended(variant.values, state, one.value, steps, notes)


def _by_logarithm(folder: SweepFolder, sweep: SweepRow) -> frozenset[str]:
    """The keys whose values are spread by their logarithm, where the sweep can still be read."""
    try:
        space = read_swept(text_of(folder, sweep), options_of(sweep), Report()).sweep.space
    except SpecError:
        return frozenset()
    return frozenset(
        part.key
        for part in space.walk()
        if isinstance(part, Parameter) and isinstance(part.domain, Range) and part.domain.log
    )
