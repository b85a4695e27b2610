"""Objects inside the configs of registered classes, made before the class is, where the class does not do so
itself.

Keras gives a class without a `from_config` of its own the serialization dicts of its arguments as they are; a
document that writes an object there means the object.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import partial
from typing import Any

import keras

from modelspec.link import private
from modelspec.link.registered.restored import restored
from modelspec.link.registered.signatures import own_of_keras, reads_itself


def with_objects(data: Any, *, safe: bool, construct: bool = False) -> Any:
    """A serialization dict in which the arguments of such classes are objects.

    Args:
        data: JSON; never changed.
        safe: whether Keras refuses code in what it reads.
        construct: whether a registered class with a `from_config` of its own is made here, by its
            constructor, within Keras' scope of shared objects.
    """
    read = partial(with_objects, safe=safe, construct=construct)
    match data:
        case {"class_name": str(), "config": Mapping() as config}:
            made = {name: read(value) for name, value in config.items()}
            cls = registered_class(data)
            itself = cls is not None and reads_itself(cls)[0]
            if cls is not None and (construct or not itself):
                # What a base of Keras takes, this base reads from the dict.
                by_keras = own_of_keras(cls)
                made = {
                    name: value if name in by_keras else _read(value, safe=safe)
                    for name, value in made.items()
                }
                made = restored(cls, made)
            if cls is not None and construct and itself:
                return _known_as(cls(**made), data)
            return {**data, "config": made}
        case Mapping():
            return {name: read(value) for name, value in data.items()}
        case list() | tuple():
            return [read(item) for item in data]
        case _:
            return data


def holds_own_reader(data: Any) -> bool:
    """Whether a registered class with a `from_config` of its own stands anywhere in a value."""
    match data:
        case Mapping():
            cls = registered_class(data) if "class_name" in data else None
            return (cls is not None and reads_itself(cls)[0]) or any(map(holds_own_reader, data.values()))
        case list() | tuple():
            return any(map(holds_own_reader, data))
        case _:
            return False


def _known_as(made: Any, data: Mapping[str, Any]) -> dict[str, Any]:
    """A dict for which Keras gives this object, whoever reads it."""
    shared = f"made:{id(made)}"
    private.serialization_lib.record_object_after_deserialization(made, shared)
    return {**data, "config": {}, "shared_object_id": shared}


def registered_class(data: Mapping[str, Any]) -> type | None:
    """The registered class of a serialization dict; `None` for those of Keras, and for functions."""
    name = data.get("registered_name")
    found = keras.saving.get_registered_object(name) if isinstance(name, str) else None
    return found if inspect.isclass(found) else None


def holds_registered(data: Any) -> bool:
    """Whether a registered object stands anywhere in a value."""
    match data:
        case Mapping():
            names = (data.get("registered_name"), data.get("config")) if "class_name" in data else ()
            known = (
                isinstance(name, str) and keras.saving.get_registered_object(name) is not None
                for name in names
            )
            return any(known) or any(holds_registered(value) for value in data.values())
        case list() | tuple():
            return any(holds_registered(item) for item in data)
        case _:
            return False


def holds_unread(data: Mapping[str, Any]) -> bool:
    """Whether a dict is of a registered class that holds objects and has no `from_config` to read them."""
    cls, config = registered_class(data), data.get("config")
    if cls is None or reads_itself(cls)[0] or not isinstance(config, Mapping):
        return False
    by_keras = own_of_keras(cls)
    return any(_holds_object(value) for name, value in config.items() if name not in by_keras)


def without_inner_builds(data: Any, *, inside: bool = False) -> Any:
    """The same dict with no `build_config` for what stands inside registered objects.

    With it Keras builds an inner layer before the outer one's `build`, and where that builds it again, Keras
    refuses.
    """
    match data:
        case Mapping():
            inner = inside or ("class_name" in data and registered_class(data) is not None)
            return {
                name: without_inner_builds(value, inside=inner)
                for name, value in data.items()
                if not (inside and name == "build_config")
            }
        case list() | tuple():
            return [without_inner_builds(item, inside=inside) for item in data]
        case _:
            return data


def _read(value: Any, *, safe: bool) -> Any:
    return keras.saving.deserialize_keras_object(value, safe_mode=safe) if _holds_object(value) else value


def _holds_object(value: Any) -> bool:
    match value:
        case Mapping():
            return {"class_name", "config"} <= value.keys() or any(map(_holds_object, value.values()))
        case list() | tuple():
            return any(map(_holds_object, value))
        case _:
            return False
