"""A model's dict without what every release of Keras fills in itself, so that old ones can open it.

Keras writes every argument of every object, and refuses, in a release that is older, the arguments it does
not know. Left out are keys with the value that all releases give them, as the trials of the harvest have
shown. Keys of registered classes stay, those of Keras' objects inside them are looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modelspec.catalog.own import is_own
from modelspec.catalog.portable import Portable
from modelspec.catalog.shared_ids import SHARED, small_ids

Json = Any

_COMPILED = "compile_config"


def elided(data: Json, portable: Portable, *, since: int = 0) -> Json:
    """A canonical dict with fewer keys; `data` is not changed.

    Args:
        data: as `link` gave it.
        portable: what the releases do.
        since: the oldest release that must open it; the names of operations go where it takes none.
    """
    # What was left out may have shared an object.
    return small_ids(_elided(data, portable, since))


def _elided(data: Json, portable: Portable, since: int) -> Json:
    match data:
        case {"module": _, "class_name": str(), "config": dict() as config}:
            habits = portable.habits(data)
            kept = {key: _elided(value, portable, since) for key, value in config.items()}
            if habits is not None:
                kept = {key: value for key, value in kept.items() if not _filled_in(key, value, habits.omits)}
                if portable.is_operation(data) and habits.keys.get("name", 0) > since:
                    kept.pop("name", None)
            return {
                key: kept if key == "config" else _beside(key, value, portable, since, owner=data)
                for key, value in data.items()
            }
        case dict():
            return {key: _elided(value, portable, since) for key, value in data.items()}
        case list():
            return [_elided(item, portable, since) for item in data]
        case _:
            return data


def _beside(key: str, value: Json, portable: Portable, since: int, *, owner: Mapping[str, object]) -> Json:
    """What stands beside `config`: how a model was compiled, what it was built with, what it reads."""
    inner = _elided(value, portable, since)
    # A class of one's own may have a `compile` of its own.
    if key == _COMPILED and isinstance(inner, dict) and is_own(owner):
        return {
            name: item for name, item in inner.items() if not _filled_in(name, item, portable.compile.omits)
        }
    return inner


def _filled_in(key: str, value: Json, omits: Mapping[str, object]) -> bool:
    return key in omits and _same(value, omits[key])


def _same(one: Json, two: Json) -> bool:
    """Whether two values are written the same, shared ids aside; 1, 1.0 and true are three."""
    match one, two:
        case dict(), dict():
            left, right = _unshared(one), _unshared(two)
            return left.keys() == right.keys() and all(_same(left[key], right[key]) for key in left)
        case list(), list():
            return len(one) == len(two) and all(map(_same, one, two))
        case _:
            return type(one) is type(two) and bool(one == two)


def _unshared(data: Mapping[str, Json]) -> dict[str, Json]:
    return {key: value for key, value in data.items() if key != SHARED}
