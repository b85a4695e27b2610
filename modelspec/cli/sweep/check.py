"""`modelspec sweep check`: whether a sweep's ledger says what lies in the folders of its runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelspec.cli.common import diagnostics_json, exit_status, form_options, print_json
from modelspec.cli.sweep.folders import on_folder

if TYPE_CHECKING:
    from modelspec.compiler.sweeping.changing.repairing import Repaired
    from modelspec.diagnostics import Diagnostic, Report

_EPILOG = """\b
Examples:
  modelspec sweep check net.sweep
  modelspec sweep check net.sweep --repair
"""


@click.command(epilog=_EPILOG)
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), metavar="DIR")
@click.option("--repair", is_flag=True, help="Make a damaged ledger anew, and correct a sound one.")
@form_options
def check(folder: Path, repair: bool, form: str, quiet: bool) -> None:
    """Hold the ledger of the sweep in DIR against the folders of its runs.

    With --repair, a damaged ledger is moved aside and made anew: runs that have ended are restored with what
    they came to, all others are run again at the next start.
    """

    def work(report: Report) -> tuple[Repaired | None, int, tuple[Diagnostic, ...]]:
        from modelspec.compiler.sweeping.changing.checking import check_sweep
        from modelspec.compiler.sweeping.changing.repairing import repair as repaired
        from modelspec.ledger.folder import SweepFolder
        from modelspec.ledger.store import open_for_reading

        done = repaired(SweepFolder(folder), report) if repair else None
        with open_for_reading(folder) as ledger:
            count = check_sweep(SweepFolder(folder), ledger, report)
        return done, count, tuple(report.diagnostics)

    done, count, found = on_folder(folder, form, work, quiet=quiet)
    if form == "json":
        print_json({"folder": str(folder), "diagnostics": diagnostics_json(found)} | _data(done, count))
    elif not quiet:
        for line in _lines(folder, done, count, found):
            click.echo(line)
    raise SystemExit(exit_status(found))


def _lines(folder: Path, done: Repaired | None, count: int, found: tuple[Diagnostic, ...]) -> list[str]:
    lines = []
    if done is not None and done.moved is not None:
        lines.append(f"{folder}: the ledger is made anew, with {_runs(len(done.runs))} restored")
        lines.append(f"  the damaged one is `{done.moved}`")
    elif done is not None and done.runs:
        lines.append(f"{folder}: {_runs(len(done.runs))} corrected")
    errors = sum(item.severity == "error" for item in found)
    lines.append(
        f"{folder}: {_runs(count)}, " + (f"{errors:,} damaged or different" if errors else "all is well")
    )
    return lines


def _runs(count: int) -> str:
    return f"{count:,} run{'s' if count != 1 else ''}"


def _data(done: Repaired | None, count: int) -> dict[str, object]:
    return {
        "runs": count,
        "repaired": None
        if done is None
        else {
            "moved": str(done.moved) if done.moved is not None else None,
            "runs": [{"folder": run.folder, "state": run.state, "value": run.value} for run in done.runs],
        },
    }
