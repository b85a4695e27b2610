"""`modelspec sweep kill`: the driver of a sweep and its runs ended."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelspec.cli.common import form_options
from modelspec.cli.sweep.folders import on_folder, printed

if TYPE_CHECKING:
    from modelspec.diagnostics import Report

_EPILOG = """\b
Examples:
  modelspec sweep kill net.sweep
"""


@click.command(epilog=_EPILOG)
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), metavar="DIR")
@form_options
def kill(folder: Path, form: str, quiet: bool) -> None:
    """End the runs of the sweep in DIR that are under way, and the process that drives it.

    What has ended stays, and what a run has kept of its epochs; `sweep resume` goes on from there.
    """

    def work(report: Report) -> bool:
        from modelspec.compiler.sweeping.changing.stopping import end_driver

        return end_driver(folder, report)

    ended = on_folder(folder, form, work, quiet=quiet)
    told = "its runs are ended" if ended else "nobody drives it"
    printed(f"{folder}: {told}", {"folder": str(folder), "ended": ended}, form, quiet=quiet)
