"""Runs that are run once more, from their beginning, because the user asks for it."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from modelspec.archive.atomic import as_write_errors
from modelspec.compiler.sweeping.folders.numbers import require_variant
from modelspec.compiler.sweeping.folders.opening import driven
from modelspec.compiler.sweeping.running.driving import recover
from modelspec.diagnostics import Report
from modelspec.ledger.folder import SweepFolder
from modelspec.ledger.store import open_for_writing
from modelspec.ledger.values import RunRow
from modelspec.source.network import is_on_network


def run_again(folder: Path, numbers: Iterable[int], report: Report, *, now: float) -> tuple[RunRow, ...]:
    """Have runs wait again; gives them.

    Args:
        numbers: of variants, all of whose runs are run again; none for every run that failed.
        now: seconds since 1970.

    Raises:
        SpecError: there is no such variant, or another process drives the sweep.
        LedgerError: the ledger is damaged, or cannot be written.
        WriteError: what they left cannot be taken away.
    """
    at, asked = SweepFolder(folder), frozenset(numbers)
    with driven(at, report), open_for_writing(at, network=is_on_network(folder)) as ledger:
        variants = ledger.variants()
        for number in sorted(asked):
            require_variant(variants, number, report)
        report.raise_if_errors()
        recover(ledger, at, ledger.sweep(), now=now)
        chosen = tuple(
            replace(run, state="PENDING", failures=0, lost=0, value=None, metrics={}, epochs=0, error={})
            for run in ledger.runs()
            if (run.variant in asked if asked else run.state == "FAILED")
        )
        # First the note: a run that waits with what it left goes on from there, and loses nothing.
        ledger.keep(*chosen)
        for run in chosen:
            path = at.run(run.folder).path
            with as_write_errors(path):
                shutil.rmtree(path, ignore_errors=not path.exists())
    return chosen
