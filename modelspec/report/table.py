"""The leaderboard as a table of HTML, which says everything before any script runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape

from modelspec.frozen import dataclass
from modelspec.ledger.values import Primitive
from modelspec.report.axes import Key
from modelspec.report.board import Board, Entry, labels_of, shown, sort_key
from modelspec.report.words import (
    NONE,
    count_text,
    duration_text,
    hash_text,
    number_writer,
    shape_text,
    size_text,
    value_text,
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table.

    Args:
        title: what it is, where its name is short for it.
        right: whether it holds numbers.
        text: what a line shows, as HTML.
        order: what it is sorted by; `None` goes last.
    """

    name: str
    title: str
    right: bool
    text: Callable[[Entry], str]
    order: Callable[[Entry], Primitive]


def columns(board: Board) -> tuple[Column, ...]:
    """The columns, those without any value left out."""
    trained = board.sweep.metric is not None
    found = list(_trained(board) if trained else _built())
    head = [
        Column("#", "number of the variant", True, _number, lambda entry: entry.variant.number),
        Column("name", "", False, _name, lambda entry: entry.variant.name),
        *_parameters(board),
    ]
    if trained:
        head.insert(0, Column("rank", "", True, _rank, lambda entry: entry.rank))
    state = Column("state", "", False, _state, lambda entry: entry.state)
    kept = [one for one in found if any(one.order(entry) is not None for entry in board.entries)]
    return (*head, *kept, state)


def _trained(board: Board) -> Iterator[Column]:
    write = number_writer(entry.value for entry in board.entries)
    yield Column(
        board.sweep.metric or "",
        "the objective",
        True,
        lambda entry: value_text(entry.standing, write),
        lambda entry: entry.value,
    )
    yield Column(
        "epochs",
        "",
        True,
        lambda entry: count_text(entry.epochs),
        lambda entry: entry.epochs,
    )
    yield from _sizes()
    yield Column(
        "time",
        "of all attempts",
        True,
        lambda entry: duration_text(entry.seconds),
        lambda entry: entry.seconds,
    )


def _built() -> Iterator[Column]:
    yield from _sizes()
    yield _fact("layers", lambda value: f"{value:,}" if isinstance(value, int) else NONE)
    yield _fact("memory", size_text)
    yield _fact("output_shape", shape_text, name="output", right=False)
    yield _fact("hash", hash_text, right=False)


def _sizes() -> Iterator[Column]:
    yield Column(
        "params",
        "parameters of the model",
        True,
        lambda entry: count_text(entry.variant.params),
        lambda entry: entry.variant.params,
    )


def _fact(key: str, write: Callable[[object], str], *, name: str = "", right: bool = True) -> Column:
    def order(entry: Entry) -> Primitive:
        value = entry.variant.facts.get(key)
        return value if value is None or isinstance(value, int | float | str) else shape_text(value)

    return Column(name or key, "", right, lambda entry: escape(write(entry.variant.facts.get(key))), order)


def _parameters(board: Board) -> Iterator[Column]:
    labels = labels_of(board.parameters)
    for key in board.parameters:
        found = {
            sort_key(value) for entry in board.entries for own, value in entry.variant.values if own == key
        }
        ranks = {value: place for place, value in enumerate(sorted(found))}
        numbers = all(kind == 0 for kind, _, _ in found)
        yield Column(labels[key], key, numbers, _value_text(key), _value_rank(key, ranks))


def _value_text(key: str) -> Callable[[Entry], str]:
    def text(entry: Entry) -> str:
        values = dict(entry.variant.values)
        return escape(shown(values[key])) if key in values else NONE

    return text


def _value_rank(key: str, ranks: Mapping[Key, int]) -> Callable[[Entry], Primitive]:
    def rank(entry: Entry) -> Primitive:
        values = dict(entry.variant.values)
        return ranks[sort_key(values[key])] if key in values else None

    return rank


def _rank(entry: Entry) -> str:
    return NONE if entry.rank is None else str(entry.rank)


def _number(entry: Entry) -> str:
    return str(entry.variant.number)


def _name(entry: Entry) -> str:
    number = entry.variant.number
    return f'<a href="#v{number}" aria-expanded="false">{escape(entry.variant.name)}</a>'


def _state(entry: Entry) -> str:
    state = f'<span class="state {entry.state}">{entry.state}</span>'
    if not entry.note:
        return state
    note = escape(entry.note)
    if entry.variant.duplicate_of is not None:
        return f'<span class="state duplicate">{note}</span>'
    return f'{state} <span class="note" title="{note}">{note}</span>'


def table_html(board: Board) -> str:
    """The table; a column's head is a button, a line's name a link to its details."""
    found = columns(board)
    first = "rank" if found[0].name == "rank" else "#"
    head = "".join(_head(column, first) for column in found)
    body = "\n".join(_row(entry, found) for entry in board.entries)
    return (
        f'<table id="board"><caption class="hidden">Variants of the sweep</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table>"
    )


def _head(column: Column, first: str) -> str:
    side = ' class="right"' if column.right else ""
    title = f' title="{escape(column.title)}"' if column.title else ""
    order = ' aria-sort="ascending"' if column.name == first else ""
    name = f'<button type="button"{title}>{escape(column.name)}<i aria-hidden="true"></i></button>'
    return f'<th scope="col"{side}{order}>{name}</th>'


def _row(entry: Entry, found: Sequence[Column]) -> str:
    number = entry.variant.number
    cells = "".join(_cell(entry, column) for column in found)
    return f'<tr id="v{number}" data-n="{number}" data-state="{entry.state}">{cells}</tr>'


def _cell(entry: Entry, column: Column) -> str:
    side = ' class="right"' if column.right else ""
    value = column.order(entry)
    match value:
        case None:
            order = ' data-v=""'
        case bool() | str():
            order = ""
        case _:
            order = f' data-v="{value!r}"'
    return f"<td{side}{order}>{column.text(entry)}</td>"
