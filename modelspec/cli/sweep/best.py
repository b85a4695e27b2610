"""`modelspec sweep best`: the model of the best run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelspec.cli.common import form_options
from modelspec.cli.sweep.folders import on_folder, printed

if TYPE_CHECKING:
    from modelspec.compiler.sweeping.looking.winner import Winner
    from modelspec.diagnostics import Report

_EPILOG = """\b
Examples:
  modelspec sweep best net.sweep -o best.keras
"""


@click.command(epilog=_EPILOG)
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), metavar="DIR")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Where to; a file that is there is replaced.",
)
@form_options
def best(folder: Path, output: Path, form: str, quiet: bool) -> None:
    """Copy the model of the best run of the sweep in DIR, which may be running still.

    Of a variant that was trained with several seeds it is the best of them.
    """

    def work(report: Report) -> Winner:
        from modelspec.compiler.sweeping.looking.winner import copy_best

        return copy_best(folder, output, report)

    won = on_folder(folder, form, work, quiet=quiet)
    printed(f"{folder} -> {output}  {_told(won)}", _data(folder, output, won), form, quiet=quiet)


def _told(won: Winner) -> str:
    from modelspec.archive.sizes import readable_size

    variant, run = won.standing.variant, won.run
    text = f"{variant.name} (#{variant.number}), {won.sweep.metric} {run.value:.4g}"
    if run.seed is not None:
        text += f" with seed {run.seed}, {won.sweep.aggregate} {won.standing.value:.4g}"
        text += f" of {won.standing.count}"
    return f"{text}, {readable_size(won.size)}"


def _data(folder: Path, output: Path, won: Winner) -> dict[str, object]:
    standing = won.standing
    return {
        "folder": str(folder),
        "archive": str(output),
        "bytes": won.size,
        "number": standing.variant.number,
        "name": standing.variant.name,
        "values": dict(standing.variant.values),
        "metric": won.sweep.metric,
        "value": standing.value,
        "deviation": standing.deviation,
        "run": {"folder": won.run.folder, "seed": won.run.seed, "value": won.run.value},
    }
