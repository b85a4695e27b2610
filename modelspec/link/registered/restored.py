"""Tuples and integer keys, which JSON lacks, given to a class whose signature says that it wants them."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Mapping
from typing import Any

from modelspec.link.registered.signatures import constructors_of, hints_of


def restored(cls: type, values: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments in the forms that the annotations and defaults of a class have them in.

    A list becomes a tuple, and the texts that are keys of a mapping integers; nothing else changes.

    Args:
        cls: a registered class.
        values: its arguments, by name.
    """
    found = dict(values)
    for init in constructors_of(cls):
        hints = hints_of(init)
        for name, parameter in inspect.signature(init).parameters.items():
            if name not in found:
                continue
            if name in hints:
                found[name] = _by_hint(found[name], hints[name])
            elif parameter.default is not parameter.empty:
                found[name] = _like(found[name], parameter.default)
    return found


def _by_hint(value: Any, hint: Any) -> Any:
    origin, parts = typing.get_origin(hint) or hint, typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        forms = {typing.get_origin(part) or part: part for part in parts}
        if isinstance(value, list):
            return value if list in forms else _by_hint(value, forms.get(tuple))
        return next((_by_hint(value, part) for form, part in forms.items() if _is_mapping(form)), value)
    if origin is tuple and isinstance(value, list):
        inner = parts[:1] * len(value) if parts[1:] == (...,) else parts
        hinted = [_by_hint(item, part) for item, part in zip(value, inner, strict=False)]
        return (*hinted, *value[len(hinted) :])
    if origin is list and isinstance(value, list) and parts:
        return [_by_hint(item, parts[0]) for item in value]
    if _is_mapping(origin) and isinstance(value, dict) and parts:
        keys = _integers(value) if parts[0] is int else value
        return {key: _by_hint(item, parts[1]) for key, item in keys.items()}
    return value


def _like(value: Any, default: Any) -> Any:
    match default, value:
        case tuple(), list():
            return tuple(_like(item, default[0]) for item in value) if default else tuple(value)
        case dict(), dict() if default and all(type(key) is int for key in default):
            return _integers(value)
        case _:
            return value


def _is_mapping(form: Any) -> bool:
    return inspect.isclass(form) and issubclass(form, Mapping)


def _integers(value: Mapping[str, Any]) -> dict[Any, Any]:
    return {int(key) if _is_integer(key) else key: item for key, item in value.items()}


def _is_integer(key: object) -> bool:
    return isinstance(key, str) and key.removeprefix("-").isdecimal() and str(int(key)) == key
