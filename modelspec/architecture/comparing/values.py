"""Where two plain values differ, as deep as they are alike around it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from modelspec.architecture.comparing.edits import ABSENT, Key
from modelspec.architecture.model import Json

Difference = tuple[Key, Json, Json]


def same(before: Json, after: Json) -> bool:
    """Whether two values are one and the same to a hash: `1`, `1.0` and `true` are three."""
    return _text(before) == _text(after)


def differences(before: Json, after: Json, *, key: Key = ()) -> Iterator[Difference]:
    """Each place where two values differ, by its key, and what stands there on either side.

    Objects of one class are gone into, and lists of one length that hold objects; any other value differs as
    a whole.
    """
    if same(before, after):
        return
    match before, after:
        case dict(), dict() if _is_alike(before, after) or key[-1:] == ("arguments",):
            for name in {**before, **after}:
                yield from differences(before.get(name, ABSENT), after.get(name, ABSENT), key=(*key, name))
        case list(), list() if len(before) == len(after) and all(map(_is_object, (*before, *after))):
            for position, pair in enumerate(zip(before, after, strict=True)):
                yield from differences(*pair, key=(*key, position))
        case _:
            yield key, before, after


def _is_alike(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether two mappings are worth going into: objects of one class, or plain ones."""
    classes = [tuple(found.get(name) for name in ("class", "class_name", "registered_name", "function"))
               for found in (before, after)]  # fmt: skip
    return bool(before) and bool(after) and same(*classes)


def _is_object(value: Json) -> bool:
    return isinstance(value, dict) and bool(value)


def changed(value: Json, key: Key, new: Json) -> Json:
    """A value with what stands at a key replaced; `ABSENT` takes it away."""
    if not key:
        return new
    step, rest = key[0], key[1:]
    if isinstance(value, dict):
        found = {name: item for name, item in value.items() if name != step}
        inner = changed(value.get(step, ABSENT), rest, new)
        return found if inner is ABSENT else {**found, step: inner}
    assert isinstance(value, list)
    assert isinstance(step, int)
    return [*value[:step], changed(value[step], rest, new), *value[step + 1 :]]


def _text(value: Json) -> str:
    return json.dumps(value, sort_keys=True, default=str)
