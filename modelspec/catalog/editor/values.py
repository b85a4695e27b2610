"""Values of arguments: plain ones by their kinds, objects by their family."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType

from modelspec.catalog.editor.parts import (
    COMPUTED,
    LOCAL,
    Schema,
    any_of,
    computed,
    described,
    hidden,
    one_word,
    ref,
)
from modelspec.catalog.entry import Argument, ClassEntry
from modelspec.catalog.families import COMPILE, CUSTOM, FAMILIES
from modelspec.catalog.lookup import Catalog
from modelspec.catalog.reference import ArgumentReference, is_base

_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "bool": "boolean",
        "int": "integer",
        "float": "number",
        "str": "string",
        "list": "array",
        "mapping": "object",
    }
)
NAMEABLE = tuple(FAMILIES)

# A name under `models` may stand there as well.
_OF_MODELS = frozenset({"layer", "model"})


def argument_schema(argument: Argument, reference: ArgumentReference) -> Schema:
    """One argument, with what is said of it."""
    said = [reference.about, f"Since Keras {reference.since}." if reference.since is not None else ""]
    default: Schema = {}
    match argument.default:
        case None:
            pass
        case bool() | int() | float() | str():
            default = {"default": argument.default}
        case other:  # editors that fill it in cannot write it
            said.append(f"Default: {json.dumps(other)}.")
    return described({**default, **value_schema(argument)}, " ".join(filter(None, said)))


def value_schema(argument: Argument) -> Schema:
    """The values of an argument: what the catalog is not certain of, anything."""
    plain = _plain(argument)
    if argument.family is None:
        return plain if plain is not None else {}
    return any_of(ref(argument.family), plain) if plain is not None else ref(argument.family)


def family_schema(family: str, catalog: Catalog) -> Schema:
    """What may stand where an object of a family is wanted."""
    rule = FAMILIES[family]
    objects = object_keys(catalog, rule.accepts)
    words = _words(family, catalog)
    shown = sorted(word for word in words if word == word.lower())
    quiet = sorted(set(words) - set(shown))
    if not rule.strings and not rule.folded:
        # The class without arguments, which is what a text stands for there.
        shorts = [name for name in objects if "." not in name and ">" not in name]
        shown = [name for name in shorts if can_stand_alone(catalog.find(name, rule.accepts))]
        quiet = sorted(set(shorts) - set(shown))
    patterns = [COMPUTED, ">", r"^keras\.", *([one_word(quiet)] if quiet else [])]
    if family == "dtype_policy":
        patterns.append(f"^({'|'.join(catalog.dtype_prefixes())})")
    if family in _OF_MODELS:
        patterns.append(LOCAL)
    # Null stands with the mapping, so that an editor offers classes where nothing is written yet.
    named = {
        "type": ["object", "null"],
        "properties": {**objects, "$literal": hidden({"type": "object"})},
        "patternProperties": {">": {"type": ["object", "null"]}},
        "additionalProperties": False,
        # Apart, as the language server takes it for the limit of the mapping around.
        "allOf": [{"maxProperties": 1}],
    }
    return any_of(
        *([{"enum": shown}] if shown else []),
        named,
        {"type": "string", "pattern": "|".join(patterns)},
        ref("verbatim"),
        *([by_output(family, catalog)] if rule.mapping else []),
        {"type": "array", "items": ref(family)},
        *([{"type": ["number", "boolean"]}] if rule.plain else []),
    )


def nameable_classes(catalog: Catalog) -> tuple[ClassEntry, ...]:
    """The classes that can stand somewhere in a document."""
    return tuple(entry for entry in catalog.classes() if entry.family in NAMEABLE)


def can_stand_alone(found: tuple[ClassEntry, ...]) -> bool:
    """Whether a name means one class that needs no arguments."""
    return len(found) == 1 and not any(argument.required for argument in found[0].arguments.values())


def object_keys(catalog: Catalog, families: tuple[str, ...]) -> dict[str, Schema]:
    """The classes of some families by every name that a document may give them there."""
    shorts: dict[str, Schema] = {}
    fulls: dict[str, Schema] = {}
    for entry in nameable_classes(catalog):
        if entry.home is not None:
            if entry.family in families or entry.family == CUSTOM:
                shorts[entry.name] = ref(entry.name)
            continue
        if entry.family not in families:
            continue
        for full in (entry.name, *entry.aliases):
            fulls[full] = ref(entry.name) if full.startswith("keras.src.") else hidden(ref(entry.name))
            short = full.rpartition(".")[2]
            if catalog.find(short, families) == (entry,):
                offered = short == entry.short and not is_base(entry)
                shorts[short] = ref(entry.name) if offered else hidden(ref(entry.name))
    return {name: shorts[name] for name in sorted(shorts)} | {name: fulls[name] for name in sorted(fulls)}


def by_output(family: str, catalog: Catalog) -> Schema:
    """A mapping of such objects, by keys that are not classes."""
    classes = [name for name in object_keys(catalog, FAMILIES[family].accepts) if "." not in name]
    schema: Schema = {"type": "object", "additionalProperties": ref(family)}
    return {**schema, "propertyNames": {"not": {"enum": classes}}} if classes else schema


def _words(family: str, catalog: Catalog) -> set[str]:
    """The texts that Keras reads, bases left out."""
    found = {text for text, full in catalog.identifiers(family).items() if not _is_base(full, catalog)}
    found |= set(COMPILE[family].words) if family in COMPILE else set()
    if family == "dtype_policy":
        found |= set(catalog.dtypes())
    if FAMILIES[family].folded:
        found |= {name for name in object_keys(catalog, (family,)) if "." not in name}
    registered = catalog.registered
    found |= {name for name in registered.names() if ">" not in name}
    return found


def _is_base(full: str, catalog: Catalog) -> bool:
    entry = catalog.entry(full)
    return entry is not None and is_base(entry)


def _plain(argument: Argument) -> Schema | None:
    """Plain values by their kinds; `None` where the catalog is not certain of them."""
    kinds = argument.kinds
    if not kinds:
        return None
    types = [
        name for kind, name in _TYPES.items() if kind in kinds and not (kind == "str" and argument.choices)
    ]
    if "number" in types and "integer" in types:
        types.remove("integer")  # which are numbers
    more: Schema = {}
    if "bool" in kinds and not kinds & {"int", "float"}:
        # Keras reads 0 and 1 as booleans.
        types.append("integer")
        more = {"minimum": 0, "maximum": 1}
    if "list" in kinds and kinds & {"int", "float"} and "str" not in kinds:
        more["items"] = ref("number" if "float" in kinds else "integer")
    free = "string" in types
    base = {"type": [*types, "null"]} if free else computed(*types)
    schemas: list[Schema] = [{**base, **more}]
    if argument.choices:
        schemas.insert(0, {"enum": list(argument.choices)})
    if "object" in kinds:
        schemas.append({"type": "object"})
        schemas.append({"type": "string", "pattern": ">"})
    return any_of(*schemas)
