"""`modelspec sweep gc`: the models of runs that are not among the best taken away."""

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
  modelspec sweep gc net.sweep --keep 5
  modelspec sweep gc net.sweep --keep 0
"""


@click.command(epilog=_EPILOG)
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), metavar="DIR")
@click.option(
    "--keep",
    "best",
    type=click.IntRange(min=0),
    required=True,
    metavar="N",
    help="Of so many variants, the best, everything stays.",
)
@form_options
def gc(folder: Path, best: int, form: str, quiet: bool) -> None:
    """Take away models and checkpoints of runs in DIR that are not among the best.

    Documents, metrics, logs and results stay, and what `artifacts` keeps always.
    """

    def work(report: Report) -> tuple[int, int]:
        from modelspec.compiler.sweeping.changing.collecting import collect

        return collect(folder, best, report)

    count, size = on_folder(folder, form, work, quiet=quiet)
    from modelspec.archive.sizes import readable_size

    told = f"{folder}: {readable_size(size)} taken away from {count:,} run{'s' if count != 1 else ''}"
    printed(told, {"folder": str(folder), "runs": count, "bytes": size}, form, quiet=quiet)
