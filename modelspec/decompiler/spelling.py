"""Reduced values as a document writes them: the shortest spelling that means the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modelspec.catalog.entry import Argument, ClassEntry
from modelspec.catalog.families import FAMILIES
from modelspec.catalog.lookup import Catalog
from modelspec.catalog.registered import is_registered_name
from modelspec.catalog.resolved import referenced_model
from modelspec.catalog.stem import to_snake_case
from modelspec.decompiler.reduced import KEPT_STRINGS, Function, Obj, Verbatim
from modelspec.language.words import is_class_key

Json = Any

_BARE = frozenset({"layer", "cell", "model"})


class Unspellable(Exception):
    """A value that only a verbatim dict around it can hold."""


def spell_arguments(obj: Obj, catalog: Catalog) -> dict[str, object]:
    """The arguments of an object.

    Raises:
        Unspellable: one of them has no spelling.
    """
    found: dict[str, object] = {}
    for key, value in obj.args.items():
        argument = obj.entry.arguments.get(key)
        found[key] = spell(value, catalog, argument=argument)
    return found


def spell(
    value: object, catalog: Catalog, *, argument: Argument | None = None, family: str | None = None
) -> object:
    """A value.

    Args:
        argument: that it is of, if it is known.
        family: of the objects that are wanted, where no argument says it.

    Raises:
        Unspellable: it has no spelling.
    """
    family = argument.family if argument is not None else family
    match value:
        case Obj():
            return _object(value, catalog, family)
        case Function(name=name):
            return name
        case Verbatim(data=data):
            return referenced_model(data) or dict(data)
        case str():
            return _text(value, catalog, family)
        case list() | tuple():
            return [spell(item, catalog, family=family) for item in value]
        case dict():
            return _mapping(value, catalog, family)
        case _:
            return value


def class_key(entry: ClassEntry, catalog: Catalog, family: str | None) -> str:
    """The name of a class where a family is wanted: short where that is clear."""
    if entry.home is not None:
        return entry.name
    accepts = FAMILIES[family].accepts if family is not None else None
    return entry.short if catalog.find(entry.short, accepts) == (entry,) else entry.name


def escaped(text: str) -> str:
    """A text in which no `$` is one of the language."""
    return text.replace("$", "$$")


def _object(obj: Obj, catalog: Catalog, family: str | None) -> object:
    args = spell_arguments(obj, catalog)
    if not args and obj.entry.home is None and family in FAMILIES:
        identifier = _identifier(obj.entry, catalog, family)
        if identifier is not None:
            return identifier
    key = class_key(obj.entry, catalog, family)
    if not args and family in _BARE and (obj.entry.home is not None or "." not in key):
        return key
    return {key: args}


def _identifier(entry: ClassEntry, catalog: Catalog, family: str | None) -> str | None:
    """The string that Keras' own `get` takes for a class: `he_normal`, `adam`."""
    if family is None or family in KEPT_STRINGS or not (FAMILIES[family].strings or family == "optimizer"):
        return None
    known = [text for text, full in catalog.identifiers(family).items() if full == entry.name]
    snake = to_snake_case(entry.class_name)
    lower = entry.class_name.lower()
    return next((text for text in (snake, lower) if text in known), None)


def _text(text: str, catalog: Catalog, family: str | None) -> str:
    # With a `>` it would be a registered object.
    if family is not None and is_registered_name(text):
        raise Unspellable
    if family is None and text in catalog.registered.names():
        raise Unspellable
    return escaped(text)


def _mapping(value: Mapping[str, object], catalog: Catalog, family: str | None) -> dict[str, object]:
    spelt = {key: spell(item, catalog, family=family) for key, item in value.items()}
    if (len(value) == 1 and is_class_key(next(iter(value)))) or "$literal" in value:
        if any(isinstance(item, Obj | Function | Verbatim | dict) for item in value.values()):
            raise Unspellable
        return {"$literal": spelt}
    return spelt
