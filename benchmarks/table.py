"""The rows as a table on a terminal or as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from benchmarks.rows import Row

_HEADS = ("backend", "what", "measured", "against", "ratio", "bar", "", "processor time")
_VERDICTS = {True: "met", False: "MISSED", None: ""}
_STYLES = {True: "green", False: "bold red", None: "dim"}


def print_table(rows: Sequence[Row], machine: str) -> None:
    """Print the rows for a terminal."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in _HEADS:
        table.add_column(
            head, justify="right" if head in ("measured", "ratio") else "left", no_wrap=head != "what"
        )
    for row in rows:
        table.add_row(*_cells(row), style=_STYLES[False] if row.met is False else None)
    console = Console(width=None if Console().is_terminal else 160, highlight=False)
    console.print(table)
    for note in _notes(rows):
        console.print(f"  {note}", style="dim")
    console.print(machine, style="dim")


def markdown(rows: Sequence[Row], machine: str) -> str:
    """The rows for the page."""
    lines = ["| " + " | ".join(_HEADS) + " |", "| --- | --- | --: | --- | --: | --- | --- | --- |"]
    lines += ["| " + " | ".join(_cells(row)) + " |" for row in rows]
    notes = "".join(f"\n{note}  " for note in _notes(rows))
    return "\n".join(lines) + f"\n{notes}\n\n{machine}.\n"


def _cells(row: Row) -> tuple[str, ...]:
    verdict = _VERDICTS[row.met]
    return row.backend, row.what, row.figure, row.against, row.ratio, row.bar, verdict, row.processor


def _notes(rows: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(f"{row.what}: {row.note}" for row in rows if row.note))
