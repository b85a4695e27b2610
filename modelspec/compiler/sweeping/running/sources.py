"""Where the runs of a sweep come from: points seen through before, or asked for one at a time."""

from __future__ import annotations

from collections.abc import Iterable

from modelspec.compiler.sweeping.folders.opening import Opened
from modelspec.compiler.sweeping.running.bayes import Limits, Search
from modelspec.compiler.sweeping.running.driving import Source
from modelspec.compiler.sweeping.running.pruning import Pruning
from modelspec.compiler.sweeping.running.queue import Queue
from modelspec.diagnostics import Report
from modelspec.ledger.values import RunRow, VariantRow
from modelspec.search.library import MissingLibraryError
from modelspec.search.pruning import Pruner
from modelspec.source.tree import Mapping, Node
from modelspec.sweep.shown import plain
from modelspec.sweep.values import Sweep
from modelspec.training.folder import read_metrics


def source_of(
    opened: Opened, sweep: Sweep, variants: dict[int, VariantRow], limits: Limits, report: Report
) -> Source:
    """The source of a sweep's runs.

    Args:
        variants: by number; a search adds those that it asks for.
        limits: of a search; of any other sweep the first `most` points are run now.

    Raises:
        SpecError: nothing can be searched, or what the sweep needs is not installed.
    """
    try:
        if sweep.method == "bayes":
            return _pruned(opened, sweep, _search(opened, variants, limits, report))
        most = limits.most
        runs: Iterable[RunRow] = opened.ledger.runs()
        return _pruned(opened, sweep, Queue(run for run in runs if most is None or run.variant <= most))
    except MissingLibraryError as error:
        what = "a search by `bayes`" if sweep.method == "bayes" else "`prune`"
        report.fail(
            "missing-extra",
            f"{what} {error}",
            sweep.place,
            help="install it: `pip install 'modelspec[sweep]'`",
        )


def _search(opened: Opened, variants: dict[int, VariantRow], limits: Limits, report: Report) -> Search:
    if opened.row.metric is None:
        report.fail(
            "wrong-value",
            "a search by `bayes` follows what is measured, and nothing is where nothing is trained",
            opened.swept.sweep.place,
            help="build points of a grid, or some drawn by `method: random`",
        )
    return Search(opened.swept, opened.ledger, opened.row, variants, limits)


def _pruned(opened: Opened, sweep: Sweep, source: Source) -> Source:
    """The source, of which runs that promise little are ended, if the sweep says so."""
    if sweep.prune is None or sweep.objective is None or opened.row.metric is None:
        return source
    pruner = Pruner(sweep.prune, sweep.objective, epochs=_epochs(opened.swept.document.tree))

    def lines_of(run: RunRow) -> Iterable[dict[str, object]]:
        return (dict(line) for line in read_metrics(opened.folder.run(run.folder)))

    return Pruning(source, pruner, opened.row, opened.ledger.runs(), lines_of)


def _epochs(tree: Mapping) -> int | None:
    """For how many epochs a document trains, where it says so in a number."""
    found: Node | None = tree
    for step in ("train", "fit", "epochs"):
        found = found.get(step) if isinstance(found, Mapping) else None
    value = plain(found) if found is not None else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None
