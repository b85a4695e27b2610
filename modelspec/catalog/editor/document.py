"""The whole schema: a document's sections, and the definitions that they need."""

from __future__ import annotations

import json
from collections.abc import Mapping

from modelspec.catalog.editor import texts
from modelspec.catalog.editor.classes import class_definitions, share_arguments
from modelspec.catalog.editor.items import item_definitions
from modelspec.catalog.editor.parts import (
    COMPUTED,
    LOCAL,
    Schema,
    any_of,
    closed,
    computed,
    described,
    hidden,
    ref,
)
from modelspec.catalog.editor.sweeping import space_schema, sweep_schema
from modelspec.catalog.editor.training import train_schema
from modelspec.catalog.editor.values import NAMEABLE, by_output, family_schema, nameable_classes, value_schema
from modelspec.catalog.lookup import Catalog
from modelspec.catalog.reference import Vocabulary, is_base
from modelspec.catalog.sentences import first_sentence, in_yaml
from modelspec.language.words import COMPILE_KEYS, VERSION

# The one that language servers for YAML know best.
DIALECT = "http://json-schema.org/draft-07/schema#"

_LISTED = ("metrics", "weighted_metrics")
_ANY: Schema = {}
# Of the modes of quantization, those that need no data.
_MODES = ("int8", "int4", "float8")


def document_schema(vocabulary: Vocabulary, *, modelspec_version: str) -> Schema:
    """A JSON Schema that every document fits.

    An editor completes with it the words of the language, the names of classes, and then the arguments of
    that class, each with what Keras says of it. It is laxer than a check: what stands below `$…`, in blocks'
    arguments and in free data is not looked at.
    """
    catalog = vocabulary.catalog
    classes = share_arguments(class_definitions(vocabulary))
    families = {family: family_schema(family, catalog) for family in NAMEABLE}
    definitions = {**_parts(vocabulary), **families, **item_definitions(catalog), **classes}
    return {
        "$schema": DIALECT,
        "$comment": f"made by modelspec {modelspec_version} for Keras {catalog.keras_version}",
        "title": "modelspec",
        "type": "object",
        "properties": _sections(catalog),
        "patternProperties": {"^x-": _ANY},
        "additionalProperties": False,
        "required": ["modelspec"],
        "definitions": {key: definitions[key] for key in sorted(definitions)},
    }


def written(schema: Schema) -> str:
    """A schema as text, a line for each section and each definition, so that two of them can be compared."""
    parts = [f"{_compact(key)}: {_on_lines(value)}" for key, value in schema.items()]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _on_lines(value: object) -> str:
    if not isinstance(value, dict):
        return _compact(value)
    return "{\n" + ",\n".join(f"{_compact(key)}:{_compact(part)}" for key, part in value.items()) + "\n}"


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _sections(catalog: Catalog) -> dict[str, Schema]:
    schemas: dict[str, Schema] = {
        "modelspec": {"enum": [VERSION]},
        "requires": ref("texts"),
        "name": ref("text"),
        "extends": ref("texts"),
        "vars": {"type": ["object", "null"]},
        "defaults": closed(_defaults(catalog), {">": {"type": ["object", "null"]}}),
        "use": ref("texts"),
        "blocks": closed({}, {LOCAL: ref("block")}),
        "models": closed({}, {LOCAL: ref("nested-model")}),
        "inputs": ref("inputs"),
        "inputs_as": ref("structure"),
        "layers": ref("layers"),
        "outputs": ref("structure"),
        "model": ref("model"),
        "class": ref("model-class"),
        "dtype": ref("dtype_policy"),
        "data_format": {"enum": ["channels_last", "channels_first", None]},
        "compile": ref("compile"),
        "weights": ref("weights"),
        "expect": ref("expect"),
        "lint": _lint(),
        "train": ref("train"),
        "sweep": ref("sweep"),
        "meta": _ANY,
    }
    return _told(schemas, texts.SECTIONS)


def _parts(vocabulary: Vocabulary) -> dict[str, Schema]:
    """What sections are made of."""
    dimension = {"type": ["integer", "null", "string"], "minimum": 0, "pattern": COMPUTED}
    shape = {"type": ["array", "string"], "items": dimension, "pattern": COMPUTED}
    return {
        "text": {"type": ["string", "number", "boolean"]},
        "texts": any_of({"type": ["string", "null"]}, {"type": "array", "items": {"type": "string"}}),
        "number": {**computed("number", "array"), "items": ref("number")},
        "integer": {**computed("integer", "array"), "items": ref("integer")},
        "verbatim": {
            "type": "object",
            "required": ["class_name", "config"],
        },
        "reference": any_of(
            ref("text"),
            {"type": "array", "items": ref("reference")},
            {"type": "object", "additionalProperties": ref("reference")},
        ),
        "structure": any_of(ref("reference"), {"type": "null"}),
        "shape": shape,
        "input": any_of(ref("shape"), _input()),
        "inputs": {"type": ["object", "null"], "additionalProperties": ref("input")},
        "layers": {"type": ["array", "null"], "items": ref("item")},
        "block": _block(),
        "nested-model": _nested_model(),
        "model-class": _model_class(vocabulary.catalog),
        "compile": _compile(vocabulary),
        "weights": _weights(),
        "expect": _expect(),
        "train": train_schema(vocabulary),
        "sweep": sweep_schema(),
        "space": space_schema(),
    }


def _told(schemas: Mapping[str, Schema], said: Mapping[str, str]) -> dict[str, Schema]:
    return {key: described(schemas[key], text) for key, text in said.items()}


def _input() -> Schema:
    flag = computed("boolean")
    schemas = {
        "shape": ref("shape"),
        "batch_shape": ref("shape"),
        "dtype": ref("dtype_policy"),
        "sparse": flag,
        "ragged": flag,
        "optional": flag,
        "keras_name": ref("text"),
    }
    return {**closed(_told(schemas, texts.INPUT)), "type": "object"}


def _block() -> Schema:
    declared = {
        "type": {"enum": ["int", "float", "bool", "str", "list", "any"]},
        "default": _ANY,
        "choices": {"type": "array"},
        "help": _ANY,
    }
    parameter = {"properties": _told(declared, texts.PARAMETER)}
    schemas = {
        "params": any_of(
            {"type": ["object", "null"], "additionalProperties": parameter},
            {"type": "array", "items": {"type": "string"}},
        ),
        "inputs": ref("texts"),
        "layers": ref("layers"),
        "outputs": ref("structure"),
        "scope": {"enum": ["root"]},
    }
    return closed(_told(schemas, texts.BLOCK))


def _nested_model() -> Schema:
    schemas = {
        "inputs": ref("inputs"),
        "inputs_as": ref("structure"),
        "layers": ref("layers"),
        "outputs": ref("structure"),
        "class": ref("model-class"),
        "dtype": ref("dtype_policy"),
        "name": ref("text"),
        "trainable": computed("boolean"),
        "file": {"type": "string"},
        "vars": {"type": ["object", "null"]},
    }
    return closed(_told(schemas, texts.MODEL))


def _model_class(catalog: Catalog) -> Schema:
    own = {entry.name: ref(entry.name) for entry in catalog.registered.classes.values()}
    models = {name: own[name] for name in sorted(own) if catalog.registered.classes[name].family == "model"}
    return any_of(
        {"enum": ["Functional", "Sequential", *models]},
        {"type": ["string", "null"], "pattern": ">"},
        {
            **closed(models, {">": {"type": ["object", "null"]}}, minProperties=1, maxProperties=1),
            "type": "object",
        },
    )


def _compile(vocabulary: Vocabulary) -> Schema:
    catalog = vocabulary.catalog
    arguments = catalog.compile_arguments
    said = vocabulary.docs["compile"]["arguments"]
    schemas = {name: value_schema(argument) for name, argument in arguments.items()}
    for name in _LISTED:
        schemas[name] = any_of(
            {"type": ["array", "null"], "items": ref("metric")}, by_output("metric", catalog), computed()
        )
    schemas["jit_compile"] = any_of({"enum": ["auto", True, False, None]}, computed())
    return closed(
        {
            name: described(schemas[name], first_sentence(in_yaml(said.get(name, ""))))
            for name in COMPILE_KEYS
            if name in schemas
        }
    )


def _weights() -> Schema:
    patterns = {"type": ["array", "null"], "items": {"type": "string"}}
    count, number = {**computed("integer"), "minimum": 1}, {**computed("number"), "exclusiveMinimum": 0}
    schemas = {
        "seed": {**computed("integer"), "minimum": 0},
        "load": _one_or_more(_told(_load(patterns), texts.LOAD)),
        "freeze": patterns,
        "inference": patterns,
        "lora": _one_or_more(_told({"layers": patterns, "rank": count, "alpha": number}, texts.LORA)),
        "quantize": _one_or_more(
            _told(
                {
                    "layers": patterns,
                    "mode": {"enum": list(_MODES)},
                    "config": ref("quantization_config"),
                },
                texts.QUANTIZE,
            )
        ),
    }
    return closed(_told(schemas, texts.WEIGHTS))


def _load(patterns: Schema) -> dict[str, Schema]:
    text = {"type": ["string", "null"]}
    return {
        "file": {"type": "string"},
        "sha256": {**text, "pattern": f"^[0-9A-Fa-f]{{64}}$|{COMPUTED}"},
        "from": text,
        "into": text,
        "match": {"enum": ["name", "path", "order"]},
        "rename": {"type": ["object", "null"], "additionalProperties": {"type": "string"}},
        "only": patterns,
        "except": patterns,
        "missing": {"enum": ["error", "init"]},
        "unexpected": {"enum": ["error", "ignore"]},
        "mismatch": {"enum": ["error", "skip"]},
        "optimizer": computed("boolean"),
    }


def _one_or_more(properties: Mapping[str, Schema]) -> Schema:
    """A mapping, or a list of such."""
    one = closed(properties)
    return any_of(one, {"type": "array", "items": {**one, "type": "object"}})


def _lint() -> Schema:
    names = {"type": ["array", "null"], "items": {"type": "string"}}
    return closed(_told({"select": names, "ignore": names}, texts.LINT))


def _expect() -> Schema:
    count = {**computed("integer"), "minimum": 0}
    bound = any_of(count, {**closed({"min": count, "max": count}), "type": "object"})
    schemas = {"params": bound, "trainable_params": bound, "layers": bound, "output_shape": _ANY}
    return closed(_told(schemas, texts.EXPECT))


def _defaults(catalog: Catalog) -> dict[str, Schema]:
    """Classes by every name that no other class has."""
    names: dict[str, Schema] = {}
    for entry in nameable_classes(catalog):
        if entry.home is not None:
            names[entry.name] = ref(entry.name)
            continue
        for full in (entry.name, *entry.aliases):
            names[full] = hidden(ref(entry.name))
            short = full.rpartition(".")[2]
            if catalog.find(short) == (entry,):
                offered = short == entry.short and not is_base(entry)
                names[short] = ref(entry.name) if offered else hidden(ref(entry.name))
    return {name: names[name] for name in sorted(names)}
