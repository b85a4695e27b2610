"""A model's dict without what every release of Keras fills in itself, so that old ones can open it.

Keras writes every argument of every object, and refuses, in a release that is older, the arguments it does
not know. Left out are keys with the value that all releases give them, as the trials of the harvest have
shown. Keys of registered classes stay. Of Keras' objects inside them those are looked at that Keras itself
makes, or that the class's own `from_config` has it make: what comes to a constructor as it is written may be
looked into there, and nobody would fill anything in.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from modelspec.catalog.entry import ClassEntry
from modelspec.catalog.own import is_own
from modelspec.catalog.portable import Portable
from modelspec.catalog.shared_ids import small_ids, unshared
from modelspec.frozen import dataclass

Json = Any

_COMPILED = "compile_config"
# Left out it is as the other is, and releases before 3.10 do not know it.
_FOLLOWS = {"lora_alpha": "lora_rank"}
_NONE: Mapping[str, ClassEntry] = MappingProxyType({})


def elided(
    data: Json, portable: Portable, *, since: int = 0, registered: Mapping[str, ClassEntry] = _NONE
) -> Json:
    """A canonical dict with fewer keys; `data` is not changed.

    Args:
        data: as `link` gave it.
        portable: what the releases do.
        since: the oldest release that must open it; the names of operations go where it takes none.
        registered: the registered classes that are known; in what others hold nothing is left out.
    """
    # What was left out may have shared an object.
    return small_ids(_elided(data, _Rules(portable, since, registered)))


@dataclass(frozen=True, slots=True)
class _Rules:
    portable: Portable
    since: int
    registered: Mapping[str, ClassEntry]

    def is_read(self, data: Mapping[str, Json], key: str) -> bool:
        """Whether Keras makes objects of what an object's config holds under a key."""
        if is_own(data) or (key == "layers" and _is_graph(data["config"])):
            return True
        entry = self.registered.get(str(data.get("registered_name")))
        return entry is not None and (entry.reads_itself or key in entry.by_keras)


def _elided(data: Json, rules: _Rules) -> Json:
    portable, since = rules.portable, rules.since
    match data:
        case {"module": _, "class_name": str(), "config": dict() as config}:
            habits = portable.habits(data)
            kept = {
                key: _elided(value, rules) if rules.is_read(data, key) else value
                for key, value in config.items()
            }
            if habits is not None:
                kept = {
                    key: value
                    for key, value in kept.items()
                    if not _filled_in(key, value, habits.omits) and not _follows(key, kept)
                }
                if portable.is_operation(data) and habits.keys.get("name", 0) > since:
                    kept.pop("name", None)
            return {
                key: kept if key == "config" else _beside(key, value, rules, owner=data)
                for key, value in data.items()
            }
        case dict():
            return {key: _elided(value, rules) for key, value in data.items()}
        case list():
            return [_elided(item, rules) for item in data]
        case _:
            return data


def _is_graph(config: Mapping[str, Json]) -> bool:
    """Whether Keras reads a model's config layer by layer, whatever its class."""
    return {"layers", "input_layers", "output_layers"} <= config.keys()


def _beside(key: str, value: Json, rules: _Rules, *, owner: Mapping[str, object]) -> Json:
    """What stands beside `config`: how a model was compiled, what it was built with, what it reads."""
    inner = _elided(value, rules)
    # A class of one's own may have a `compile` of its own.
    if key == _COMPILED and isinstance(inner, dict) and is_own(owner):
        omits = rules.portable.compile.omits
        return {name: item for name, item in inner.items() if not _filled_in(name, item, omits)}
    return inner


def _follows(key: str, config: Mapping[str, Json]) -> bool:
    return key in _FOLLOWS and config[key] == config.get(_FOLLOWS[key])


def _filled_in(key: str, value: Json, omits: Mapping[str, object]) -> bool:
    return key in omits and _same(value, omits[key])


def _same(one: Json, two: Json) -> bool:
    """Whether two values are written the same, shared ids aside; 1, 1.0 and true are three."""
    match one, two:
        case dict(), dict():
            left, right = unshared(one), unshared(two)
            return left.keys() == right.keys() and all(_same(left[key], right[key]) for key in left)
        case list(), list():
            return len(one) == len(two) and all(map(_same, one, two))
        case _:
            return type(one) is type(two) and bool(one == two)
