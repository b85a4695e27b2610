"""The points of a search, asked for one at a time, whenever there is a place to run one."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace

from modelspec.compiler.sweeping.planning.variants import Swept, variant_of
from modelspec.compiler.sweeping.running.queue import Queue
from modelspec.compiler.sweeping.running.recording import row_of, runs_of
from modelspec.diagnostics import Report
from modelspec.frozen import dataclass
from modelspec.ledger.standings import aggregated
from modelspec.ledger.store import Ledger
from modelspec.ledger.values import ENDED, RunRow, SweepRow, VariantRow
from modelspec.search.asking import Asker
from modelspec.search.values import Tried
from modelspec.sweep.variant_text import variant_text

MAX_AGAIN = 5
"""How often another point is asked for where one is built and trained as an earlier one is."""
MAX_BARREN = 20
"""After how many points in a row with nothing to run a search is given up."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many points a search may run; those that are rejected on the way do not count.

    Args:
        count: of the sweep.
        most: of this time.
    """

    count: int
    most: int | None = None

    @property
    def least(self) -> int:
        """The lower of the two."""
        return self.count if self.most is None else min(self.count, self.most)


class Search:
    """A source of runs.

    What was tried is read from the ledger, in the order of the numbers, and every point that was asked for is
    in the ledger before it is run: with one run at a time, a search that is ended and gone on with asks for
    the same points as one that is not.

    Args:
        row: what the ledger says of the sweep.
        variants: by number; those that are asked for are added.

    Raises:
        MissingLibraryError: Optuna cannot be used.
    """

    def __init__(
        self,
        swept: Swept,
        ledger: Ledger,
        row: SweepRow,
        variants: dict[int, VariantRow],
        limits: Limits,
    ) -> None:
        self._swept, self._ledger, self._row = swept, ledger, row
        self._variants, self._limits = variants, limits
        self._asker = Asker(swept.sweep)
        self._runs: dict[int, dict[str, RunRow]] = {}
        self._known: dict[int, Tried] = {}  # what does not change any more
        self._first = {
            one.fingerprint: one.number for one in reversed(variants.values()) if one.state == "distinct"
        }
        self._restore()
        now = frozenset(_counted(variants.values())[: limits.least])
        runs = ledger.runs()
        for run in runs:
            self._runs.setdefault(run.variant, {})[run.folder] = run
        self._queue = Queue(run for run in runs if run.variant in now)
        self._given_up = False

    def next(self) -> RunRow | None:
        """A run that waits, or the first of a new point."""
        run = self._queue.next()
        if run is None and self._ask():
            run = self._queue.next()
        return run

    def told(self, run: RunRow) -> None:
        """Hear what became of a run."""
        self._runs[run.variant][run.folder] = run
        self._queue.told(run)

    def left(self) -> bool:
        """Whether a run waits, or another point may be asked for."""
        return self._queue.left() or self._wants_more()

    def epoch(self, run: RunRow, line: Mapping[str, object]) -> bool:
        """Nothing is ended early."""
        return False

    def _restore(self) -> None:
        """Note anew what a ledger lacks that was made of the folders of its runs.

        These are runs that had none, and documents as they are before they get a seed of their own.
        """
        last = self._last()
        if self._ledger.planned() >= last:
            return
        found = []
        for number, variant in self._variants.items():
            point = self._asker.point(number, Tried(variant.values, "open"))
            if variant.state == "distinct" and point is not None and point.values == variant.values:
                class_of = self._swept.catalog.class_of_identifier
                text = variant_text(self._swept.document, point.settings, class_of, Report())
                found.append(replace(variant, document=text))
        self._variants.update((one.number, one) for one in found)
        self._ledger.add(found, (run for one in found for run in runs_of(one, self._row)), planned=last)

    def _wants_more(self) -> bool:
        return not self._given_up and not is_used_up(self._variants.values(), self._limits)

    def _ask(self) -> bool:
        """Ask until a point gives something to run, and note all of them; whether one did."""
        while self._wants_more():
            # A point that is not there was rejected, or a duplicate, and lost with a ledger that was damaged.
            variant = self._found(tuple(self._tried(number) for number in range(1, self._last() + 1)))
            runs = tuple(runs_of(variant, self._row))
            self._ledger.add([variant], runs, planned=variant.number)
            self._variants[variant.number] = variant
            self._runs[variant.number] = {run.folder: run for run in runs}
            self._queue.add(runs)
            if runs:
                self._first[variant.fingerprint] = variant.number
                return True
            # By what is in the ledger: it ends at the same point however often it is gone on with.
            self._given_up = _barren(self._variants.values()) % MAX_BARREN == 0
        return False

    def _found(self, tried: tuple[Tried, ...]) -> VariantRow:
        """The next point, seen through; another one where it is a duplicate, as long as that helps."""
        given = len(tried) < len(self._swept.sweep.start)
        for again in range(MAX_AGAIN + 1):
            point = self._asker.ask(tried, again=again)
            row = row_of(variant_of(self._swept, point), self._swept, self._first)
            if row.state != "duplicate" or given:
                break
        self._swept.known.save()
        unknown = [number for number, one in enumerate(tried, 1) if one.state == "open"]
        return replace(row, facts={**row.facts, "asked": {"unknown": unknown, "again": again}})

    def _last(self) -> int:
        return max(self._variants, default=0)

    def _tried(self, number: int) -> Tried:
        """A point and what is known of it."""
        known = self._known.get(number)
        if known is None:
            variant = self._variants.get(number)
            if variant is None:
                known = Tried((), "failed")
            else:
                runs = self._runs.get(variant.duplicate_of or number, {})
                known = tried_of(variant, runs.values(), self._row)
            if known.state != "open":
                self._known[number] = known
        return known


def is_used_up(variants: Iterable[VariantRow], limits: Limits) -> bool:
    """Whether a search has as many points as it may have."""
    return len(_counted(variants)) >= limits.least


def _counted(variants: Iterable[VariantRow]) -> list[int]:
    """The numbers of the points that count."""
    return [one.number for one in variants if one.state != "rejected"]


def tried_of(variant: VariantRow, runs: Iterable[RunRow], sweep: SweepRow) -> Tried:
    """What a search is told of a point.

    Args:
        runs: its own, or those of the point that it is a duplicate of.
    """
    if variant.state == "rejected":
        return Tried(variant.values, "rejected")
    runs = tuple(runs)
    if not runs or any(run.state not in ENDED for run in runs):
        return Tried(variant.values, "open")
    valued = [run for run in runs if run.state != "FAILED" and _is_number(run.value)]
    if not valued:
        return Tried(variant.values, "failed")
    # A seed that was stopped early counts with what it had come to: it was stopped as that was little.
    value = aggregated([run.value for run in valued if run.value is not None], sweep)
    if any(run.state == "DONE" for run in valued):
        return Tried(variant.values, "done", value)
    return Tried(variant.values, "pruned", value, max(run.epochs for run in valued))


def _is_number(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _barren(variants: Iterable[VariantRow]) -> int:
    """How many points at the end give nothing to run."""
    count = 0
    for variant in variants:
        count = 0 if variant.state == "distinct" else count + 1
    return count
