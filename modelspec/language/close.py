"""Nodes of the tree to closed values: variables replaced, objects told from plain mappings."""

from __future__ import annotations

import math
import re
from collections.abc import Collection

from modelspec.diagnostics import Report
from modelspec.language.scope import Scope, evaluate_scalar
from modelspec.language.values import Field, Fields, Items, KerasDict, Object, Unknown, Value
from modelspec.language.words import is_class_key
from modelspec.source.tree import Entry, Mapping, Node, Scalar, Sequence

_GLUED = re.compile(r"([A-Za-z_][A-Za-z0-9_]*):(\S+)")


def close_value(node: Node, scope: Scope, report: Report, *, plain_keys: Collection[str] = ()) -> Value:
    """The value a node stands for.

    Args:
        plain_keys: names that are keys of plain mappings here whatever they look like (outputs in `compile`).
    """
    match node:
        case Scalar():
            return evaluate_scalar(node, scope, report)
        case Sequence():
            items = tuple(close_value(item, scope, report, plain_keys=plain_keys) for item in node.items)
            return Items(items, scope.origin(node.place))
        case Mapping():
            return _close_mapping(node, scope, report, plain_keys)


def _close_mapping(node: Mapping, scope: Scope, report: Report, plain_keys: Collection[str]) -> Value:
    origin = scope.origin(node.place)
    if is_keras_dict(node):
        return KerasDict(keras_data(node, report), origin)
    if len(node.entries) != 1:
        return Fields(_fields(node, scope, report, plain_keys), origin)
    entry = node.entries[0]
    key = entry.key.text
    if key == "$literal":
        return _close_literal(entry, scope, report)
    if is_class_key(key) and key not in plain_keys:
        return close_object(entry, scope, report)
    return Fields(_fields(node, scope, report, plain_keys), origin)


def close_object(entry: Entry, scope: Scope, report: Report) -> Object | Unknown:
    """An object written as `Class: {arguments}`."""
    origin = scope.origin(entry.key.place)
    args = close_arguments(entry, scope, report)
    return Unknown(origin) if args is None else Object(entry.key.text, args, origin)


def close_arguments(entry: Entry, scope: Scope, report: Report) -> tuple[Field, ...] | None:
    """The arguments under a class key; `None` where they are no mapping, which is reported."""
    match entry.value:
        case Mapping() as arguments:
            return _fields(arguments, scope, report, ())
        case Scalar(value=None):
            return ()
        case other:
            key = entry.key.text
            report.add(
                "arguments-not-mapping",
                f"the arguments of `{key}` must be a mapping of names to values",
                other.place,
                help=_arguments_help(key, other),
                frames=scope.frames,
            )
            return None


def _arguments_help(key: str, given: Node) -> str:
    if isinstance(given, Scalar) and (glued := _GLUED.match(given.text)):
        return f"a space is missing: `{glued[1]}: {glued[2]}`"
    return f"write `{key}: {{argument: value}}`"


def _fields(node: Mapping, scope: Scope, report: Report, plain_keys: Collection[str]) -> tuple[Field, ...]:
    return tuple(
        Field(
            entry.key.text,
            close_value(entry.value, scope, report, plain_keys=plain_keys),
            entry.key.place,
        )
        for entry in node.entries
    )


def _close_literal(entry: Entry, scope: Scope, report: Report) -> Value:
    origin = scope.origin(entry.value.place)
    if not isinstance(entry.value, Mapping):
        report.add(
            "literal-not-mapping",
            "`$literal` takes a mapping; every other value is literal already",
            entry.value.place,
            help="leave `$literal` away",
            frames=scope.frames,
        )
        return Unknown(origin)
    return Fields(_literal_fields(entry.value, scope, report), origin, literal=True)


def _literal_fields(node: Mapping, scope: Scope, report: Report) -> tuple[Field, ...]:
    return tuple(
        Field(entry.key.text, _literal(entry.value, scope, report), entry.key.place) for entry in node.entries
    )


def _literal(node: Node, scope: Scope, report: Report) -> Value:
    match node:
        case Scalar():
            return evaluate_scalar(node, scope, report)
        case Sequence():
            return Items(
                tuple(_literal(item, scope, report) for item in node.items), scope.origin(node.place)
            )
        case Mapping():
            return Fields(_literal_fields(node, scope, report), scope.origin(node.place), literal=True)


def is_keras_dict(node: Mapping) -> bool:
    """Whether a mapping is a Keras serialization dict: it has `class_name` and `config`."""
    return node.entry("class_name") is not None and node.entry("config") is not None


def keras_data(node: Mapping, report: Report) -> dict[str, object]:
    """A Keras dict as JSON values, `$` and defaults untouched; what JSON cannot say is reported."""
    return {entry.key.text: plain_data(entry.value, report) for entry in node.entries}


def plain_data(node: Node, report: Report) -> object:
    """A node as plain lists, dicts and scalars; infinities and NaN, which JSON lacks, are reported."""
    match node:
        case Scalar():
            if isinstance(node.value, float) and not math.isfinite(node.value):
                report.add(
                    "not-json",
                    f"`{node.text}` cannot be written in an archive, whose parts are JSON",
                    node.place,
                    help="write a finite number",
                )
            return node.value
        case Sequence():
            return [plain_data(item, report) for item in node.items]
        case Mapping():
            return keras_data(node, report)
