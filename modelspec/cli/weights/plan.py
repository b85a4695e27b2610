"""`modelspec weights plan`: what will be in every variable, before anything is built."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from modelspec.cli.common import Output, document_options, make_options, print_json
from modelspec.cli.run import attempt

if TYPE_CHECKING:
    from modelspec.compiler.values import Compiled, Progress, Text
    from modelspec.compiler.weights.table import WeightsRow
    from modelspec.diagnostics import Report

_EPILOG = """\b
Examples:
  modelspec weights plan net.yaml
  modelspec weights plan net.yaml --only loaded --only mismatched
  modelspec weights plan net.yaml --format json
"""
_STATUSES = ("loaded", "initialised", "kept", "skipped", "mismatched", "missing", "unused")


@click.command(epilog=_EPILOG)
@click.argument("document", type=click.Path())
@click.option(
    "--only", type=click.Choice(_STATUSES), multiple=True, help="Show these rows alone. Repeatable."
)
@click.option("--optimizer", is_flag=True, help="Show the optimizer's variables too.")
@document_options
def plan(document: str, only: tuple[str, ...], optimizer: bool, form: str, quiet: bool, **given: Any) -> None:
    """Show what is put in each variable of DOCUMENT: loaded, initialised, mismatched, missing or unused.

    Nothing is built. The table is shown with mistakes in `weights.load` too, which are told above it.
    """
    from modelspec.compiler.stages import give_weights, link_document

    output, options = Output(form, quiet), make_options(**given)

    def work(text: Text, report: Report, progress: Progress) -> Compiled:
        return give_weights(link_document(text, options, report, progress=progress), report)

    outcome = attempt(document, output, work)
    rows: tuple[WeightsRow, ...] = ()
    if outcome.result is not None and _is_known(outcome.result):
        from modelspec.compiler.weights.table import weights_rows

        rows = weights_rows(outcome.result, optimizer=optimizer)
    shown = [row for row in rows if not only or row.status in only]
    if form == "json":
        from modelspec.cli.weights.plan_table import plan_data

        print_json(outcome.data | plan_data(shown, rows, assets=_assets(outcome.result)))
    elif form == "concise" and not quiet:
        for row in shown:
            click.echo(_concise(row))
    elif rows and not quiet:
        _print(document, shown, rows, _assets(outcome.result))
    raise SystemExit(outcome.status)


def _is_known(compiled: Compiled) -> bool:
    """Whether it is known what every variable gets: not where a file is unreadable, or a load is wrong."""
    loads = bool(compiled.checked.spec.weights.loads)
    return not loads or (compiled.plan is not None and not compiled.plan.failed)


def _concise(row: WeightsRow) -> str:
    shape = "x".join(map(str, row.shape)) or "scalar"
    origin = f"{row.file}:{row.tensor}" if row.file else row.initializer
    return " ".join(filter(None, (row.path or "-", shape, row.dtype, row.status, origin)))


def _assets(compiled: Compiled | None) -> tuple[tuple[str, str], ...]:
    """What layers take besides values: its path in the model, and the file."""
    plan = compiled.plan if compiled is not None else None
    return tuple((own, plan.files[load]) for load, _, own in plan.assets) if plan is not None else ()


def _print(
    document: str,
    shown: list[WeightsRow],
    rows: tuple[WeightsRow, ...],
    assets: tuple[tuple[str, str], ...],
) -> None:
    from rich.console import Console

    from modelspec.cli.weights.plan_table import plan_tables, totals_line

    console = Console(width=None if sys.stdout.isatty() else 160, highlight=False)
    for part in plan_tables(document, shown, width=console.width):
        console.print(part)
    console.print(totals_line(rows))
    for path, file in assets:
        console.print(f"loaded  assets/{path}  {file}", markup=False)
