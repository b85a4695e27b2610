"""A sweep run: its points seen through, then its runs started where they belong, until nothing is left."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from modelspec.compiler.sweeping.folders.opening import Opened, base_of
from modelspec.compiler.sweeping.folders.settings import KEPT, trust_of
from modelspec.compiler.sweeping.planning.nothing_left import report_nothing_left
from modelspec.compiler.sweeping.planning.plan import MAX_POINTS
from modelspec.compiler.sweeping.running.bayes import MAX_BARREN, Limits, is_used_up
from modelspec.compiler.sweeping.running.driving import Drive, Driver, Kind, Watch, Why, recover
from modelspec.compiler.sweeping.running.recording import record_points
from modelspec.compiler.sweeping.running.sources import source_of
from modelspec.compiler.sweeping.running.tracking import tracked
from modelspec.compiler.training.ready import check_training
from modelspec.compiler.values import Progress, Text, silent
from modelspec.diagnostics import Report, Source, SpecError
from modelspec.executors.protocol import Executor
from modelspec.frozen import dataclass
from modelspec.ledger.artifacts import surplus, thin
from modelspec.ledger.folder import RunFolder
from modelspec.ledger.standings import standings
from modelspec.ledger.store import Ledger
from modelspec.ledger.values import RunRow, VariantRow
from modelspec.source.files import find_root
from modelspec.sweep.moved import moved_text
from modelspec.sweep.named import named_text
from modelspec.sweep.seeded import seeded_text
from modelspec.sweep.values import Placement, Sweep

RUN_ONE = (sys.executable, "-m", "modelspec.compiler.sweeping.running.run_one")
"""The program of a run."""


@dataclass(frozen=True, slots=True)
class Ran:
    """How far a sweep has come.

    Args:
        why: what ended the driver.
        variants, runs: all of the ledger.
    """

    why: Why
    variants: tuple[VariantRow, ...]
    runs: tuple[RunRow, ...]

    def count(self, state: str) -> int:
        """How many runs are in a state."""
        return sum(run.state == state for run in self.runs)


def run_sweep(
    opened: Opened,
    executor_of: Callable[[Placement], Executor],
    report: Report,
    *,
    placement: Placement | None = None,
    most: int | None = None,
    command: tuple[str, ...] = RUN_ONE,
    watch: Watch,
    progress: Progress = silent,
    clock: Callable[[], float] = time.time,
) -> Ran:
    """Run what is left of a sweep.

    Args:
        executor_of: makes the executor of a placement.
        placement: where and how runs are run; the sweep's own by default.
        most: the number of the last point that is run now.
        command: the program of a run.

    Raises:
        SpecError: the sweep cannot be run.
        LedgerError, ExecutorError, WriteError: see `Driver.run`.
    """
    sweep = opened.swept.sweep
    if placement is not None:
        sweep = replace(sweep, run=placement)
    for path in (opened.folder.stop, opened.folder.kill):
        path.unlink(missing_ok=True)
    recover(opened.ledger, opened.folder, opened.row, now=clock())
    count = _count(opened, most, report)
    if sweep.method != "bayes":
        record_points(
            opened.ledger,
            opened.swept,
            opened.text,
            opened.options,
            count,
            report,
            earlier=opened.earlier,
            progress=progress,
        )
        _require_something(opened.ledger, sweep, report)
    variants = {row.number: row for row in opened.ledger.variants()}
    source = source_of(opened, sweep, variants, Limits(count, most), report)
    if not source.left():
        return _ran("done", opened.ledger)
    _require_training(opened, variants.values(), report)
    base = base_of(opened.folder, opened.row)

    def document_of(variant: VariantRow, run: RunRow, folder: RunFolder) -> str:
        text = variant.document if run.seed is None else seeded_text(variant.document, run.seed)
        # In a file of another name, the model is still the one that was planned.
        return moved_text(named_text(text, opened.row.name), base, folder.path.resolve())

    drive = Drive(
        folder=opened.folder,
        ledger=opened.ledger,
        sweep=sweep,
        row=opened.row,
        variants=variants,
        document_of=document_of,
        command=command,
        train=opened.train,
        settings=_settings(opened, base),
    )
    # Trackers read what a run has left before any of it is taken away.
    with tracked(opened, watch, report) as told:
        driver = Driver(drive, executor_of(sweep.run), source, _thinning(opened, variants, told), clock=clock)
        why = driver.run()
    if sweep.method == "bayes" and why == "done":
        _require_something(opened.ledger, sweep, report)
        if not is_used_up(variants.values(), Limits(count, most)):
            _warn_of_no_new_points(sweep, report)
    return _ran(why, opened.ledger)


def _settings(opened: Opened, base: Path) -> dict[str, object]:
    """What runs are built with: what is kept of it, and what the caller of this process lets them do."""
    trust = trust_of(opened.options, start=Path.cwd())
    kept = {key: value for key, value in opened.row.settings.items() if key in KEPT}
    return {**kept, **trust, "root": trust["root"] or str(find_root(opened.text.path or base))}


def _thinning(opened: Opened, variants: Mapping[int, VariantRow], watch: Watch) -> Watch:
    """A watch that keeps of each run what the sweep says, as soon as it has ended.

    Args:
        variants: by number; a search adds to them.
    """
    artifacts = opened.swept.sweep.artifacts
    best = artifacts.best
    if best is None:
        return watch
    runs: dict[str, RunRow] = {}
    thinned: set[str] = set()

    def told(kind: Kind, run: RunRow, variant: VariantRow) -> None:
        watch(kind, run, variant)
        if run.folder not in runs:
            runs.update((one.folder, one) for one in opened.ledger.runs())
        runs[run.folder] = run
        if kind == "ended":
            ranked = standings(opened.row, variants.values(), runs.values())
            names = tuple(name for name in surplus(ranked, best) if name not in thinned)
            thin(opened.folder, names, always=artifacts.always)
            thinned.update(names)

    return told


def _count(opened: Opened, most: int | None, report: Report) -> int:
    """How many points are seen through. Raises `SpecError` where nobody says, or where they are too many."""
    sweep, asked = opened.swept.sweep, opened.asked
    if sweep.method == "grid":
        size = opened.swept.numbering.size(most=MAX_POINTS)
        count = size if asked is None else min(size, asked)
    elif asked is not None or most is not None:
        count = asked if asked is not None else most or 0
    else:
        report.fail(
            "missing-key",
            "nothing says how many points of this sweep are run",
            sweep.place,
            help="write `budget: {variants: 60}`, or give `--max-variants 60`",
        )
    if count > MAX_POINTS:
        report.fail(
            "too-large",
            f"the sweep has {count:,} points, and {MAX_POINTS:,} at the most are run",
            sweep.place,
            help="write `budget: {variants: 1000}`, or try points by `method: random`",
        )
    return count


def _require_something(ledger: Ledger, sweep: Sweep, report: Report) -> None:
    """Raise `SpecError` where every point that was seen through was rejected."""
    variants = ledger.variants()
    if variants and all(variant.state == "rejected" for variant in variants):
        report_nothing_left([variant.reasons[0] for variant in variants], sweep, report)
    report.raise_if_errors()


def _warn_of_no_new_points(sweep: Sweep, report: Report) -> None:
    report.add(
        "no-new-points",
        f"the search came upon {MAX_BARREN} points in a row that were rejected or known already, and ended",
        sweep.place,
        help="widen the space, or loosen `keep`; a small space is searched whole by `method: grid`",
    )


def _require_training(opened: Opened, variants: Iterable[VariantRow], report: Report) -> None:
    """Raise `SpecError` where data or functions are not there: every run would find that for itself.

    It is told at its line of the sweep's own document, unless that is one that only its variants complete.
    """
    first = next((one for one in variants if one.state == "distinct"), None)
    if not opened.train or first is None:
        return
    try:
        check_training(opened.text, opened.options, Report())
    except SpecError as error:
        base = base_of(opened.folder, opened.row)
        path = base / f"{opened.row.name}.yaml"
        text = Text(Source(first.name, first.document, folder=base), "", path)
        try:
            check_training(text, opened.options, Report())
        except SpecError as other:
            known = {item.code for item in error.diagnostics}
            same = all(item.code in known for item in other.diagnostics if item.severity == "error")
            report.take((error if same else other).diagnostics)
            report.raise_if_errors()


def _ran(why: Why, ledger: Ledger) -> Ran:
    return Ran(why, ledger.variants(), ledger.runs())
