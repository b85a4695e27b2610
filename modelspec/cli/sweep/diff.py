"""`modelspec sweep diff`: what two variants of a sweep differ in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelspec.cli.common import form_options, print_json
from modelspec.cli.sweep.folders import on_folder
from modelspec.cli.sweep.tables import print_table

if TYPE_CHECKING:
    from modelspec.compiler.sweeping.looking.differences import Differences
    from modelspec.diagnostics import Report

_EPILOG = """\b
Examples:
  modelspec sweep diff net.sweep 1 2
  modelspec sweep diff net.sweep 1 2 --format concise
"""


@click.command(epilog=_EPILOG)
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), metavar="DIR")
@click.argument("first", type=click.IntRange(min=1), metavar="A")
@click.argument("second", type=click.IntRange(min=1), metavar="B")
@form_options
def diff(folder: Path, first: int, second: int, form: str, quiet: bool) -> None:
    """Show what variants A and B of the sweep in DIR differ in: paths of the document, with both values.

    Below stands what each came to. `modelspec diff` of two documents, or models, tells what of the
    architecture is another.
    """

    def work(report: Report) -> Differences:
        from modelspec.compiler.sweeping.looking.differences import differences_of

        return differences_of(folder, first, second, report)

    found = on_folder(folder, form, work, quiet=quiet)
    from modelspec.cli.sweep.differences_table import concise, differences_data, terminal_table

    if form == "json":
        print_json({"folder": str(folder), **differences_data(found)})
    elif quiet:
        return
    elif form == "concise":
        for line in concise(found):
            click.echo(line)
    else:
        print_table(terminal_table(found))
