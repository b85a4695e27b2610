"""What in a model's dict needs a newer Keras than the oldest that is known of, and since when it exists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from modelspec.catalog.late_values import late_values
from modelspec.catalog.lookup import Catalog
from modelspec.catalog.portable import Habits, Portable

Json = Any
Path = tuple[str | int, ...]

# Where texts stand for objects in what a model was compiled with.
_COMPILED = MappingProxyType(
    {"optimizer": "optimizer", "loss": "loss", "metrics": "metric", "weighted_metrics": "metric"}
)


# Before, Keras made the calls of a model in one pass over its layers, each layer's all at once.
_SEVERAL_PASSES = (3, 8)

# Before, Keras read texts and functions where an activation is wanted, and no layers.
_LAYER_AS_ACTIVATION = (3, 10)


@dataclass(frozen=True, slots=True)
class Need:
    """Something that only newer releases have.

    Args:
        path: the keys that lead to it in the model's dict.
        since: the first release that has it, as a position in `Portable.releases`.
        what: it, as messages call it.
    """

    path: Path
    since: int
    what: str


def needs(data: Json, portable: Portable, catalog: Catalog) -> tuple[Need, ...]:
    """Everything in a dict, which what can be left out has been left out of, that the oldest release lacks.

    Args:
        data: as `elided` gave it.
        portable: what the releases do.
        catalog: of the installed Keras, for what family an argument takes.
    """
    return (*_needs(data, (), portable, catalog), *_late_calls(data, (), portable))


def _needs(data: Json, path: Path, portable: Portable, catalog: Catalog) -> Iterator[Need]:
    match data:
        case dict():
            habits = portable.habits(data) if isinstance(data.get("config"), dict) else None
            if habits is not None:
                yield from _of_object(data, habits, path, portable, catalog)
                yield from _of_values(data, habits, path, portable)
            if isinstance(data.get("compile_config"), dict):
                yield from _of_compile(data["compile_config"], (*path, "compile_config"), portable)
            for key, value in data.items():
                yield from _needs(value, (*path, key), portable, catalog)
        case list():
            for position, item in enumerate(data):
                yield from _needs(item, (*path, position), portable, catalog)


def _of_object(
    data: Mapping[str, Any], habits: Habits, path: Path, portable: Portable, catalog: Catalog
) -> Iterator[Need]:
    name = str(data["class_name"])
    if habits.since:
        yield Need(path, habits.since, f"`{name}`")
    entry = catalog.class_of(data)
    arguments = entry.arguments if entry is not None else {}
    for key, value in data["config"].items():
        here = (*path, "config", key)
        since = habits.keys.get(key, 0)
        if since > habits.since:
            what = f"a name for the operation `{name}`" if key == "name" else f"`{key}` of `{name}`"
            yield Need(here, since, what)
        family = arguments[key].family if key in arguments else None
        if family == "activation" and _is_layer(value):
            read = portable.position(_LAYER_AS_ACTIVATION)
            yield Need(here, read, f"a layer as `{key}` of `{name}`")
        if not isinstance(value, str):
            continue
        dated = portable.string_since(value, family) if family is not None else 0
        dated = max(dated, habits.words.get(key, {}).get(value, 0))
        if dated > max(since, habits.since):
            yield Need(here, dated, f"`{value}` as `{key}` of `{name}`")
    if habits.call:
        for position, node in enumerate(data.get("inbound_nodes") or ()):
            for key in node.get("kwargs", ()) if isinstance(node, dict) else ():
                if habits.call.get(key, 0) > habits.since:
                    yield Need(
                        (*path, "inbound_nodes", position), habits.call[key], f"`{key}` in a call of `{name}`"
                    )


def _of_values(data: Mapping[str, Any], habits: Habits, path: Path, portable: Portable) -> Iterator[Need]:
    for late in late_values(data):
        since = portable.position(late.since)
        if since > habits.since:
            yield Need((*path, "config", late.argument) if late.argument else path, since, late.what)


def _is_layer(value: Json) -> bool:
    return isinstance(value, dict) and value.get("class_name") not in (None, "function")


def _late_calls(data: Json, path: Path, portable: Portable) -> Iterator[Need]:
    """Calls that read a layer which stands below their own (`t` in `t(d(t(x)))`)."""
    match data:
        case {"config": {"layers": [*layers]}}:
            known: set[str] = set()
            for position, layer in enumerate(layers):
                here = (*path, "config", "layers", position)
                known.add(str(layer.get("name")))
                for call, node in enumerate(layer.get("inbound_nodes") or ()):
                    below = next((name for name in _read_by(node) if name not in known), None)
                    if below is not None:
                        since = portable.position(_SEVERAL_PASSES)
                        what = f"calling `{layer.get('name')}` again on `{below}`, which reads it,"
                        yield Need((*here, "inbound_nodes", call), since, what)
                yield from _late_calls(layer, here, portable)


def _read_by(node: Json) -> Iterator[str]:
    """The names of the layers that a call reads."""
    match node:
        case {"class_name": "__keras_tensor__", "config": {"keras_history": [str(name), *_]}}:
            yield name
        case dict():
            for value in node.values():
                yield from _read_by(value)
        case list():
            for item in node:
                yield from _read_by(item)


def _of_compile(data: Mapping[str, Any], path: Path, portable: Portable) -> Iterator[Need]:
    for key, value in data.items():
        if portable.compile.keys.get(key, 0):
            yield Need((*path, key), portable.compile.keys[key], f"`{key}` of `compile`")
        family = _COMPILED.get(key)
        for text in _texts(value) if family is not None else ():
            since = portable.string_since(text, str(family))
            if since:
                yield Need((*path, key), since, f"`{text}` as `{key}` of `compile`")


def _texts(value: Json) -> Iterator[str]:
    """The texts of a value that stand for objects, those inside objects not among them."""
    match value:
        case str():
            yield value
        case {"class_name": _}:
            return
        case dict():
            for item in value.values():
                yield from _texts(item)
        case list():
            for item in value:
                yield from _texts(item)
