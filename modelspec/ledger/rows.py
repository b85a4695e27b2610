"""Rows as JSON values, for the ledger and for the files that it can be made anew from."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any, TypeVar

from modelspec.ledger.values import RunRow, SweepRow, VariantRow

Row = TypeVar("Row", SweepRow, VariantRow, RunRow)

# Fields that hold pairs or a sequence: tuples in a row, lists in JSON.
_PAIRS = frozenset({"values"})
_SEQUENCES = frozenset({"parameters", "base", "seeds", "reasons"})


def data_of(row: SweepRow | VariantRow | RunRow) -> dict[str, Any]:
    """A row as JSON values."""
    return {field.name: _plain(getattr(row, field.name)) for field in dataclasses.fields(row)}


def row_of(kind: type[Row], data: Mapping[str, Any]) -> Row:
    """A row from JSON values; keys that a newer release may have added are passed over.

    Raises:
        ValueError: it is none of this kind.
    """
    try:
        return kind(
            **{
                field.name: _read(field.name, data[field.name])
                for field in dataclasses.fields(kind)
                if field.name in data
            }
        )
    except TypeError as error:
        raise ValueError(f"it is no {kind.__name__}: {error}") from None


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
