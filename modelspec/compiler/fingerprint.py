"""One hash for what a value says, whatever it was written as and wherever it stands."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from collections.abc import Mapping as MappingOf
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

from modelspec.diagnostics import Frame, Place
from modelspec.graph.model import Call, TensorMap
from modelspec.language.closed import CallField, RefField, RefMap
from modelspec.language.values import Field, Fields, KerasDict, Object, Origin

# Where something was written says nothing about what it is.
_PLACES = (Origin, Place, Frame, Path)


def fingerprint(*values: object, ordered: bool = False) -> str:
    """SHA-256 in hexadecimal digits of the values as canonical JSON, without the places.

    Args:
        ordered: whether the order of keys makes a difference.
    """
    text = json.dumps(
        [_plain(value) for value in values],
        sort_keys=not ordered,
        separators=(",", ":"),
        ensure_ascii=True,
    )
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def _fields_of(cls: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(cls))


def _pairs(items: Iterable[tuple[str, object]]) -> dict[str, object]:
    return {name: _plain(item) for name, item in items}


def _plain(value: object) -> object:
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return ["float", repr(value)]
        case Object():
            args = {field.name: _plain(field.value) for field in value.args}
            return ["object", value.cls, args]
        case Fields():
            return ["fields", {field.name: _plain(field.value) for field in value.fields}]
        case KerasDict():
            return ["keras", _plain(value.data)]
        case RefMap():
            return ["map", _plain(value.fields)]
        case TensorMap():
            return ["map", _pairs(value.items)]
        case Call(inputs=inputs):
            reads = _pairs(inputs) if isinstance(inputs, tuple) else _plain(inputs)
            return [
                "call",
                value.path,
                value.layer,
                reads,
                {name: _plain(item) for name, item, _ in value.kwargs},
            ]
        case tuple() if value and all(isinstance(item, Field | CallField | RefField) for item in value):
            return {field.name: _plain(field.value) for field in value}
        case list() | tuple():
            return [_plain(item) for item in value if not isinstance(item, _PLACES)]
        case set() | frozenset():
            return sorted(str(item) for item in value)
        case MappingOf():
            return {str(key): _plain(item) for key, item in value.items() if not isinstance(item, _PLACES)}
        case slice():
            return ["slice", value.start, value.stop, value.step]
        case _ if value is Ellipsis:
            return ["ellipsis"]
        case _ if is_dataclass(value) and not isinstance(value, type):
            content = {
                name: _plain(item)
                for name in _fields_of(type(value))
                if not isinstance(item := getattr(value, name), _PLACES)
            }
            return [type(value).__name__, content]
        case _:
            raise TypeError(f"no fingerprint of {type(value).__name__}")
