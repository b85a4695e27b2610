"""What the verbs share that show a table of variants."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from rich.table import Table

    from modelspec.diagnostics import Report

Command = TypeVar("Command", bound=Callable[..., Any])
_PIPE_WIDTH = 1_000  # columns where there is no terminal to ask: one line for each variant


def table_option(command: Command) -> Command:
    """The option of the verbs that write their table as a file, too."""
    return click.option(
        "--csv",
        "table",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="FILE",
        help="Write the table there too.",
    )(command)


def write_beside(path: Path, text: str, report: Report) -> None:
    """Write a file that was asked for beside what is printed. Raises `SpecError` where that cannot be."""
    from modelspec.archive.write_failures import write_or_report

    write_or_report(path, text.encode(), report)


def terminal_width() -> int | None:
    """How many columns there are to fit a table into; `None` where there is no terminal."""
    from rich.console import Console

    return Console().width if sys.stdout.isatty() else None


def print_table(table: Table) -> None:
    """Print a table, in a pipe with one line for each of its rows."""
    from rich.console import Console

    from modelspec.cli.diffing.terminal import print_trimmed

    print_trimmed(Console(width=terminal_width() or _PIPE_WIDTH, highlight=False), table)
