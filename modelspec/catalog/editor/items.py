"""Items of `layers`: one class, operation, block, model or variable, and any of the words."""

from __future__ import annotations

from modelspec.catalog.calls import takes_function
from modelspec.catalog.editor.parts import (
    COMPUTED,
    HIDDEN,
    LOCAL,
    Schema,
    any_of,
    computed,
    definition_key,
    described,
    hidden,
    one_word,
    ref,
)
from modelspec.catalog.editor.texts import REMOVE, WORDS
from modelspec.catalog.editor.values import can_stand_alone, object_keys, value_schema
from modelspec.catalog.entry import Argument
from modelspec.catalog.families import FAMILIES
from modelspec.catalog.lookup import Catalog
from modelspec.language.words import INPUT_CLASSES, ITEM_WORDS, VERBATIM_KEYS

# `reuse` stands instead of a key.
_COUNTED = tuple(word for word in ITEM_WORDS if word != "reuse")
_KEYS_OF_ITS_OWN: Schema = {"type": ["object", "null"]}


def item_definitions(catalog: Catalog) -> dict[str, Schema]:
    """`item` and what it is made of."""
    layers = object_keys(catalog, FAMILIES["layer"].accepts)
    objects = {
        name: schema for name, schema in layers.items() if name.rpartition(".")[2] not in INPUT_CLASSES
    }
    operations = {f"ops.{entry.name}": entry for entry in catalog.operations() if not takes_function(entry)}
    keys = objects | {name: ref(name) for name in operations}
    shorts = [name for name in objects if "." not in name and ">" not in name]
    # Those that need nothing are offered, and all are taken: `defaults` may give the others what they need.
    alone = [name for name in shorts if can_stand_alone(catalog.find(name, FAMILIES["layer"].accepts))]
    alone += [name for name, entry in operations.items() if sum(entry.parameters.values()) == 1]
    others = one_word({*shorts, *operations} - {*alone})
    patterns = [COMPUTED, ">", r"^keras\.", _alias_pattern(catalog), LOCAL, others]
    return {
        "item": any_of(
            ref("item.mapping"),
            {"enum": alone},
            {"type": "string", "pattern": "|".join(patterns)},
        ),
        "item.mapping": {
            "type": "object",
            "properties": {
                **{name: hidden(schema) for name, schema in keys.items()},
                **_word_schemas(catalog),
                "remove": described(any_of(ref("text"), {"type": "array", "items": ref("text")}), REMOVE),
                **{key: dict(HIDDEN) for key in VERBATIM_KEYS},
            },
            "patternProperties": {
                COMPUTED: _KEYS_OF_ITS_OWN,
                ">": _KEYS_OF_ITS_OWN,
                _alias_pattern(catalog): _KEYS_OF_ITS_OWN,
                LOCAL: {},
            },
            "additionalProperties": False,
            "minProperties": 1,
            "allOf": [
                {
                    "if": {"required": ["class_name"]},
                    "then": {"required": ["config"]},
                    "else": ref(_count(0, 0)),
                },
                # Beside a class only words are offered.
                {
                    "if": {"maxProperties": 1},
                    "then": {
                        "properties": {name: schema for name, schema in keys.items() if "$ref" in schema},
                        "maxProperties": 1,
                    },
                },
            ],
        },
        **_counting(),
    }


def _count(word: int, found: int) -> str:
    return f"one-key.{word}.{found}"


def _counting() -> dict[str, Schema]:
    """Schemas that count the words an item has, and then allow it one key more.

    JSON Schema cannot say `exactly one of these six hundred keys` otherwise: each word is looked for in
    turn, and where it is the count goes up.
    """
    end = len(_COUNTED)
    found = {
        definition_key(_count(word, count)): {
            "if": {"required": [_COUNTED[word]]},
            "then": ref(_count(word + 1, count + 1)),
            "else": ref(_count(word + 1, count)),
        }
        for word in range(end)
        for count in range(word + 1)
    }
    ends = {definition_key(_count(end, count)): {"maxProperties": count + 1} for count in range(end + 1)}
    return found | ends


def _word_schemas(catalog: Catalog) -> dict[str, Schema]:
    schemas: dict[str, Schema] = {
        "name": ref("text"),
        "keras_name": ref("text"),
        "from": ref("reference"),
        "call": {"type": "object", "properties": _call_arguments(catalog)},
        "repeat": {**computed("integer"), "minimum": 0},
        "each": {
            "type": ["object", "string"],
            "additionalProperties": computed("array"),
            "pattern": COMPUTED,
        },
        "when": computed("boolean"),
        "reuse": ref("text"),
        "trainable": computed("boolean"),
        "dtype": ref("dtype_policy"),
        "after": ref("text"),
        "before": ref("text"),
    }
    return {word: described(schemas[word], text) for word, text in WORDS.items()}


def _call_arguments(catalog: Catalog) -> dict[str, Schema]:
    """What layers can be called with besides tensors that they need: offered for any of them."""
    found: dict[str, list[Argument | None]] = {}
    for entry in catalog.classes():
        if entry.family in FAMILIES["layer"].accepts:
            for name, required in entry.call.items():
                if not required:
                    found.setdefault(name, []).append(entry.called_with.get(name))
    return {name: _call_argument(found[name]) for name in sorted(found)}


def _call_argument(known: list[Argument | None]) -> Schema:
    """The values of a call argument, where all layers that have it agree on kinds that a text can show."""
    first = known[0]
    if first is None or "tensor" in first.kinds or any(argument != first for argument in known):
        return {}
    return any_of(value_schema(first), {"type": "object"})  # a tensor: `{from: name}`


def _alias_pattern(catalog: Catalog) -> str:
    """The other names of operations: `keras.ops.add`, `ops.numpy.add`."""
    aliases = {
        alias.removeprefix("keras.ops.").partition(".")[0]
        for entry in catalog.operations()
        for alias in catalog.aliases(f"keras.ops.{entry.name}")
        if alias.removeprefix("keras.ops.").count(".")
    }
    return rf"^keras\.ops\.|^ops\.({'|'.join(sorted(aliases))})\."
