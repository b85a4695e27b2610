"""The leaderboard of a sweep for a terminal, a spreadsheet, a program, and in a sentence."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Literal

from modelspec.frozen import dataclass
from modelspec.ledger.values import RunRow
from modelspec.report.board import STATES, Board, Entry, failure_text, labels_of, shown
from modelspec.report.words import (
    NONE,
    count_text,
    duration_text,
    hash_text,
    number_writer,
    shape_text,
    value_text,
)

if TYPE_CHECKING:
    from rich.table import Table

_GAP = 2  # columns of the terminal between two of the table
_HEAD = 6  # to which a head is shortened at the most
_ENOUGH = 8  # to which names and values are, before a column is left out
_LEAST = 4  # and after that
_REASONS = 10
_STYLES = {
    "running": "cyan",
    "waiting": "bright_black",
    "failed": "red",
    "pruned": "yellow",
    "duplicate": "bright_black",
    "rejected": "red",
}


def summary(board: Board) -> str:
    """The leaderboard in a line."""
    count = len(board.entries)
    found = [f"{count:,} variant{'s' if count != 1 else ''}"]
    counts = [(state, board.count(state)) for state in STATES]
    found += [_counted(state, number) for state, number in counts if number or state == "done"]
    return ", ".join(found)


def _counted(state: str, count: int) -> str:
    return f"{count:,} {state}{'s' if state == 'duplicate' and count != 1 else ''}"


def best_text(board: Board) -> str:
    """The best variant in a line; empty where none has a value."""
    best = board.best
    if best is None:
        return ""
    write = number_writer(entry.value for entry in board.entries)
    value = f"{board.sweep.metric} {value_text(best.standing, write)}"
    return f"{value}  {best.variant.name} (#{best.variant.number})"


_Cell = Callable[[Entry], str]


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of the terminal's table.

    Args:
        kind: `number` and `state` keep their width; `text` gives way; an `extra` number is left out where
            there is little room.
    """

    name: str
    kind: Literal["number", "state", "text", "extra"]
    text: _Cell


def terminal_table(board: Board, entries: Sequence[Entry], *, width: int | None = None) -> Table:
    """Lines of the leaderboard for a terminal.

    Args:
        width: columns of the terminal, for which columns are left out and names shortened, and the reasons
            left to `reason_lines`; `None` for as many as it takes.
    """
    from rich.table import Table
    from rich.text import Text

    columns = list(_columns(board, state=state_text if width is None else lambda entry: entry.state))
    texts = [[_printable(column.text(entry)) for entry in entries] for column in columns]
    widths = [_natural(column, own) for column, own in zip(columns, texts, strict=True)]
    if width is not None:
        widths = _fitted(columns, texts, widths, width)
    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="bold")
    for column, own in zip(columns, widths, strict=True):
        if own:
            right = column.kind in ("number", "extra")
            table.add_column(
                Text(column.name, overflow="ellipsis"),
                justify="right" if right else "left",
                no_wrap=True,
                overflow="ellipsis",
                width=own,
            )
    for row, entry in enumerate(entries):
        style = "bold green" if entry.rank == 1 else _STYLES.get(entry.state, "")
        cells = (Text(own[row]) for own, shown_width in zip(texts, widths, strict=True) if shown_width)
        table.add_row(*cells, style=style)
    return table


def _natural(column: _Column, texts: Sequence[str]) -> int:
    from rich.cells import cell_len

    return max(cell_len(column.name), *(cell_len(text) for text in texts), 1)


def _fitted(
    columns: Sequence[_Column], texts: Sequence[Sequence[str]], widths: Sequence[int], width: int
) -> list[int]:
    """The widths with which a table fits; 0 for a column that is left out."""
    from rich.cells import cell_len

    found = list(widths)

    def excess() -> int:
        return sum(own + _GAP for own in found if own) - _GAP - width

    def leave_out(names: Iterable[str]) -> None:
        for place in (place for name in names for place, one in enumerate(columns) if one.name == name):
            if excess() > 0 and columns[place].kind == "extra":
                found[place] = 0

    def narrow(least: int) -> None:
        while excess() > 0:
            widest = max(giving, key=lambda place: found[place])
            if found[widest] <= least:
                break
            found[widest] -= 1

    giving = [place for place, column in enumerate(columns) if column.kind == "text"]
    leave_out(("time", "epochs"))
    for place in giving:  # a head first: the values are what is read
        content = max(map(cell_len, texts[place]), default=0)
        found[place] -= max(0, min(excess(), found[place] - max(content, _HEAD)))
    narrow(_ENOUGH)
    leave_out(("params",))
    narrow(_LEAST)
    for place in reversed(giving[1:]):  # the name stays
        if excess() > 0:
            found[place] = 0
    return found


def reason_lines(entries: Sequence[Entry]) -> Iterator[str]:
    """Why variants failed or are not run, a line each."""
    found = [entry for entry in entries if entry.note]
    for entry in found[:_REASONS]:
        yield f"#{entry.variant.number} {_printable(state_text(entry))}"
    if len(found) > _REASONS:
        yield f"… and {len(found) - _REASONS:,} more: `--format concise` has them all"


def _printable(text: str) -> str:
    """A text on one line, that moves no cursor."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


def _columns(board: Board, *, state: _Cell) -> Iterator[_Column]:
    trained, labels = board.sweep.metric is not None, labels_of(board.parameters)
    if trained:
        yield _Column("rank", "number", lambda entry: NONE if entry.rank is None else str(entry.rank))
    yield _Column("#", "number", lambda entry: str(entry.variant.number))
    yield _Column("name", "text", lambda entry: entry.variant.name)
    for key in board.parameters:
        yield _Column(labels[key], "text", _value(key))
    if trained:
        write = number_writer(entry.value for entry in board.entries)
        yield _Column(str(board.sweep.metric), "number", lambda entry: value_text(entry.standing, write))
        yield _Column("epochs", "extra", lambda entry: count_text(entry.epochs))
    yield _Column("params", "extra", lambda entry: count_text(entry.variant.params))
    if trained:
        yield _Column("time", "extra", lambda entry: duration_text(entry.seconds))
    else:
        yield _Column("output", "text", lambda entry: shape_text(entry.variant.facts.get("output_shape")))
        yield _Column("hash", "text", lambda entry: hash_text(entry.variant.facts.get("hash")))
    yield _Column("state", "state", state)


def _value(key: str) -> _Cell:
    def text(entry: Entry) -> str:
        values = dict(entry.variant.values)
        return shown(values[key]) if key in values else NONE

    return text


def state_text(entry: Entry) -> str:
    """The state of a variant, with the reason where there is one."""
    if entry.state == "duplicate":
        return entry.note
    return f"{entry.state}: {entry.note}" if entry.note else entry.state


def concise(board: Board, entry: Entry) -> str:
    """A line of the leaderboard as one of a log."""
    values = [f"{key}={shown(value)}" for key, value in entry.variant.values]
    value = [] if entry.value is None else [f"{board.sweep.metric}={entry.value:.6g}"]
    params = [] if entry.variant.params is None else [f"params={entry.variant.params}"]
    parts = [f"#{entry.variant.number}", entry.variant.name, *values, *params, *value, state_text(entry)]
    return " ".join(parts)


def table_csv(board: Board, entries: Sequence[Entry]) -> str:
    """Lines of the leaderboard for spreadsheets."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    before = ("rank", "number", "name", "state", "duplicate_of")
    after = (
        "value",
        "deviation",
        "count",
        "epochs",
        "seconds",
        "params",
        "trainable_params",
        "layers",
        "memory",
    )
    writer.writerow((*before, *board.parameters, *after, "output_shape", "hash", "note"))
    for entry in entries:
        data, values = entry_data(entry), dict(entry.variant.values)
        writer.writerow(
            [
                *(data[key] for key in before),
                *(values.get(key) for key in board.parameters),
                *(data[key] for key in after),
                "" if data["output_shape"] is None else shape_text(data["output_shape"]),
                data["hash"],
                entry.note,
            ]
        )
    return text.getvalue()


def board_data(board: Board, entries: Sequence[Entry]) -> dict[str, object]:
    """The leaderboard as JSON values."""
    sweep = board.sweep
    return {
        "name": sweep.name,
        "method": sweep.method,
        "seed": sweep.seed,
        "metric": sweep.metric,
        "goal": sweep.goal,
        "reduce": sweep.reduce,
        "aggregate": sweep.aggregate,
        "seeds": list(sweep.seeds),
        "parameters": list(board.parameters),
        **counts_data(board),
        "variants": [entry_data(entry) for entry in entries],
    }


def counts_data(board: Board) -> dict[str, object]:
    """How many variants there are in each state."""
    return {"total": len(board.entries), "states": {state: board.count(state) for state in STATES}}


def entry_data(entry: Entry) -> dict[str, object]:
    """A line of the leaderboard as JSON values; what is not known is null."""
    variant, standing, facts = entry.variant, entry.standing, entry.variant.facts
    return {
        "rank": entry.rank,
        "number": variant.number,
        "name": variant.name,
        "state": entry.state,
        "duplicate_of": variant.duplicate_of,
        "values": dict(variant.values),
        "value": entry.value,
        "deviation": standing.deviation if standing is not None else None,
        "count": standing.count if standing is not None else 0,
        "epochs": entry.epochs,
        "seconds": entry.seconds,
        **{
            key: facts.get(key)
            for key in ("params", "trainable_params", "layers", "memory", "output_shape", "hash")
        },
        "reasons": list(variant.reasons),
        "runs": [_run_data(run) for run in standing.runs] if standing is not None else [],
    }


def _run_data(run: RunRow) -> dict[str, object]:
    return {
        "folder": f"runs/{run.folder}",
        "seed": run.seed,
        "state": run.state.lower(),
        "attempt": run.attempt,
        "value": run.value,
        "epochs": run.epochs,
        "metrics": dict(run.metrics),
        "started": run.started,
        "ended": run.ended,
        "seconds": run.spent,
        "host": run.host,
        "error": failure_text(run) if run.state == "FAILED" else None,
    }
