"""One definition for each class and operation, and for arguments that many of them share."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping

from modelspec.catalog.editor.parts import HIDDEN, Schema, closed, definition_key, described, hidden, ref
from modelspec.catalog.editor.values import argument_schema, nameable_classes
from modelspec.catalog.entry import Argument, ClassEntry
from modelspec.catalog.families import FAMILIES
from modelspec.catalog.reference import (
    OPERATION,
    ArgumentReference,
    Reference,
    Vocabulary,
    argument_references,
    class_about,
    names_of,
    reference_of,
)

_LEGACY: Schema = dict(HIDDEN)
_NAMED_BY_A_WORD = frozenset(FAMILIES["layer"].accepts)


def class_definitions(vocabulary: Vocabulary) -> dict[str, Schema]:
    """Every class by full name, and every operation as `ops.add`."""
    found = {entry.name: _class(entry, vocabulary) for entry in nameable_classes(vocabulary.catalog)}
    for name in names_of(vocabulary):
        if name.families == (OPERATION,):
            found[name.written] = _operation(reference_of(name, vocabulary), vocabulary)
    return {definition_key(name): schema for name, schema in found.items()}


def share_arguments(definitions: Mapping[str, Schema]) -> dict[str, Schema]:
    """The definitions with each argument that several have alike in a definition of its own.

    Half of the schema would be the same few arguments of all layers.
    """
    counts = Counter(
        (name, _text(schema))
        for definition in definitions.values()
        for name, schema in _properties(definition)
    )
    keys: dict[tuple[str, str], str] = {}
    shared: dict[str, Schema] = {}
    for name, text in sorted(counts):
        if counts[name, text] > 1 and len(text) > len(_text(ref(f"argument.{name}"))):
            number = 1 + sum(known == name for known, _ in keys)
            key = f"argument.{name}" + (f".{number}" if number > 1 else "")
            keys[name, text] = key
            shared[key] = json.loads(text)
    return shared | {key: _with_shared(definition, keys) for key, definition in definitions.items()}


def _with_shared(definition: Schema, keys: Mapping[tuple[str, str], str]) -> Schema:
    if "allOf" in definition:
        return {**definition, "allOf": [_with_shared(definition["allOf"][0], keys)]}
    properties = {
        name: ref(keys[name, text]) if (name, text := _text(schema)) in keys else schema
        for name, schema in _properties(definition)
    }
    return {**definition, "properties": properties}


def _properties(definition: Schema) -> Iterable[tuple[str, Schema]]:
    inner = definition["allOf"][0] if "allOf" in definition else definition
    found: Mapping[str, Schema] = inner["properties"]
    return found.items()


def _text(schema: Schema) -> str:
    return json.dumps(schema, ensure_ascii=False, sort_keys=True)


def _class(entry: ClassEntry, vocabulary: Vocabulary) -> Schema:
    span = vocabulary.history.of_class(entry.name) if entry.home is None else None
    since = span.since if span is not None else None
    told = {found.name: found for found in argument_references(entry, vocabulary, since=since)}
    properties = {name: _argument(entry, argument, told[name]) for name, argument in entry.arguments.items()}
    properties |= {name: _LEGACY for name in sorted(entry.legacy) if name not in properties}
    required = [argument.name for argument in entry.arguments.values() if argument.required]
    schema = closed(properties)
    if entry.open or entry.reads_itself:
        del schema["additionalProperties"]
    newest = since is not None and since != vocabulary.history.releases[0]
    about = f"{class_about(entry, vocabulary.docs)}{f' Since Keras {since}.' if newest else ''}"
    return described(_with_snippet(schema, required), about.strip())


def _argument(entry: ClassEntry, argument: Argument, told: ArgumentReference) -> Schema:
    schema = argument_schema(argument, told)
    # A layer's name is a word of its item; only where it is an argument itself may it stand here.
    return hidden(schema) if argument.name == "name" and entry.family in _NAMED_BY_A_WORD else schema


def _operation(reference: Reference, vocabulary: Vocabulary) -> Schema:
    operation = reference.name.full.removeprefix("keras.ops.")
    parameters = vocabulary.catalog.operation_parameters(operation)
    # What is not known to be anything else is a tensor, which `from` gives: no need to describe it here.
    properties = {
        told.name: argument_schema(parameters[told.name], told) if told.kinds or told.family else {}
        for told in reference.arguments
        if not told.name.startswith("*")
    }
    return described(closed(properties), reference.name.about)


def _with_snippet(schema: Schema, required: list[str]) -> Schema:
    """The schema with what an editor writes where it completes the class: the arguments that are needed.

    Language servers take it only where the arguments themselves stand one level below.
    """
    if not required:
        return schema
    body = {name: f"${position}" for position, name in enumerate(required, 1)}
    snippet = {"label": ", ".join(required), "body": body}
    return {"type": schema["type"], "allOf": [schema], "defaultSnippets": [snippet]}
