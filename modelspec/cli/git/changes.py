"""What the verbs of `modelspec git` share: their options, and the telling of what they changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from modelspec.cli.common import Output, diagnostics_json, exit_status, print_diagnostics, print_json

if TYPE_CHECKING:
    from modelspec.compiler.git.install import Change
    from modelspec.diagnostics import Report

Command = TypeVar("Command", bound=Callable[..., Any])


def everywhere_option(command: Command) -> Command:
    """The option that means all repositories of a user."""
    return click.option(
        "--global", "everywhere", is_flag=True, help="For all repositories of this user, not for this one."
    )(command)


def tell(work: Callable[[Report], tuple[Change, ...]], *, form: str, quiet: bool, check: bool) -> None:
    """Do a verb's work, print what it changed, and exit.

    Args:
        check: whether nothing was written, and a change is a failure.
    """
    from modelspec.diagnostics import Report, SpecError

    report = Report()
    changes: tuple[Change, ...] = ()
    try:
        changes = work(report)
        found = tuple(report.diagnostics)
    except SpecError as error:
        found = error.diagnostics
    print_diagnostics(found, Output(form, quiet))
    status = exit_status(found)
    if form == "json":
        data = [{"what": one.what, "before": one.before, "after": one.after} for one in changes]
        print_json({"diagnostics": diagnostics_json(found), "changes": data})
    elif not quiet and not status:
        for change in changes:
            click.echo(_line(change, check=check))
        if not changes:
            click.echo("nothing to change")
    raise SystemExit(status or int(check and bool(changes)))


def _line(change: Change, *, check: bool) -> str:
    if change.after is None:
        return f"{change.what}  taken away"
    if check:
        return f"{change.what}  {'missing' if change.before is None else 'differs'}"
    return f"{change.what}  {'written' if change.before is None else 'changed'}"
