"""`modelspec sweep plan`: every variant of a sweep, before anything of it runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from modelspec.cli.common import Output, document_options, make_options, print_json
from modelspec.cli.run import attempt, result_or_exit
from modelspec.cli.sweep.tables import print_table, table_option, write_beside

if TYPE_CHECKING:
    from modelspec.compiler.sweeping.planning.values import Planned
    from modelspec.compiler.values import Progress, Text
    from modelspec.diagnostics import Report

_EPILOG = """\b
Examples:
  modelspec sweep plan net.yaml
  modelspec sweep plan sweep.yaml --first 50
  modelspec sweep plan sweep.yaml --csv plan.csv -q
  modelspec sweep plan net.yaml --set sweep.seed=1 --format json
"""


@click.command(epilog=_EPILOG)
@click.argument("sweep", type=click.Path(), metavar="SWEEP")
@click.option(
    "--first",
    type=click.IntRange(min=1),
    metavar="N",
    help="Look at this many points (default: all of a grid, the budget of a random sweep).",
)
@table_option
@document_options
def plan(sweep: str, first: int | None, table: Path | None, form: str, quiet: bool, **given: Any) -> None:
    """Show every variant of SWEEP, a document with a section `sweep` or a file with `modelspec_sweep`.

    Each is compiled without values: its parameters, the shape of its output, its hash, of which earlier one
    it is a duplicate, or why it is left out. Nothing is built and nothing is trained.
    """
    output, options = Output(form, quiet), make_options(**given)

    def work(text: Text, report: Report, progress: Progress) -> Planned:
        from modelspec.cli.sweep.plan_table import table_csv
        from modelspec.compiler.sweeping.planning.plan import plan_sweep

        planned = plan_sweep(text, options, report, first=first, progress=progress)
        if table is not None:
            write_beside(table, table_csv(planned), report)
        return planned

    outcome = attempt(sweep, output, work)
    planned = result_or_exit(outcome, output)
    from modelspec.cli.sweep.plan_table import plan_data, summary

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


def _print(planned: Planned) -> None:
    from modelspec.cli.sweep.plan_table import terminal_table

    if planned.variants:
        print_table(terminal_table(planned))
