"""`modelspec sweep promote`: one variant of a sweep as a document of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelspec.cli.common import STDIN, form_options, print_as_it_is
from modelspec.cli.sweep.folders import on_folder, printed

if TYPE_CHECKING:
    from modelspec.compiler.sweeping.looking.promoting import Promoted
    from modelspec.diagnostics import Report

_EPILOG = """\b
Examples:
  modelspec sweep promote net.sweep 2 -o best.yaml
  modelspec sweep promote net.sweep 2 --force -o best.yaml
  modelspec sweep promote net.sweep 2 --output=- | modelspec check -
"""


@click.command(epilog=_EPILOG)
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), metavar="DIR")
@click.argument("number", type=click.IntRange(min=1), metavar="NUM")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path, allow_dash=True),
    metavar="FILE",
    help="Where to; `-` prints it.",
)
@click.option("--force", is_flag=True, help="Replace a file that is there already.")
@form_options
def promote(folder: Path, number: int, output: Path, force: bool, form: str, quiet: bool) -> None:
    """Write variant NUM of the sweep in DIR as an ordinary document.

    It is the document that was swept, its comments among it, with the variant's values in their places and
    without the sweep. Files are named as seen from where it is written.
    """
    file = None if str(output) == STDIN else output

    def work(report: Report) -> Promoted:
        from modelspec.compiler.sweeping.looking.promoting import promote as write_variant

        return write_variant(folder, number, file, report, replace=force)

    done = on_folder(folder, form, work, quiet=quiet)
    if file is None and form != "json":
        print_as_it_is(done.text)
        return
    lines = done.text.count("\n")
    data: dict[str, object] = {
        "folder": str(folder),
        "number": number,
        "name": done.variant.name,
        "values": dict(done.variant.values),
    }
    data |= {"document": str(file)} if file is not None else {"text": done.text}
    printed(f"{folder} -> {file}  {done.variant.name} (#{number}), {lines:,} lines", data, form, quiet=quiet)
