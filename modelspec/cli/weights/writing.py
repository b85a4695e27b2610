"""What the verbs that write files of weights share: their options, and how their work is run and told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from modelspec.cli.common import (
    Output,
    diagnostics_json,
    exit_status,
    max_params_option,
    print_diagnostics,
    print_json,
)
from modelspec.cli.run import attempt_on_file

if TYPE_CHECKING:
    from modelspec.compiler.values import Options, Progress
    from modelspec.diagnostics import Report

Command = TypeVar("Command", bound=Callable[..., Any])

_SHARED = (
    click.option(
        "--allow",
        multiple=True,
        metavar="MODULE",
        help="A module or Python file with the classes of the model, where names of variables are asked for. "
        "Repeatable.",
    ),
    click.option(
        "--backend",
        type=click.Choice(["jax", "torch", "tensorflow"]),
        help="The Keras backend, where Keras is needed; by default as for `build`.",
    ),
    max_params_option,
    click.option("--no-cache", is_flag=True, help="Ask Keras for the names anew, and keep nothing."),
    click.option(
        "--format",
        "form",
        type=click.Choice(["full", "concise", "json"]),
        default="full",
        help="How the result and mistakes are shown.",
    ),
    click.option("-q", "--quiet", is_flag=True, help="Print mistakes only."),
)


def writing_options(command: Command) -> Command:
    """The options of a verb that writes a file, and may ask Keras for the names of variables."""
    for option in reversed(_SHARED):
        command = option(command)
    return command


@dataclass(frozen=True, slots=True)
class Writing:
    """A verb's work on one file.

    Args:
        key: what the file is called in JSON.
        file: that it reads first.
        work: writes, and gives what was written; raises `SpecError` where nothing was.
        line: tells people of it.
        data: and programs.
    """

    key: str
    file: Path
    work: Callable[[Options, Report, Progress], Any]
    line: Callable[[Any], str]
    data: Callable[[Any], Mapping[str, object]]


def write_and_exit(
    writing: Writing,
    *,
    allow: tuple[str, ...],
    backend: str | None,
    max_params: int,
    no_cache: bool,
    form: str,
    quiet: bool,
) -> None:
    """Do the work under a progress line, print what came of it, and exit with its status."""
    from modelspec.compiler.values import Options

    options = Options(
        backend=backend, max_params=max_params, use_cache=not no_cache, cpu_only=True, allow=allow
    )
    how = Output(form, quiet)
    done, found = attempt_on_file(
        str(writing.file), how, lambda report, progress: writing.work(options, report, progress)
    )
    print_diagnostics(found, how)
    if form == "json":
        data = {} if done is None else writing.data(done)
        print_json({writing.key: str(writing.file), "diagnostics": diagnostics_json(found), **data})
    elif done is not None and not quiet:
        click.echo(writing.line(done))
    raise SystemExit(exit_status(found))
