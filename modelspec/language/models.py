"""Models: the document's own, nested ones written inline, and those of other files."""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Mapping as MappingOf
from dataclasses import replace

from modelspec.diagnostics import Report, nearest
from modelspec.language.blocks import check_local_key
from modelspec.language.close import close_object, close_value, is_keras_dict, keras_data
from modelspec.language.closed import Body, ClosedModel, ClosedSpec, ModelClass, Name, RefStructure
from modelspec.language.context import Context
from modelspec.language.items import close_body
from modelspec.language.load import Document, Loader
from modelspec.language.names import close_keras_name
from modelspec.language.raw_items import read_items
from modelspec.language.references import close_references
from modelspec.language.scope import Scope
from modelspec.language.sections import close_inputs
from modelspec.language.values import KerasDict, Object, Plain, Unknown, Value
from modelspec.language.words import MODEL_KEYS, is_class_key
from modelspec.source.tree import Entry, Mapping, Node, Scalar

_MODEL_CLASSES = ("Functional", "Sequential")

Nest = Callable[[Document, MappingOf[str, Value], Name], ClosedSpec]
"""Closes a nested document, with the variables and the name that the nesting one gives it."""


def close_main(document: Document, context: Context, name: Name | None) -> ClosedModel:
    """The document\'s own model.

    Args:
        name: the name that a nesting document gives it; else it is written, or the stem of the file.
    """
    tree, scope, report = document.tree, context.document, context.report
    written = tree.get("name")
    if name is None and written is not None:
        name = close_keras_name(written, scope, report, what="the name of a model")
    if name is None:
        name = Name(stem_name(document.stem), scope.origin(tree.place))
    body = tree.get("layers")
    model = tree.get("model")
    return ClosedModel(
        key="",
        name=name,
        cls=_close_class(tree.get("class"), scope, report),
        origin=scope.origin(tree.place),
        inputs=close_inputs(tree.get("inputs"), scope, report),
        inputs_as=_close_structure(tree.get("inputs_as"), scope, report),
        body=_close_layers(body, tree.get("outputs"), context) if body is not None else None,
        object=_close_model_object(model, scope, report) if model is not None else None,
    )


def stem_name(stem: str) -> str:
    """A file's stem as a name: every run of other characters becomes `_`."""
    cleaned = re.sub(r"[^A-Za-z0-9_-]+", "_", stem).strip("_") or "model"
    return cleaned if cleaned[0].isalpha() else f"m_{cleaned}"


def _close_layers(node: Node, outputs: Node | None, context: Context) -> Body:
    local = frozenset(context.blocks) | context.models
    items = read_items(node, local, context.report)
    return close_body(items, outputs, node, context.document, context)


def _close_structure(node: Node | None, scope: Scope, report: Report) -> RefStructure | None:
    return None if node is None else close_references(node, scope, report)


def _close_class(node: Node | None, scope: Scope, report: Report) -> ModelClass | Object:
    match node:
        case None:
            return "Functional"
        case Scalar(text="Functional"):
            return "Functional"
        case Scalar(text="Sequential"):
            return "Sequential"
        case Scalar(value=str()) if ">" in node.text:
            return Object(node.text, (), scope.origin(node.place), written_bare=True)
        case Mapping() if len(node.entries) == 1 and ">" in node.entries[0].key.text:
            found = close_object(node.entries[0], scope, report)
            return found if isinstance(found, Object) else "Functional"
    text = node.text if isinstance(node, Scalar) else ""
    near = nearest(text, _MODEL_CLASSES)
    report.add(
        "wrong-value",
        "`class` is `Functional`, `Sequential` or a registered class",
        node.place,
        help=f"did you mean `{near}`?"
        if near
        else "a registered class is written as Keras writes it: `acme>Net`",
    )
    return "Functional"


def _close_model_object(node: Node, scope: Scope, report: Report) -> Object | KerasDict | None:
    match node:
        case Mapping() if is_keras_dict(node):
            return KerasDict(keras_data(node, report), scope.origin(node.place))
        case Mapping() if len(node.entries) == 1 and is_class_key(node.entries[0].key.text):
            found = close_object(node.entries[0], scope, report)
            return found if isinstance(found, Object) else None
        case Scalar(value=str()) if is_class_key(node.text):
            return Object(node.text, (), scope.origin(node.place), written_bare=True)
    report.add(
        "wrong-kind",
        "`model` is one object that is the model",
        node.place,
        help="write `model: {acme>Net: {argument: value}}`, or a Keras dict",
    )
    return None


def model_entries(node: Node | None, report: Report) -> dict[str, Entry]:
    """The entries of `models` by key."""
    if node is None:
        return {}
    if not isinstance(node, Mapping):
        report.add(
            "wrong-kind",
            "`models` is a mapping of names to models",
            node.place,
            help="for example `models: {encoder: {inputs: {x: [8]}, layers: [Flatten]}}`",
        )
        return {}
    for entry in node.entries:
        check_local_key(entry.key, "model", report)
    return {entry.key.text: entry for entry in node.entries}


def close_model(
    entry: Entry, document: Document, context: Context, loader: Loader, nest: Nest
) -> ClosedModel:
    """A nested model, inline or from a file.

    Args:
        nest: closes the document of a `file:`.
    """
    scope, report = context.document, context.report
    key, node = entry.key.text, entry.value
    origin = scope.origin(entry.key.place)
    empty = ClosedModel(key, Name(key, origin), "Functional", origin)
    if not isinstance(node, Mapping):
        report.add(
            "wrong-kind",
            f"model `{key}` must be a mapping with `layers` or `file`",
            node.place,
            help=f"write `{key}: {{inputs: …, layers: […]}}`, or `{key}: {{file: encoder.yaml}}`",
        )
        return empty
    for word in node.entries:
        if word.key.text not in MODEL_KEYS:
            near = nearest(word.key.text, MODEL_KEYS)
            report.add(
                "unknown-key",
                f"a model has no key `{word.key.text}`",
                word.key.place,
                help=f"did you mean `{near}`?" if near else f"its keys are {', '.join(MODEL_KEYS)}",
            )
    written = node.get("name")
    name = (
        close_keras_name(written, scope, report, what="the name of a model") if written is not None else None
    ) or empty.name
    file = node.entry("file")
    if file is not None:
        return _close_file_model(replace(empty, name=name), node, file, document, context, loader, nest)
    layers = node.get("layers")
    if layers is None:
        report.add("missing-key", f"model `{key}` has no `layers`", entry.key.place, help="or name a `file`")
        return empty
    if vars_entry := node.entry("vars"):
        report.add(
            "unknown-key",
            "`vars` of a model sets those of its `file`",
            vars_entry.key.place,
            help="a model written here reads the document's variables",
        )
    trainable = node.get("trainable")
    return ClosedModel(
        key,
        name,
        _close_class(node.get("class"), scope, report),
        origin,
        inputs=close_inputs(node.get("inputs"), scope, report),
        inputs_as=_close_structure(node.get("inputs_as"), scope, report),
        body=_close_layers(layers, node.get("outputs"), context),
        dtype=close_optional(node.get("dtype"), scope, report),
        trainable=_close_trainable(trainable, scope, report) if trainable is not None else None,
    )


def _close_file_model(
    model: ClosedModel,
    node: Mapping,
    file: Entry,
    document: Document,
    context: Context,
    loader: Loader,
    nest: Nest,
) -> ClosedModel:
    scope, report = context.document, context.report
    for other in node.entries:
        if other.key.text not in ("file", "vars", "name", "trainable"):
            report.add(
                "two-models",
                f"a model with `file` has no `{other.key.text}` of its own",
                other.key.place,
                help="the file says what it is",
            )
    trainable = node.get("trainable")
    model = replace(
        model, trainable=_close_trainable(trainable, scope, report) if trainable is not None else None
    )
    value = close_value(file.value, scope, report)
    if not (isinstance(value, Plain) and isinstance(value.value, str)):
        if not isinstance(value, Unknown):
            report.add(
                "wrong-kind",
                "`file` is the path of a document or a `.keras` archive",
                file.value.place,
                help="for example `file: encoder.yaml`",
            )
        return model
    given = _given_vars(node.get("vars"), scope, report)
    if value.value.endswith(".keras"):
        if given:
            report.add(
                "two-models",
                "an archive has no variables to set",
                node.place,
                help="take `vars` out, or name the document that the archive was built from",
            )
        found = loader.resolve(value.value, value.origin.place, report)
        return model if found is None else replace(model, archive=str(found))
    nested = loader.load_referenced(value.value, value.origin.place, document, report)
    if nested is None:
        return model
    spec = nest(nested, given, model.name)
    return replace(model, spec=spec)


def _given_vars(node: Node | None, scope: Scope, report: Report) -> dict[str, Value]:
    if node is None:
        return {}
    if not isinstance(node, Mapping):
        report.add(
            "wrong-kind",
            "`vars` is a mapping of names to values",
            node.place,
            help="for example `vars: {width: 16}`",
        )
        return {}
    return {entry.key.text: close_value(entry.value, scope, report) for entry in node.entries}


def _close_trainable(node: Node, scope: Scope, report: Report) -> Plain | None:
    value = close_value(node, scope, report)
    if isinstance(value, Plain) and isinstance(value.value, bool):
        return value
    if not isinstance(value, Unknown):
        report.add("wrong-kind", "`trainable` takes `true` or `false`", node.place)
    return None


def close_optional(node: Node | None, scope: Scope, report: Report) -> Value | None:
    """A value that may be absent or null; `None` then, and where a mistake was reported."""
    if node is None or (isinstance(node, Scalar) and node.value is None):
        return None
    value = close_value(node, scope, report)
    return None if isinstance(value, Unknown) else value
