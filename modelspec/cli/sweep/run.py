"""`modelspec sweep run`: the variants of a sweep, built and trained."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from modelspec.cli.common import STDIN, Output, document_options, make_options, target_option
from modelspec.cli.run import attempt
from modelspec.cli.sweep.driving import EXIT_STATUSES, drive, finish, placement_options

if TYPE_CHECKING:
    from modelspec.compiler.sweeping.running.run import Ran
    from modelspec.compiler.values import Progress, Text
    from modelspec.diagnostics import Report
    from modelspec.ledger.values import SweepRow

_EPILOG = f"""\b
Examples:
  modelspec sweep run net.yaml               writes net.sweep/
  modelspec sweep run sweep.yaml -o runs/first
  modelspec sweep run net.yaml --parallel 4
  modelspec sweep run net.yaml --build-only  trains nothing

\b
{EXIT_STATUSES}
"""


@click.command(epilog=_EPILOG)
@click.argument("sweep", type=click.Path(), metavar="SWEEP")
@click.option(
    "-o",
    "--output",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="The sweep's folder (default: the document's name with `.sweep`, here).",
)
@placement_options
@click.option("--build-only", is_flag=True, help="Build every variant, and train none.")
@target_option
@document_options
def run(
    sweep: str,
    folder: Path | None,
    executor: str | None,
    address: str | None,
    parallel: int | None,
    most: int | None,
    build_only: bool,
    form: str,
    quiet: bool,
    **given: Any,
) -> None:
    """Run SWEEP, or go on with it where it was begun.

    Every variant is a process of its own, in a folder of its own. What has ended is never run again, whatever
    ended the sweep.
    """
    if folder is None and sweep == STDIN:
        raise click.UsageError("a sweep from standard input needs `-o DIR`")
    target = folder or Path(Path(sweep).name.partition(".")[0] + ".sweep")
    output, options = Output(form, quiet), make_options(**given)

    def work(text: Text, report: Report, progress: Progress) -> tuple[SweepRow, Ran]:
        from modelspec.compiler.sweeping.folders.failures import diagnosed_sweep
        from modelspec.compiler.sweeping.folders.opening import opened
        from modelspec.ledger.folder import SweepFolder

        with (
            diagnosed_sweep(target, report),
            opened(SweepFolder(target), text, options, report, build_only=build_only) as found,
        ):
            return found.row, drive(
                found, report, progress, executor=executor, address=address, parallel=parallel, most=most
            )

    finish(sweep, target, attempt(sweep, output, work), output)
