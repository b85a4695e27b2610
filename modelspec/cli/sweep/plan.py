"""`modelspec sweep plan`: every variant of a sweep, before anything of it runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from modelspec.cli.common import Output, document_options, make_options, print_json
from modelspec.cli.run import attempt, result_or_exit

if TYPE_CHECKING:
    from modelspec.compiler.sweeping.values import Planned
    from modelspec.compiler.values import Progress, Text
    from modelspec.diagnostics import Report

_EPILOG = """\b
Examples:
  modelspec sweep plan net.yaml
  modelspec sweep plan sweep.yaml --first 50
  modelspec sweep plan sweep.yaml --csv plan.csv -q
  modelspec sweep plan net.yaml --set sweep.seed=1 --format json
"""
_PIPE_WIDTH = 1_000  # columns where there is no terminal to ask: one line for each variant


@click.command(epilog=_EPILOG)
@click.argument("sweep", type=click.Path(), metavar="SWEEP")
@click.option(
    "--first",
    type=click.IntRange(min=1),
    metavar="N",
    help="Look at this many points (default: all of a grid, the budget of a random sweep).",
)
@click.option(
    "--csv",
    "table",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the table there too.",
)
@document_options
def plan(sweep: str, first: int | None, table: Path | None, form: str, quiet: bool, **given: Any) -> None:
    """Show every variant of SWEEP, a document with a section `sweep` or a file with `modelspec_sweep`.

    Each is compiled without values: its parameters, the shape of its output, its hash, of which earlier one
    it is a duplicate, or why it is left out. Nothing is built and nothing is trained.
    """
    output, options = Output(form, quiet), make_options(**given)

    def work(text: Text, report: Report, progress: Progress) -> Planned:
        from modelspec.compiler.sweeping.plan import plan_sweep

        return plan_sweep(text, options, report, first=first, progress=progress)

    outcome = attempt(sweep, output, work)
    planned = result_or_exit(outcome, output)
    from modelspec.cli.sweep.plan_table import plan_data, summary, table_csv

    if table is not None:
        _write(table, table_csv(planned))
    if form == "json":
        print_json(outcome.data | plan_data(planned))
    elif not quiet:
        if form == "concise":
            from modelspec.cli.sweep.plan_table import concise

            for variant in planned.variants:
                click.echo(concise(variant))
        else:
            _print(planned)
        click.echo(f"{sweep}: {summary(planned)}")
    raise SystemExit(outcome.status)


def _write(path: Path, text: str) -> None:
    from modelspec.archive.atomic import WriteError, write_atomically

    try:
        write_atomically(path, text.encode())
    except WriteError as error:
        raise click.ClickException(str(error)) from error


def _print(planned: Planned) -> None:
    from rich.console import Console

    from modelspec.cli.diffing.terminal import print_trimmed
    from modelspec.cli.sweep.plan_table import terminal_table

    if planned.variants:
        console = Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH, highlight=False)
        print_trimmed(console, terminal_table(planned))
