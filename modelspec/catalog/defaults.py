"""The document's `defaults`: looked up, checked once, and ready to be applied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from modelspec.catalog.context import Context
from modelspec.catalog.families import FAMILIES
from modelspec.catalog.registered import is_registered_name
from modelspec.catalog.unregistered import report_registered
from modelspec.catalog.values import find_class, resolve_argument
from modelspec.diagnostics import Label
from modelspec.language.closed import Name
from modelspec.language.values import Field, Fields, Items, Object, Step, Value

Defaults = tuple[tuple[Name, tuple[Field, ...]], ...]


def read_defaults(written: Defaults, context: Context) -> Mapping[str, tuple[Field, ...]]:
    """The default arguments by canonical class name, each value marked with where it comes from.

    A class that does not exist, or that two entries name, is reported. So is a default `name`, which
    every object of the class would share.
    """
    found: dict[str, tuple[Field, ...]] = {}
    names: dict[str, Name] = {}
    for name, fields in written:
        if is_registered_name(name.text) and context.catalog.entry(name.text) is None:
            report_registered(name.text, name.origin, context)
            continue
        entry = find_class(name.text, name.origin, context, family=None)
        if entry is None:
            continue
        if entry.name in found:
            context.report.add(
                "duplicate-key",
                f"`{name.text}` is the class `{entry.name}`, which has defaults already",
                name.origin.place,
                help="write them under one name",
                labels=(Label(names[entry.name].origin.place, "first written here"),),
            )
            continue
        names[entry.name] = name
        kept = []
        for field in fields:
            if field.name == "name" and entry.family in FAMILIES["layer"].accepts:
                context.complain_of_key(
                    "misplaced-name",
                    f"no two layers can have one name, so `{name.text}` has no default for it",
                    field,
                )
            else:
                kept.append(_marked(field, name))
        found[entry.name] = tuple(kept)
    return MappingProxyType(found)


def check_defaults(context: Context) -> None:
    """Report what is wrong in the defaults themselves, whether or not anything uses them."""
    for class_name, fields in context.defaults.items():
        entry = context.catalog.entry(class_name)
        assert entry is not None
        inner = context.inside_defaults_of(class_name)
        for field in fields:
            resolve_argument(entry, field, inner)


def _marked(field: Field, name: Name) -> Field:
    step = Step(f"default of `{name.text}`", name.origin.place)
    return replace(field, value=_through(field.value, step))


def _through(value: Value, step: Step) -> Value:
    """The value with one more stop on its way, the parts inside it too."""
    origin = replace(value.origin, via=(*value.origin.via, step))
    match value:
        case Items():
            return replace(value, origin=origin, items=tuple(_through(item, step) for item in value.items))
        case Fields():
            fields = tuple(replace(field, value=_through(field.value, step)) for field in value.fields)
            return replace(value, origin=origin, fields=fields)
        case Object():
            args = tuple(replace(field, value=_through(field.value, step)) for field in value.args)
            return replace(value, origin=origin, args=args)
        case _:
            return replace(value, origin=origin)
