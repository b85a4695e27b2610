"""The trackers of a sweep, told of each run as it ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from modelspec.compiler.sweeping.folders.opening import Opened
from modelspec.compiler.sweeping.running.driving import Kind, Watch
from modelspec.diagnostics import Report
from modelspec.ledger.folder import SweepFolder
from modelspec.ledger.store import Ledger
from modelspec.ledger.values import ENDED, RunRow, VariantRow
from modelspec.tracking.background import Background
from modelspec.tracking.choose import make_tracker
from modelspec.tracking.protocol import Told, TrackerError
from modelspec.training.folder import read_metrics


@contextmanager
def tracked(opened: Opened, watch: Watch, report: Report) -> Iterator[Watch]:
    """A watch that tells the sweep's trackers, too; what ended before they were there is told first.

    A tracker that is down is warned of when the block is left; nothing else comes of it.
    """

    def warn(error: TrackerError) -> None:
        report.add("tracker-down", str(error), opened.swept.sweep.place, help=error.help)

    trackers = [
        Background(partial(make_tracker, name, address), opened.row, opened.folder.path, warn=warn)
        for name, address in opened.swept.sweep.track
    ]
    if not trackers:
        yield watch
        return
    for told in ended_runs(opened.folder, opened.ledger):
        for tracker in trackers:
            tracker.tell(told)

    def watching(kind: Kind, run: RunRow, variant: VariantRow) -> None:
        watch(kind, run, variant)
        if kind == "ended":
            for tracker in trackers:
                tracker.tell(_told(opened.folder, run, variant))

    try:
        yield watching
    finally:
        for tracker in trackers:
            tracker.end()


def ended_runs(folder: SweepFolder, ledger: Ledger) -> Iterator[Told]:
    """All runs of a sweep that have ended, as a tracker is told of them."""
    variants = {variant.number: variant for variant in ledger.variants()}
    for run in ledger.runs():
        if run.state in ENDED:
            yield _told(folder, run, variants[run.variant])


def _told(folder: SweepFolder, run: RunRow, variant: VariantRow) -> Told:
    at = folder.run(run.folder)
    return Told(run, variant, read_metrics(at), at.document if at.document.is_file() else None)
