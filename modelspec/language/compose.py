"""A document's tree to its closed spec: variables bound, blocks and repeats expanded, sections read."""

from __future__ import annotations

from collections.abc import Mapping as MappingOf
from dataclasses import replace

from modelspec.diagnostics import Report, nearest
from modelspec.language.blocks import Block, check_local_key, read_blocks
from modelspec.language.close import close_object, close_value, is_keras_dict, keras_data, plain_data
from modelspec.language.closed import ClosedModel, ClosedSpec, ModelClass, Name
from modelspec.language.items import Context, Vocabulary, close_body, close_name
from modelspec.language.load import Document, Loader
from modelspec.language.raw_items import read_items
from modelspec.language.references import close_references
from modelspec.language.scope import Binding, Scope, check_size
from modelspec.language.sections import (
    close_compile,
    close_defaults,
    close_expect,
    close_inputs,
    close_requires,
    close_weights,
)
from modelspec.language.values import Items, KerasDict, Object, Plain, Unknown, Value
from modelspec.language.words import (
    IDENTIFIER,
    MODEL_KEYS,
    NAME,
    TOP_KEYS,
    VERSION,
    is_class_key,
)
from modelspec.source.tree import Entry, Mapping, Node, Scalar, Sequence

_MODEL_CLASSES = ("Functional", "Sequential")
_RESERVED = {"train": "training", "sweep": "sweeps"}


def close_document(
    document: Document,
    loader: Loader,
    vocabulary: Vocabulary,
    report: Report,
    *,
    given: MappingOf[str, Value] | None = None,
    name: Name | None = None,
) -> ClosedSpec:
    """The closed spec of a document; what is broken in it is reported and left out.

    Args:
        given: variables set by the document that nests this one (`file:` with `vars:`).
        name: the name that the nesting document gives it.
    """
    tree = document.tree
    _check_keys(tree, report)
    variables = document_scope(tree, report, given=given)
    blocks = read_blocks(tree.get("blocks"), _local_keys(tree), report)
    models = _model_entries(tree.get("models"), report)
    _check_overlap(blocks, models, report)
    context = Context(blocks, frozenset(models), variables, vocabulary, report)
    main = _close_main(document, context, name)
    return ClosedSpec(
        model=main,
        models=tuple(_close_model(entry, document, context, loader, vocabulary) for entry in models.values()),
        origin=variables.origin(tree.place),
        requires=close_requires(tree.get("requires"), variables, report),
        defaults=tuple(
            (Name(key.text, origin), fields)
            for key, origin, fields in close_defaults(tree.get("defaults"), variables, report)
        ),
        use=_close_use(tree.get("use"), variables, report),
        dtype=_close_optional(tree.get("dtype"), variables, report),
        data_format=_close_data_format(tree.get("data_format"), variables, report),
        compile=close_compile(
            tree.get("compile"), variables, report, outputs=_output_names(tree.get("outputs"))
        ),
        weights=close_weights(tree.get("weights"), variables, report),
        expect=close_expect(tree.get("expect"), variables, report),
        meta=_close_meta(tree.get("meta"), report),
        sources=document.sources,
    )


def _check_keys(tree: Mapping, report: Report) -> None:
    version = tree.entry("modelspec")
    if version is None:
        first = tree.entries[0].key.place if tree.entries else tree.place
        report.add(
            "missing-version",
            "a document starts with the version of the language",
            first,
            help=f"write `modelspec: {VERSION}` in the first line",
        )
    elif not (isinstance(version.value, Scalar) and version.value.value == VERSION) or isinstance(
        version.value.value, bool
    ):
        report.add(
            "unknown-version",
            "this modelspec reads version 1 of the language",
            version.value.place,
            help=f"write `modelspec: {VERSION}`, or install a newer modelspec",
        )
    for entry in tree.entries:
        key = entry.key.text
        if key not in TOP_KEYS and not key.startswith("x-"):
            near = nearest(key, TOP_KEYS)
            report.add(
                "unknown-key",
                f"a document has no key `{key}`",
                entry.key.place,
                help=f"did you mean `{near}`?" if near else "keys of your own start with `x-`",
            )
        elif key in _RESERVED:
            report.add(
                "reserved-key",
                f"`{key}` is reserved for {_RESERVED[key]}, and is ignored by this version",
                entry.key.place,
            )
    body, model = tree.entry("layers"), tree.entry("model")
    if body and model:
        report.add(
            "two-models",
            "`model` stands instead of `layers`, not beside it",
            model.key.place,
            help="keep one of the two",
        )
    elif not body and not model:
        report.add(
            "missing-key", "the document has no `layers`", tree.place, help="describe the graph in `layers`"
        )


def _local_keys(tree: Mapping) -> frozenset[str]:
    return frozenset(
        entry.key.text
        for section in ("blocks", "models")
        if isinstance(node := tree.get(section), Mapping)
        for entry in node.entries
    )


def _check_overlap(blocks: MappingOf[str, Block], models: MappingOf[str, Entry], report: Report) -> None:
    for key in blocks.keys() & models.keys():
        report.add(
            "duplicate-name",
            f"`{key}` is both a block and a model",
            models[key].key.place,
            help="rename one of the two",
        )


# --- variables ---------------------------------------------------------------------------------------


def document_scope(tree: Mapping, report: Report, *, given: MappingOf[str, Value] | None = None) -> Scope:
    """The document's variables, each evaluated over those before it."""
    scope = Scope()
    given = given or {}
    node = tree.get("vars")
    if node is not None and not isinstance(node, Mapping):
        if not (isinstance(node, Scalar) and node.value is None):
            report.add("wrong-kind", "`vars` is a mapping of names to values", node.place)
        node = None
    names = {entry.key.text for entry in node.entries} if node else set()
    for name, value in given.items():
        if name not in names:
            near = nearest(name, names)
            report.add(
                "unknown-variable",
                f"the document has no variable `{name}`",
                value.origin.place,
                help=f"did you mean `{near}`?" if near else None,
            )
    for entry in node.entries if node else ():
        name = entry.key.text
        if not IDENTIFIER.fullmatch(name):
            report.add(
                "bad-name",
                f"the variable name `{name}` must be letters, digits and `_`, so that `$` can read it",
                entry.key.place,
            )
        value = given[name] if name in given else close_value(entry.value, scope, report)
        value = check_size(value, f"variable `{name}`", report)
        scope = scope.bind({name: Binding(value, "variable")})
    return scope


# --- the document's own model --------------------------------------------------------------------------


def _close_main(document: Document, context: Context, name: Name | None) -> ClosedModel:
    tree, scope, report = document.tree, context.document, context.report
    written = tree.get("name")
    if name is None and written is not None:
        name = close_name(written, scope, report)
    if name is None:
        name = Name(_stem_name(document.stem), scope.origin(tree.place))
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


def _stem_name(stem: str) -> str:
    """A file's stem as a name: every run of other characters becomes `_`."""
    import re

    cleaned = re.sub(r"[^A-Za-z0-9_-]+", "_", stem).strip("_") or "model"
    return cleaned if cleaned[0].isalpha() else f"m_{cleaned}"


def _close_layers(node: Node, outputs: Node | None, context: Context):  # type: ignore[no-untyped-def]
    local = frozenset(context.blocks) | context.models
    items = read_items(node, local, context.report)
    return close_body(items, outputs, node, context.document, context)


def _close_structure(node: Node | None, scope: Scope, report: Report):  # type: ignore[no-untyped-def]
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


# --- nested models -------------------------------------------------------------------------------------


def _model_entries(node: Node | None, report: Report) -> dict[str, Entry]:
    if node is None:
        return {}
    if not isinstance(node, Mapping):
        report.add("wrong-kind", "`models` is a mapping of names to models", node.place)
        return {}
    for entry in node.entries:
        check_local_key(entry.key, "model", report)
    return {entry.key.text: entry for entry in node.entries}


def _close_model(
    entry: Entry, document: Document, context: Context, loader: Loader, vocabulary: Vocabulary
) -> ClosedModel:
    scope, report = context.document, context.report
    key, node = entry.key.text, entry.value
    origin = scope.origin(entry.key.place)
    empty = ClosedModel(key, Name(key, origin), "Functional", origin)
    if not isinstance(node, Mapping):
        report.add("wrong-kind", f"model `{key}` must be a mapping with `layers` or `file`", node.place)
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
    name = (close_name(written, scope, report) if written is not None else None) or empty.name
    file = node.entry("file")
    if file is not None:
        return _close_file_model(replace(empty, name=name), node, file, document, context, loader, vocabulary)
    layers = node.get("layers")
    if layers is None:
        report.add("missing-key", f"model `{key}` has no `layers`", entry.key.place, help="or name a `file`")
        return empty
    if vars_entry := node.entry("vars"):
        report.add("unknown-key", "`vars` of a model sets those of its `file`", vars_entry.key.place)
    trainable = node.get("trainable")
    return ClosedModel(
        key,
        name,
        _close_class(node.get("class"), scope, report),
        origin,
        inputs=close_inputs(node.get("inputs"), scope, report),
        inputs_as=_close_structure(node.get("inputs_as"), scope, report),
        body=_close_layers(layers, node.get("outputs"), context),
        dtype=_close_optional(node.get("dtype"), scope, report),
        trainable=_close_trainable(trainable, scope, report) if trainable is not None else None,
    )


def _close_file_model(
    model: ClosedModel,
    node: Mapping,
    file: Entry,
    document: Document,
    context: Context,
    loader: Loader,
    vocabulary: Vocabulary,
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
                "wrong-kind", "`file` is the path of a document or a `.keras` archive", file.value.place
            )
        return model
    given = _given_vars(node.get("vars"), scope, report)
    if value.value.endswith(".keras"):
        if given:
            report.add("two-models", "an archive has no variables to set", node.place)
        found = loader.resolve(value.value, value.origin.place, report)
        return model if found is None else replace(model, archive=str(found))
    nested = loader.load_referenced(value.value, value.origin.place, document, report)
    if nested is None:
        return model
    spec = close_document(nested, loader, vocabulary, report, given=given, name=model.name)
    return replace(model, spec=spec)


def _given_vars(node: Node | None, scope: Scope, report: Report) -> dict[str, Value]:
    if node is None:
        return {}
    if not isinstance(node, Mapping):
        report.add("wrong-kind", "`vars` is a mapping of names to values", node.place)
        return {}
    return {entry.key.text: close_value(entry.value, scope, report) for entry in node.entries}


def _close_trainable(node: Node, scope: Scope, report: Report) -> Plain | None:
    value = close_value(node, scope, report)
    if isinstance(value, Plain) and isinstance(value.value, bool):
        return value
    if not isinstance(value, Unknown):
        report.add("wrong-kind", "`trainable` takes `true` or `false`", node.place)
    return None


# --- small sections ------------------------------------------------------------------------------------


def _close_optional(node: Node | None, scope: Scope, report: Report) -> Value | None:
    if node is None or (isinstance(node, Scalar) and node.value is None):
        return None
    value = close_value(node, scope, report)
    return None if isinstance(value, Unknown) else value


def _close_use(node: Node | None, scope: Scope, report: Report) -> tuple[Plain, ...]:
    if node is None:
        return ()
    value = close_value(node, scope, report)
    items = value.items if isinstance(value, Items) else (value,)
    found = tuple(item for item in items if isinstance(item, Plain) and isinstance(item.value, str))
    if len(found) != len(items):
        report.add("wrong-kind", "`use` is a list of modules", node.place)
    return found


def _close_data_format(node: Node | None, scope: Scope, report: Report):  # type: ignore[no-untyped-def]
    value = _close_optional(node, scope, report)
    if value is None:
        return "channels_last"
    if isinstance(value, Plain) and value.value in ("channels_last", "channels_first"):
        return value.value
    near = (
        nearest(str(value.value), ("channels_last", "channels_first")) if isinstance(value, Plain) else None
    )
    report.add(
        "wrong-value",
        "`data_format` is `channels_last` or `channels_first`",
        value.origin.place,
        help=f"did you mean `{near}`?" if near else None,
    )
    return "channels_last"


def _close_meta(node: Node | None, report: Report) -> object:
    return None if node is None else plain_data(node, report)


def _output_names(node: Node | None) -> frozenset[str]:
    """Every name written in `outputs`: keys of mappings and references alike."""
    match node:
        case Scalar():
            return frozenset({node.text})
        case Sequence():
            return frozenset().union(*(_output_names(item) for item in node.items))
        case Mapping():
            keys = {entry.key.text for entry in node.entries if NAME.fullmatch(entry.key.text)}
            return frozenset(keys).union(*(_output_names(entry.value) for entry in node.entries))
        case _:
            return frozenset()
