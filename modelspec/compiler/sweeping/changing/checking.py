"""A sweep's ledger held against the folders of its runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from modelspec.compiler.sweeping.running.driving import left_by
from modelspec.compiler.sweeping.running.settling import Left, lost_epochs, orphaned
from modelspec.diagnostics import Report, typed
from modelspec.ledger.folder import RunFolder, SweepFolder
from modelspec.ledger.metrics_check import check_metrics
from modelspec.ledger.orders import Order, read_order
from modelspec.ledger.results import read_result
from modelspec.ledger.store import Ledger
from modelspec.ledger.sweep_file import read_sweep
from modelspec.ledger.values import ENDED, RunRow, SweepRow


def check_sweep(folder: SweepFolder, ledger: Ledger, report: Report) -> int:
    """Report where the ledger and the folders of the runs differ, and what is damaged; how many runs it has.

    A run that is under way is left aside: it changes while it is looked at.

    Raises:
        LedgerError: the ledger is damaged.
    """
    sweep, runs = ledger.sweep(), ledger.runs()
    _check_sweep_file(folder, sweep, report)
    for run in runs:
        if run.state != "RUNNING":
            _check_run(folder, sweep, run, report)
    return len(runs)


def corrected(folder: SweepFolder, ledger: Ledger) -> tuple[RunRow, ...]:
    """The runs of a ledger that is sound, of which their folders know better, as these have it.

    Where a folder lacks something, the ledger knows better.
    """
    sweep = ledger.sweep()
    found = []
    for run in ledger.runs():
        at = folder.run(run.folder)
        order = _order(at)
        if run.state in ENDED and order is not None and order.attempt == run.attempt:
            left = left_by(at, run.attempt)
            again = _as_folder_has_it(run, left, sweep)
            if again is not None and lost_epochs(left) is None and _differs(run, again):
                found.append(again)
    return tuple(found)


def _check_sweep_file(folder: SweepFolder, sweep: SweepRow, report: Report) -> None:
    try:
        kept, _ = read_sweep(folder)
    except (OSError, ValueError) as error:
        _report(report, f"`{folder.sweep}` cannot be read: {_reason(error)}", folder)
        return
    if kept.identity != sweep.identity:
        _report(report, f"`{folder.sweep}` is of another sweep than the ledger", folder)


def _check_run(folder: SweepFolder, sweep: SweepRow, run: RunRow, report: Report) -> None:
    at = folder.run(run.folder)
    for message in _differences(at, sweep, run):
        _report(report, f"`{at.path}`: {message}", folder)
    try:
        cut = check_metrics(at)
    except OSError as error:
        _report(report, f"`{at.metrics}` cannot be read: {_reason(error)}", folder)
        return
    if cut is None:
        return
    if cut.kind == "torn":
        report.add(
            "cut-metrics",
            f"`{at.metrics}`: line {cut.line:,} is cut, and left out",
            help="its process was ended while it wrote the line; nothing needs to be done",
        )
    else:
        _report(
            report, f"`{at.metrics}`: line {cut.line:,} is damaged; it and what follows is left out", folder
        )


def _differences(at: RunFolder, sweep: SweepRow, run: RunRow) -> Iterator[str]:
    if not at.path.is_dir():
        if run.state in ("DONE", "PRUNED"):
            yield f"it is not there; the ledger says {_said(run)}"
        return
    if not at.order.exists():
        if run.attempt:
            yield "`run.json` is not there"
        return
    order = _order(at)
    if order is None:
        yield "`run.json` is damaged"
        return
    if (order.variant.number, order.seed) != (run.variant, run.seed):
        yield "`run.json` is of another run"
    elif order.attempt != run.attempt:
        yield f"it is of attempt {order.attempt}, and the ledger says {run.attempt}"
    elif run.state in ENDED:
        yield from _result_differences(at, sweep, run)


def _result_differences(at: RunFolder, sweep: SweepRow, run: RunRow) -> Iterator[str]:
    result = read_result(at)
    if result is None:
        if run.state in ("DONE", "PRUNED"):
            what = "damaged" if at.result.exists() else "not there"
            yield f"`result.json` is {what}; the ledger says {_said(run)}"
    elif result.attempt != run.attempt:
        yield f"`result.json` is of attempt {result.attempt}, and the ledger says {run.attempt}"
    else:
        left = left_by(at, run.attempt)
        again = _as_folder_has_it(run, left, sweep)
        if lost := lost_epochs(left):
            yield lost
        elif again is not None and _differs(run, again):
            yield f"it says {_said(again)}, and the ledger {_said(run)}"


def _as_folder_has_it(run: RunRow, left: Left, sweep: SweepRow) -> RunRow | None:
    """The run as its folder alone has it; `None` where its result does not say that it came to its end."""
    if left.result is None or left.result.state == "failed":
        return None
    found = orphaned(replace(run, state="RUNNING", started=None), left, sweep, last=run.ended or 0.0)
    return replace(found, started=run.started, ended=run.ended, spent=run.spent, failures=run.failures)


def _differs(one: RunRow, other: RunRow) -> bool:
    return (one.state, one.value) != (other.state, other.value)


def _said(run: RunRow) -> str:
    """What a run came to, in words."""
    return run.state.lower() + (f" with {run.value:.6g}" if run.value is not None else "")


def _order(at: RunFolder) -> Order | None:
    try:
        return read_order(at)
    except (OSError, ValueError):
        return None


def _reason(error: Exception) -> str:
    return (error.strerror or str(error)).lower() if isinstance(error, OSError) else str(error)


def _report(report: Report, message: str, folder: SweepFolder) -> None:
    report.add(
        "damaged-run",
        message,
        help=f"`modelspec sweep check {typed(folder.path)} --repair` puts right "
        "what the folders of the runs know",
    )
