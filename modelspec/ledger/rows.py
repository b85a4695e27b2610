"""Rows as JSON values, for the ledger and for the files that it can be made anew from."""

from __future__ import annotations

import dataclasses
import json
import zlib
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar, get_args

from modelspec.ledger.values import RunRow, RunState, SweepRow, VariantRow, VariantState

Row = TypeVar("Row", SweepRow, VariantRow, RunRow)

# Fields that hold pairs or a sequence: tuples in a row, lists in JSON.
_PAIRS = frozenset({"values", "earlier"})
_SEQUENCES = frozenset({"parameters", "base", "seeds", "reasons"})
# What a field that no code has checked since it was written holds, if anything.
_TYPES: Mapping[str, tuple[type, ...]] = MappingProxyType(
    {
        **dict.fromkeys(("number", "variant", "attempt", "failures", "lost", "epochs"), (int,)),
        **dict.fromkeys(("name", "folder", "fingerprint", "document", "method", "metric", "host"), (str,)),
        **dict.fromkeys(("metrics", "error", "facts", "identity", "settings"), (dict,)),
        **dict.fromkeys(("value", "started", "ended", "spent"), (int, float)),
        **dict.fromkeys(("seed", "pid", "exit", "duplicate_of"), (int,)),
    }
)
_OPTIONAL = frozenset(
    {*("seed", "value", "started", "ended", "host", "pid", "exit"), *("duplicate_of", "metric")}
)
_STATES: Mapping[type, tuple[str, ...]] = MappingProxyType(
    {RunRow: get_args(RunState), VariantRow: get_args(VariantState)}
)


def data_of(row: SweepRow | VariantRow | RunRow) -> dict[str, Any]:
    """A row as JSON values."""
    return {field.name: _plain(getattr(row, field.name)) for field in dataclasses.fields(row)}


def row_of(kind: type[Row], data: Mapping[str, Any]) -> Row:
    """A row from JSON values; keys that a newer release may have added are passed over.

    Raises:
        ValueError: it is none of this kind.
    """
    try:
        row = kind(
            **{
                field.name: _read(field.name, data[field.name])
                for field in dataclasses.fields(kind)
                if field.name in data
            }
        )
    except (TypeError, ValueError) as error:
        raise ValueError(f"it is no {kind.__name__}: {error}") from None
    for field in dataclasses.fields(kind):
        value = getattr(row, field.name)
        known = _STATES.get(kind, ()) if field.name == "state" else ()
        if (known and value not in known) or not _fits(field.name, value):
            raise ValueError(f"it is no {kind.__name__}: its `{field.name}` is {value!r:.50}")
    return row


def _fits(name: str, value: object) -> bool:
    """Whether a field holds what it is for."""
    if value is None and name in _OPTIONAL:
        return True
    return isinstance(value, _TYPES.get(name, (object,)))


def digest_of(values: Iterable[object]) -> int:
    """A number that tells whether values are as they were written."""
    return zlib.crc32(repr(tuple(values)).encode("utf-8", "surrogatepass"))


def dumped(value: object) -> str:
    """JSON text of a value, in which there is no NaN."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _plain(value: object) -> object:
    match value:
        case tuple():
            return [_plain(item) for item in value]
        case Mapping():
            return dict(value)
        case _:
            return value


def _read(name: str, value: Any) -> Any:
    if name in _PAIRS:
        return tuple((str(key), item) for key, item in value)
    return tuple(value) if name in _SEQUENCES else value
