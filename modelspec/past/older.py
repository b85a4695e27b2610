"""Configs of earlier releases of Keras 3, without what the installed one refuses.

Sources: the `get_config` of every class in Keras 3.0 to 3.14, each given to Keras 3.15.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from modelspec.catalog.entry import ClassEntry
from modelspec.catalog.lookup import Catalog
from modelspec.frozen import dataclass

Json = Any

# By class: arguments that are gone, each with the values at which they say nothing; `None` is any value.
_GONE: Mapping[str, Mapping[str, tuple[Json, ...] | None]] = MappingProxyType(
    {
        # Was kept up to 3.7, and read by nothing.
        "keras.layers.RandomRotation": {"value_range": None},
    }
)
# By class: arguments of which Keras writes both ends of a range, and refuses the lower one in every release.
_BOTH_ENDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {"keras.layers.RandomShear": frozenset({"x_factor", "y_factor"})}
)
# By the module and class of an operation's node: the class that it is now, and what arguments are called.
_OPERATIONS: Mapping[tuple[str, str], tuple[str, Mapping[str, str]]] = MappingProxyType(
    {
        # 3.0 and 3.1
        ("keras.src.ops.nn", "CtcLoss"): ("CTCLoss", {}),
        # 3.12 and 3.13
        ("keras.src.ops.image", "ExtractPatches3D"): ("ExtractPatches", {}),
        # 3.8
        ("keras.src.ops.nn", "Threshold"): (
            "Threshold",
            {"threshold_value": "threshold", "value": "default_value"},
        ),
    }
)
# What Keras itself takes out of a config, or puts there for itself.
_OWN = frozenset({"shared_object_id", "name", "trainable", "dtype"})
_RELEASE = re.compile(r"(\d+)\.(\d+)")


@dataclass(frozen=True, slots=True)
class Older:
    """A config that the installed Keras reads.

    Args:
        notes: what was left out that a reader must know, a sentence each.
    """

    config: dict[str, Json]
    notes: tuple[str, ...]


def of_older_release(config: Mapping[str, Json], version: str | None, catalog: Catalog) -> Older:
    """A config of Keras 3 as the installed one reads it: renamed operations, and no arguments that are gone.

    What nobody knows stays as it is: classes that are not Keras' own, and everything of a release that is not
    older than the installed one.

    Args:
        version: of the Keras that wrote it, as the file says; without one only what is known to be gone goes.
        catalog: of the installed Keras.
    """
    notes: dict[str, None] = {}
    made = _value(config, "", catalog, notes, older=_is_older(version, catalog))
    assert isinstance(made, dict)
    return Older(made, tuple(notes))


def _is_older(version: str | None, catalog: Catalog) -> bool:
    written, installed = (_release(text) for text in (version, catalog.keras_version))
    return written is not None and installed is not None and written < installed


def _release(version: str | None) -> tuple[int, int] | None:
    match = _RELEASE.match(version or "")
    return (int(match[1]), int(match[2])) if match else None


def _value(value: Json, layer: str, catalog: Catalog, notes: dict[str, None], *, older: bool) -> Json:
    match value:
        case {"class_name": str(), "config": dict() as written}:
            value, config = _operation(value, written)
            entry = catalog.class_of(value)
            name = config.get("name")
            where = name if isinstance(name, str) and (entry is None or entry.family != "model") else layer
            if entry is not None:
                config = _arguments(config, entry, where, notes, older=older)
            inner = {key: _value(item, where, catalog, notes, older=older) for key, item in config.items()}
            rest = {key: item for key, item in value.items() if key != "config"}
            return {
                key: inner if key == "config" else _value(rest[key], layer, catalog, notes, older=older)
                for key in value
            }
        case dict():
            return {key: _value(item, layer, catalog, notes, older=older) for key, item in value.items()}
        case list():
            return [_value(item, layer, catalog, notes, older=older) for item in value]
        case _:
            return value


def _operation(
    data: Mapping[str, Json], config: Mapping[str, Json]
) -> tuple[dict[str, Json], dict[str, Json]]:
    """A node under the names that its class and arguments have now."""
    cls = data["class_name"]
    new, arguments = _OPERATIONS.get((str(data.get("module")), cls), (cls, {}))
    registered = data.get("registered_name")
    named = {"class_name": new, "registered_name": new if registered == cls else registered}
    renamed = {arguments.get(key, key): item for key, item in config.items()}
    return {**data, **{key: item for key, item in named.items() if key in data}}, renamed


def _arguments(
    config: Mapping[str, Json], entry: ClassEntry, layer: str, notes: dict[str, None], *, older: bool
) -> dict[str, Json]:
    kept = {}
    known = entry.arguments.keys() | entry.legacy | _OWN
    gone = _GONE.get(entry.name, {})
    for key, value in config.items():
        if key in _BOTH_ENDS.get(entry.name, ()):
            kept[key] = _one_end(value)
        elif key in known or entry.open or (key not in gone and not older):
            kept[key] = value
        elif value is not None and (key not in gone or not _says_nothing(value, gone[key])):
            told = f"`{entry.short}` of Keras 3 has no argument `{key}` any more: it is left out"
            notes[f"{told} (of `{layer}`)" if layer else told] = None
    return kept


def _one_end(value: Json) -> Json:
    """The number that Keras makes a range about zero of."""
    match value:
        case [int() | float() as lower, int() | float() as upper] if lower == -upper and upper > 0:
            return upper
        case _:
            return value


def _says_nothing(value: Json, idle: tuple[Json, ...] | None) -> bool:
    return idle is None or any(type(value) is type(item) and value == item for item in idle)
