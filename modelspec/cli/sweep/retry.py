"""`modelspec sweep retry`: runs that failed, once more."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelspec.cli.common import form_options
from modelspec.cli.sweep.folders import on_folder, printed

if TYPE_CHECKING:
    from modelspec.diagnostics import Report
    from modelspec.ledger.values import RunRow

_EPILOG = """\b
Examples:
  modelspec sweep retry net.sweep            all that failed
  modelspec sweep retry net.sweep 1 2        these, whatever they came to
"""


@click.command(epilog=_EPILOG)
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), metavar="DIR")
@click.argument("numbers", type=click.IntRange(min=1), nargs=-1, metavar="[NUM]...")
@click.option("--failed", is_flag=True, help="All that failed, as without numbers.")
@form_options
def retry(folder: Path, numbers: tuple[int, ...], failed: bool, form: str, quiet: bool) -> None:
    """Have runs of the sweep in DIR wait again, from their beginning; `resume` then runs them."""
    if failed and numbers:
        raise click.UsageError("`--failed` is for all that failed: give it, or numbers")

    def work(report: Report) -> tuple[RunRow, ...]:
        from modelspec.compiler.sweeping.changing.again import run_again

        return run_again(folder, numbers, report, now=time.time())

    from modelspec.diagnostics import typed

    found = on_folder(folder, form, work, quiet=quiet)
    count = f"{len(found):,} run{'s' if len(found) != 1 else ''}"
    line = f"{folder}: {count} wait{'s' if len(found) == 1 else ''} again"
    if found:
        line += f": `modelspec sweep resume {typed(folder)}`"
    printed(line, {"folder": str(folder), "runs": [run.folder for run in found]}, form, quiet=quiet)
