"""`modelspec sweep extend`: more points for a sweep."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelspec.cli.common import form_options
from modelspec.cli.sweep.folders import on_folder, printed

if TYPE_CHECKING:
    from modelspec.compiler.sweeping.changing.extending import Count, Extended
    from modelspec.diagnostics import Report

_EPILOG = """\b
Examples:
  modelspec sweep extend net.sweep --variants +20
  modelspec sweep extend net.sweep --space 'vars.width=[8, 16, 64]'
"""
_COUNT = re.compile(r"(\+?)([1-9][0-9]{0,8})")


def _count(context: click.Context, parameter: click.Parameter, value: str | None) -> Count | None:
    if value is None:
        return None
    found = _COUNT.fullmatch(value)
    if found is None:
        raise click.BadParameter("a number of points, or how many more: `80`, `+20`")
    from modelspec.compiler.sweeping.changing.extending import Count

    return Count(int(found[2]), more=bool(found[1]))


@click.command(epilog=_EPILOG)
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), metavar="DIR")
@click.option(
    "--variants",
    "count",
    callback=_count,
    metavar="N|+N",
    help="How many points there are to be, or how many more.",
)
@click.option(
    "--space",
    "spaces",
    multiple=True,
    metavar="KEY=DOMAIN",
    help="What a part of the space takes now, as YAML; a new part, or in place of the one with this key.",
)
@form_options
def extend(folder: Path, count: Count | None, spaces: tuple[str, ...], form: str, quiet: bool) -> None:
    """Give the sweep in DIR more points; `resume` then runs them.

    Points that are there stay, with their numbers and what they came to. A grid goes on with the points of
    its wider space that are not there yet, a search with all that it has learnt.
    """
    if count is None and not spaces:
        raise click.UsageError("say how many points more, or of which space: `--variants`, `--space`")

    def work(report: Report) -> Extended:
        from modelspec.compiler.sweeping.changing.extending import extend_sweep

        return extend_sweep(folder, report, count=count, spaces=spaces)

    from modelspec.diagnostics import typed

    found = on_folder(folder, form, work, quiet=quiet)
    before = "" if found.before is None else f"{found.before:,} -> "
    resume = f"`modelspec sweep resume {typed(folder)}` runs the new ones"
    line = f"{folder}: {before}{found.after:,} points: {resume}"
    data = {"folder": str(folder), "before": found.before, "after": found.after}
    printed(line, data, form, quiet=quiet)
