"""`modelspec sweep logs`: what a run of a sweep printed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelspec.cli.sweep.folders import on_folder

if TYPE_CHECKING:
    from modelspec.diagnostics import Report
    from modelspec.ledger.folder import SweepFolder
    from modelspec.ledger.values import RunRow

_EPILOG = """\b
Examples:
  modelspec sweep logs net.sweep 1
  modelspec sweep logs net.sweep 1 --follow
"""
_POLL = 0.25  # seconds


@click.command(epilog=_EPILOG)
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), metavar="DIR")
@click.argument("number", type=click.IntRange(min=1), metavar="NUM")
@click.option("--seed", type=int, metavar="SEED", help="Of several seeds, this one only.")
@click.option("-f", "--follow", is_flag=True, help="Go on printing until the run has ended.")
def logs(folder: Path, number: int, seed: int | None, follow: bool) -> None:
    """Print what the runs of variant NUM of the sweep in DIR have printed, and why they failed."""
    from modelspec.compiler.sweeping.looking.logs import runs_of
    from modelspec.ledger.folder import SweepFolder

    def work(report: Report) -> Sequence[RunRow]:
        return runs_of(folder, number, report, seed=seed)

    for run in on_folder(folder, "full", work, quiet=False):
        _print(SweepFolder(folder), run, follow=follow)


def _print(folder: SweepFolder, run: RunRow, *, follow: bool) -> None:
    from modelspec.compiler.sweeping.looking.logs import is_under_way, log_from
    from modelspec.report.board import failure_text

    seed = "" if run.seed is None else f", seed {run.seed}"
    click.echo(f"==> #{run.variant}{seed}: {run.state.lower()} <==", err=True)
    place = 0
    while True:
        # Asked first: what is written before a run ends is read after it was asked.
        ended = not follow or not is_under_way(folder, run)
        text, place = log_from(folder.run(run.folder), place)
        if text:
            click.echo(text, nl=ended and not text.endswith("\n"))
        if ended:
            if not place:
                click.echo("it printed nothing", err=True)
            break
        time.sleep(_POLL)
    if run.state == "FAILED":
        click.echo(f"failed: {failure_text(run)}", err=True)
