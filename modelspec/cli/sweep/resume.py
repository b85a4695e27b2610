"""`modelspec sweep resume`: what is left of a sweep, from its folder alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelspec.cli.common import Output, form_options, print_diagnostics, trust_options
from modelspec.cli.run import Outcome, attempt_on_file
from modelspec.cli.sweep.driving import EXIT_STATUSES, drive, finish, placement_options

if TYPE_CHECKING:
    from modelspec.compiler.sweeping.running.run import Ran
    from modelspec.compiler.values import Progress
    from modelspec.diagnostics import Report
    from modelspec.ledger.values import SweepRow

_EPILOG = f"""\b
Examples:
  modelspec sweep resume net.sweep
  modelspec sweep resume net.sweep --parallel 4
  modelspec sweep resume net.sweep --allow data.py

\b
{EXIT_STATUSES}
"""


@click.command(epilog=_EPILOG)
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), metavar="DIR")
@placement_options
@trust_options
@form_options
def resume(
    folder: Path,
    executor: str | None,
    address: str | None,
    parallel: int | None,
    most: int | None,
    root: Path | None,
    allow_paths: tuple[Path, ...],
    allow: tuple[str, ...],
    allow_unsafe: bool,
    form: str,
    quiet: bool,
) -> None:
    """Go on with the sweep in DIR, whatever ended it.

    Runs that have ended stay as they are; those that were under way go on from what they kept. A folder may
    come from anybody: modules, and files outside of the project, are allowed anew.
    """
    output = Output(form, quiet)

    def work(report: Report, progress: Progress) -> tuple[SweepRow, Ran]:
        from modelspec.compiler.sweeping.folders.failures import diagnosed_sweep
        from modelspec.compiler.sweeping.folders.opening import reopened
        from modelspec.compiler.values import Options
        from modelspec.ledger.folder import SweepFolder

        trust = Options(root=root, allowed_paths=allow_paths, allow=allow, allow_unsafe=allow_unsafe)
        with diagnosed_sweep(folder, report), reopened(SweepFolder(folder), report, trust=trust) as found:
            return found.row, drive(
                found, report, progress, executor=executor, address=address, parallel=parallel, most=most
            )

    result, diagnostics = attempt_on_file(str(folder), output, work)
    print_diagnostics(diagnostics, output)
    finish(str(folder), folder, Outcome(str(folder), result, diagnostics, ()), output)
