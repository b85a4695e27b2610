"""What one release shows: its classes, operations and `compile`, with the keys it fills in itself."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from modelspec.link.harvest import private
from modelspec.link.harvest.classes import harvest_class
from modelspec.link.harvest.families import family_of
from modelspec.link.harvest.identifiers import harvest_identifiers
from modelspec.link.harvest.portable.omission import ALWAYS_WRITTEN, try_omission
from modelspec.link.harvest.signature import describe_default, describe_parameters
from modelspec.link.harvest.surface import Surface, read_surface
from modelspec.link.harvest.trials import try_class

# Values for an operation's required arguments, the first of which makes an object.
_OPERANDS: tuple[object, ...] = (1, 0.5, [1], [2, 2], "linear", None)


def try_release(other: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What the installed Keras shows.

    Args:
        other: what another release has shown, whose words are tried here too.
    """
    import keras

    surface = read_surface()
    words = (other or {}).get("classes", {})
    return {
        "keras": keras.__version__,
        "classes": dict(_classes(surface, words)),
        "operations": dict(_operations()),
        "compile": try_compile(),
        "strings": {family: sorted(found) for family, found in harvest_identifiers(surface).items()},
    }


def try_class_of(name: str, words: Mapping[str, list[str]] | None = None) -> dict[str, Any]:
    """What trying a class shows of its config, see `Omission`, and of its call.

    Args:
        name: a public name of the installed Keras, the canonical one.
        words: by argument: words that another release takes, to be tried here as well.
    """
    surface = read_surface()
    return _class_data(name, surface.canonical[name], surface, words or {})


def base_of(name: str, cls: type) -> Mapping[str, Any] | None:
    """A config with as little in it as makes an instance; `None` where none can be made."""
    init = _init(cls)
    arguments = describe_parameters(init, owner=cls.__name__, docs=cls) if inspect.isfunction(init) else {}
    return try_class(name, cls, arguments).base


def _classes(surface: Surface, words: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, cls in surface.classes():
        if family_of(cls) is not None:
            data = _class_data(name, cls, surface, words.get(name, {}).get("words", {}))
            for spelling in (name, *surface.aliases_of(cls)):
                yield spelling, data


def _class_data(name: str, cls: type, surface: Surface, words: Mapping[str, list[str]]) -> dict[str, Any]:
    with private.without_tensorflow():
        entry = harvest_class(name, cls, family=str(family_of(cls)), aliases=surface.aliases_of(cls))
        omission = try_omission(name, cls, entry, base_of(name, cls), words=words)
    data = {**omission.data, "call": sorted(entry.get("call", ()))}
    return data | ({"open": True} if entry.get("open") else {})


def _init(cls: type) -> Any:
    return inspect.getattr_static(cls, "__init__")


def _operations() -> Iterator[tuple[str, Any]]:
    """Each operation that adds a node to a graph, by module and class, as archives name it."""
    for cls in private.operation_classes():
        yield f"{cls.__module__}.{cls.__name__}", try_operation(cls)


def try_operation(cls: type) -> dict[str, Any]:
    """The keys that an operation's config may have, and those without which it is the same."""
    # Not all of them have taken a name from the first.
    parameters = describe_parameters(_init(cls), owner=cls.__name__)
    return {"accepts": sorted(parameters), "omits": dict(_omitted(cls, parameters))}


def _omitted(cls: type, parameters: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """The keys without which the operation is the same; it is told by its attributes, for old releases
    write only what was given.
    """
    base = _operands(cls, [key for key, entry in parameters.items() if "default" not in entry])
    if base is None:
        return
    for key, entry in parameters.items():
        if "default" not in entry or key in ALWAYS_WRITTEN:
            continue
        without, given = _attributes(cls, base), _attributes(cls, {**base, key: entry["default"]})
        if without is not None and without == given:
            yield key, entry["default"]


def _operands(cls: type, required: list[str]) -> dict[str, Any] | None:
    for value in _OPERANDS:
        config = dict.fromkeys(required, value)
        if _attributes(cls, config) is not None:
            return config
    return None


def _attributes(cls: type, config: Mapping[str, Any]) -> dict[str, str] | None:
    with suppress(Exception):
        made = cls.from_config(dict(config))  # type: ignore[attr-defined]
        return {key: repr(value) for key, value in vars(made).items() if key[0] != "_" and key != "name"}
    return None


def try_compile() -> dict[str, Any]:
    """The arguments of `Model.compile`, and those without which a model is compiled the same."""
    import keras

    signature = inspect.signature(keras.Model.compile).parameters
    accepts = [key for key in signature if key != "self"]
    written = _compile_config({})
    omits = {}
    for key in accepts:
        default = describe_default(signature[key].default)
        # What to compile with is never left to a default.
        if "default" not in default or key in ("optimizer", "loss", "metrics", "weighted_metrics"):
            continue
        if _compile_config({key: default["default"]}) == written:
            omits[key] = default["default"]
    return {"accepts": sorted(accepts), "omits": omits}


def _compile_config(given: Mapping[str, Any]) -> str:
    import keras

    private.start_name_counts()
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile_from_config({"optimizer": "sgd", "loss": "mse", **given})
    return json.dumps(model.get_compile_config(), sort_keys=True, default=repr)
