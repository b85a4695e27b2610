"""The leaderboard: every variant of a sweep in one order, with what is said of it in words."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Literal

from modelspec.frozen import dataclass
from modelspec.ledger.standings import Standing, standings
from modelspec.ledger.values import Primitive, RunRow, SweepRow, VariantRow

EntryState = Literal["done", "running", "waiting", "failed", "pruned", "duplicate", "rejected"]
STATES: tuple[EntryState, ...] = ("done", "running", "waiting", "failed", "pruned", "duplicate", "rejected")
_WHOLE = 1000  # a number from which on more digits tell something
_LAST = {"duplicate": 1, "rejected": 2}


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the leaderboard.

    Args:
        rank: from 1, for those with a value of the objective.
        standing: `None` for what is not run: duplicates and rejects.
        epochs: of the longest of its runs; `None` where none has trained.
        note: why it is not run, or why it failed; else empty.
    """

    variant: VariantRow
    state: EntryState
    rank: int | None = None
    standing: Standing | None = None
    epochs: int | None = None
    note: str = ""

    @property
    def value(self) -> float | None:
        """Of the objective."""
        return self.standing.value if self.standing is not None else None

    @property
    def seconds(self) -> float | None:
        """Of all attempts of all its runs; `None` where nothing was run."""
        return self.standing.seconds if self.standing is not None and self.standing.seconds else None


@dataclass(frozen=True, slots=True)
class Board:
    """A sweep and its variants, the best first, then those without a value, duplicates and rejects.

    Args:
        parameters: what varies, by its keys, in order.
    """

    sweep: SweepRow
    parameters: tuple[str, ...]
    entries: tuple[Entry, ...]

    @property
    def best(self) -> Entry | None:
        """The first with a value."""
        return next((entry for entry in self.entries if entry.rank == 1), None)

    def count(self, state: EntryState) -> int:
        """How many are in this state."""
        return sum(entry.state == state for entry in self.entries)


def board_of(sweep: SweepRow, variants: Sequence[VariantRow], runs: Iterable[RunRow]) -> Board:
    """The leaderboard of a sweep."""
    found = [
        Entry(
            variant=one.variant,
            state=one.state,
            rank=rank if one.value is not None else None,
            standing=one,
            epochs=max((run.epochs for run in one.runs), default=0) or None,
            note=_failure(one.runs) if one.state == "failed" else "",
        )
        for rank, one in enumerate(standings(sweep, variants, runs), 1)
    ]
    found += [
        Entry(variant=variant, state=variant.state, note=_fate(variant))
        for variant in sorted(variants, key=lambda one: (_LAST.get(one.state, 0), one.number))
        if variant.state != "distinct"
    ]
    keys = dict.fromkeys(sweep.parameters)
    for variant in variants:
        keys |= dict.fromkeys(key for key, _ in variant.values)
    return Board(sweep, tuple(keys), tuple(found))


def _fate(variant: VariantRow) -> str:
    if variant.state == "duplicate":
        return f"duplicate of #{variant.duplicate_of}"
    more = f" (and {len(variant.reasons) - 1} more)" if len(variant.reasons) > 1 else ""
    return f"{variant.reasons[0]}{more}" if variant.reasons else ""


def _failure(runs: Iterable[RunRow]) -> str:
    return next((failure_text(run) for run in runs if run.state == "FAILED"), "")


def failure_text(run: RunRow) -> str:
    """Why a run failed, on a line."""
    message = str(run.error.get("message") or "").strip()
    if message:
        return message.splitlines()[0]
    match run.exit:
        case None:
            return str(run.error.get("code") or "")
        case int(status) if status < 0:
            return f"ended by signal {-status}"
        case status:
            return f"exit status {status}"


_COLUMNS = frozenset(
    {"rank", "#", "name", "value", "epochs", "params", "time", "state", "layers", "memory", "output", "hash"}
)


def labels_of(keys: Sequence[str]) -> Mapping[str, str]:
    """The shortest end of each key that no other key has, nor another column: `width` for `vars.width`."""
    found: dict[str, str] = {}
    for key in keys:
        parts = key.split(".")
        ends = (".".join(parts[-count:]) for count in range(1, len(parts) + 1))
        others = [other for other in keys if other != key]
        taken = [end for end in ends if end not in _COLUMNS]
        found[key] = next(
            (end for end in taken if not any(f".{other}".endswith(f".{end}") for other in others)), key
        )
    return MappingProxyType(found)


_FIXED: Mapping[str, Callable[[Entry], Primitive]] = MappingProxyType(
    {
        "rank": lambda entry: entry.rank,
        "#": lambda entry: entry.variant.number,
        "name": lambda entry: entry.variant.name,
        "value": lambda entry: entry.value,
        "epochs": lambda entry: entry.epochs,
        "params": lambda entry: entry.variant.params,
        "time": lambda entry: entry.seconds,
        "state": lambda entry: STATES.index(entry.state),
    }
)


def columns_of(board: Board) -> Mapping[str, Callable[[Entry], Primitive]]:
    """What the leaderboard can be sorted by: of each column its value for an entry, by the column's name."""
    labels = labels_of(board.parameters)
    named: dict[str, Callable[[Entry], Primitive]] = dict(_FIXED)
    if board.sweep.metric is not None:
        named.setdefault(board.sweep.metric, _FIXED["value"])
    for key in board.parameters:
        for name in (key, labels[key]):
            named.setdefault(name, _value_of(key))
    return MappingProxyType(named)


def _value_of(key: str) -> Callable[[Entry], Primitive]:
    return lambda entry: dict(entry.variant.values).get(key)


def sorted_by(board: Board, column: str, *, descending: bool = False) -> tuple[Entry, ...]:
    """The entries by a column: numbers before texts, and what has no value last.

    Args:
        column: one of `columns_of(board)`.
    """
    value = columns_of(board)[column]
    known = [entry for entry in board.entries if value(entry) is not None]
    known.sort(key=lambda entry: sort_key(value(entry)), reverse=descending)
    return (*known, *(entry for entry in board.entries if value(entry) is None))


def sort_key(value: Primitive) -> tuple[int, float, str]:
    """An order of values of any kind, in which 1 and 1.0 are the same and `true` is another."""
    number = number_of(value)
    return (1, 0.0, repr(value)) if number is None else (0, number, "")


def number_of(value: Primitive) -> float | None:
    """A value as a finite number, if it is one."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def shown(value: Primitive) -> str:
    """A value as a document has it, short."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case float() if abs(value) < _WHOLE:
            return f"{value:.4g}"
        case float():
            return f"{value:.6g}"
        case _:
            return str(value)
