"""`modelspec sweep stop`: no more runs; those under way end as they would."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelspec.cli.common import form_options
from modelspec.cli.sweep.folders import on_folder, printed

if TYPE_CHECKING:
    from modelspec.archive.exclusive import Holder
    from modelspec.diagnostics import Report

_EPILOG = """\b
Examples:
  modelspec sweep stop net.sweep
"""


@click.command(epilog=_EPILOG)
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), metavar="DIR")
@form_options
def stop(folder: Path, form: str, quiet: bool) -> None:
    """Let the sweep in DIR start no more runs, and end when those that are under way have ended.

    `sweep resume` goes on with it.
    """

    def work(report: Report) -> Holder | None:
        from modelspec.compiler.sweeping.changing.stopping import ask_to_stop

        return ask_to_stop(folder, report)

    holder = on_folder(folder, form, work, quiet=quiet)
    told = (
        f"{folder}: nobody drives it"
        if holder is None
        else f"{folder}: process {holder.pid} on {holder.host} ends when its runs have ended"
    )
    data = {"folder": str(folder), "driven": holder is not None, "pid": holder.pid if holder else None}
    printed(told, data, form, quiet=quiet)
