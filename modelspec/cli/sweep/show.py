"""`modelspec sweep show`: the leaderboard of a sweep, in the terminal or as a page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelspec.cli.common import form_options, print_json
from modelspec.cli.sweep.folders import on_folder
from modelspec.cli.sweep.tables import print_table, table_option, terminal_width, write_beside

if TYPE_CHECKING:
    from modelspec.compiler.sweeping.looking.overview import Seen
    from modelspec.diagnostics import Report
    from modelspec.report.board import Board, Entry

_EPILOG = """\b
Examples:
  modelspec sweep show net.sweep
  modelspec sweep show net.sweep --top 10 --sort params
  modelspec sweep show net.sweep --csv board.csv -q
  modelspec sweep show net.sweep --html report.html
"""


@click.command(epilog=_EPILOG)
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), metavar="DIR")
@click.option(
    "--sort",
    "column",
    metavar="COLUMN",
    help="A column to sort by (default: the best first); with `-` before it from the greatest.",
)
@click.option("--top", type=click.IntRange(min=1), metavar="N", help="Show the first so many only.")
@table_option
@click.option(
    "--html",
    "page",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write one page with all variants, figures, documents and differences; it needs no network.",
)
@form_options
def show(
    folder: Path,
    column: str | None,
    top: int | None,
    table: Path | None,
    page: Path | None,
    form: str,
    quiet: bool,
) -> None:
    """Show what the sweep in DIR came to, the best variant first.

    It may be under way. Duplicates, rejects and what failed stand last, with the reason.
    """

    def work(report: Report) -> tuple[Board, Sequence[Entry]]:
        from modelspec.cli.sweep.board_table import table_csv
        from modelspec.compiler.sweeping.looking.overview import look

        seen = look(folder)
        entries = _chosen(seen.board, column, top)
        if table is not None:
            write_beside(table, table_csv(seen.board, entries), report)
        if page is not None:
            write_beside(page, _page(seen, report), report)
        return seen.board, entries

    board, entries = on_folder(folder, form, work, quiet=quiet)
    if form == "json":
        from modelspec.cli.sweep.board_table import board_data

        print_json({"folder": str(folder)} | board_data(board, entries))
    elif not quiet:
        _print(folder, board, entries, form)
        if page is not None:
            click.echo(f"the page: {page}")


def _chosen(board: Board, column: str | None, top: int | None) -> Sequence[Entry]:
    from modelspec.report.board import columns_of, sorted_by

    if column is None:
        return board.entries[:top]
    name = column.removeprefix("-")
    known = columns_of(board)
    if name not in known:
        from modelspec.diagnostics import nearest

        near = nearest(name, known)
        hint = f"did you mean `{near}`?" if near else f"there are {', '.join(known)}"
        raise click.BadParameter(f"there is no column `{name}`: {hint}", param_hint="--sort")
    return sorted_by(board, name, descending=column.startswith("-"))[:top]


def _page(seen: Seen, report: Report) -> str:
    """The page. Raises `SpecError` where the library of its figures is missing."""
    from modelspec.compiler.sweeping.looking.overview import curves_in
    from modelspec.report.assembly import page_html
    from modelspec.report.bundle import EXTRA, MissingLibraryError, plotly_js
    from modelspec.report.sections import has_figures

    curves = curves_in(seen)
    if not has_figures(seen.board, curves):
        return page_html(seen.board, curves, library=None)
    try:
        library = plotly_js()
    except MissingLibraryError:
        report.fail(
            "missing-extra",
            "the figures of the page need plotly, which is not installed",
            help=f"install it: `pip install 'modelspec[{EXTRA}]'`",
        )
    return page_html(seen.board, curves, library=library)


def _print(folder: Path, board: Board, entries: Sequence[Entry], form: str) -> None:
    from modelspec.cli.sweep.board_table import best_text, concise, reason_lines, summary, terminal_table

    if form == "concise":
        for entry in entries:
            click.echo(concise(board, entry))
        return
    if entries:
        width = terminal_width()
        print_table(terminal_table(board, entries, width=width))
        for line in reason_lines(entries) if width is not None else ():
            click.echo(line)
    left = f" (the first {len(entries):,} shown)" if len(entries) < len(board.entries) else ""
    best = best_text(board)
    click.echo(f"{folder}: {summary(board)}{left}{f'; best {best}' if best else ''}")
