"""A sweep's folder looked at from outside, while somebody drives it or nobody does; nothing is changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from modelspec.archive.exclusive import Holder, holder_of
from modelspec.compiler.sweeping.folders.opening import options_of, text_of
from modelspec.compiler.sweeping.planning.variants import read_swept
from modelspec.diagnostics import Report, SpecError
from modelspec.frozen import dataclass
from modelspec.ledger.folder import SweepFolder
from modelspec.ledger.store import open_for_reading
from modelspec.ledger.values import RunRow, SweepRow
from modelspec.report.board import Board, board_of
from modelspec.report.curves import Curves, curves_of
from modelspec.sweep.points import grid_size
from modelspec.sweep.values import Sweep
from modelspec.training.folder import read_metrics


@dataclass(frozen=True, slots=True)
class Seen:
    """What a sweep has come to.

    Args:
        board: in which runs that were cut off, as nobody drives the sweep, wait.
        runs: all of them, in the order in which they are started.
        planned: how many points have been seen through.
        wanted: how many an extension asked for; `None` where there was none.
        wall: seconds for which it has been driven.
        driver: who drives it; `None` where nobody does.
    """

    folder: SweepFolder
    board: Board
    runs: tuple[RunRow, ...]
    planned: int
    wanted: int | None
    wall: float
    driver: Holder | None


def look(folder: Path) -> Seen:
    """What the ledger of a sweep says now.

    Raises:
        LedgerError: there is none, or it is damaged.
    """
    at = SweepFolder(folder)
    with open_for_reading(folder) as ledger:
        driver = holder_of(at.lock)
        runs = ledger.runs()
        # What ran when its driver died waits for the next one.
        now = runs if driver is not None else tuple(map(_interrupted, runs))
        board = board_of(ledger.sweep(), ledger.variants(), now)
        return Seen(at, board, runs, ledger.planned(), ledger.wanted(), ledger.wall(), driver)


def _interrupted(run: RunRow) -> RunRow:
    return replace(run, state="PENDING") if run.state == "RUNNING" else run


def curves_in(seen: Seen) -> Mapping[str, Curves]:
    """What the runs have measured so far, by their folders."""
    found = {}
    for run in seen.runs:
        curves = curves_of(read_metrics(seen.folder.run(run.folder)))
        if curves.metrics:
            found[run.folder] = curves
    return found


def section_of(folder: SweepFolder, row: SweepRow) -> Sweep | None:
    """The section `sweep`; `None` where its document can no longer be read."""
    try:
        return read_swept(text_of(folder, row), options_of(row), Report()).sweep
    except SpecError:
        return None


def points_of(seen: Seen, sweep: Sweep | None) -> int | None:
    """How many points there are to see through; `None` where nobody knows, or there is no end of them."""
    if sweep is None:
        return seen.wanted
    written = grid_size(sweep.space) if sweep.method == "grid" else sweep.budget.variants
    most = max((count for count in (written, seen.wanted) if count is not None), default=None)
    # A search comes upon points that are rejected besides those that it may run.
    return most + seen.board.count("rejected") if most is not None and sweep.method == "bayes" else most
