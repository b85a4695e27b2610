"""`modelspec sweep status`: how far a sweep is, who drives it, and what to do next."""

from __future__ import annotations

from pathlib import Path

import click

from modelspec.cli.common import form_options, print_json
from modelspec.cli.sweep.folders import on_folder

_EPILOG = """\b
Examples:
  modelspec sweep status net.sweep
  modelspec sweep status net.sweep --format json
"""


@click.command(epilog=_EPILOG)
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), metavar="DIR")
@form_options
def status(folder: Path, form: str, quiet: bool) -> None:
    """Tell how far the sweep in DIR is, what it has cost, and who drives it, if anybody does."""
    from modelspec.compiler.sweeping.looking.overview import look, section_of

    seen = on_folder(folder, form, lambda report: look(folder), quiet=quiet)
    section = section_of(seen.folder, seen.board.sweep)
    from modelspec.cli.sweep.status_text import status_data, status_lines

    if form == "json":
        print_json({"folder": str(folder)} | status_data(seen, section))
    elif not quiet:
        for line in status_lines(seen, section):
            click.echo(line)
