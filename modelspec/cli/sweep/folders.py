"""What the verbs share that are given a sweep's folder, and are done at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from modelspec.cli.common import Output, diagnostics_json, exit_status, print_diagnostics, print_json
from modelspec.cli.sweep.driving import STATUSES

if TYPE_CHECKING:
    from modelspec.diagnostics import Diagnostic, Report

Result = TypeVar("Result")


def on_folder(folder: Path, form: str, work: Callable[[Report], Result], *, quiet: bool) -> Result:
    """Do a verb's work on a sweep's folder; where something is wrong with it, say so and exit."""
    from modelspec.compiler.sweeping.folders.failures import diagnosed_sweep
    from modelspec.diagnostics import Report, SpecError

    report, output = Report(), Output(form, quiet)
    try:
        with diagnosed_sweep(folder, report):
            result = work(report)
    except SpecError as error:
        print_diagnostics(error.diagnostics, output)
        if form == "json":
            print_json({"folder": str(folder), "diagnostics": diagnostics_json(error.diagnostics)})
        raise SystemExit(status_of(error.diagnostics)) from None
    print_diagnostics(report.diagnostics, output)
    return result


def status_of(diagnostics: tuple[Diagnostic, ...]) -> int:
    """The exit status of what was found wrong."""
    for item in diagnostics:
        if item.severity == "error" and item.code in STATUSES:
            return STATUSES[item.code]
    return exit_status(diagnostics)


def printed(line: str, data: Mapping[str, object], form: str, *, quiet: bool) -> None:
    """Print a result in the asked form."""
    if form == "json":
        print_json(dict(data))
    elif not quiet:
        click.echo(line)
