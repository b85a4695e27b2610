"""A document's tree to its closed spec: variables bound, blocks and repeats expanded, sections read."""

from __future__ import annotations

from collections.abc import Mapping as MappingOf
from dataclasses import replace
from typing import Literal

from modelspec.diagnostics import Report, nearest
from modelspec.language.blocks import Block, read_blocks
from modelspec.language.close import close_value, plain_data
from modelspec.language.closed import ClosedSpec, Name
from modelspec.language.closed_train import Train
from modelspec.language.context import Context, Vocabulary
from modelspec.language.load import Document, Loader
from modelspec.language.models import close_main, close_model, close_optional, model_entries
from modelspec.language.scope import Binding, Scope, check_size
from modelspec.language.sections import (
    close_compile,
    close_defaults,
    close_expect,
    close_lint,
    close_requires,
    close_weights,
)
from modelspec.language.values import Items, Plain, Value
from modelspec.language.words import IDENTIFIER, NAME, TOP_KEYS, VERSION
from modelspec.source.tree import Entry, Mapping, Node, Scalar, Sequence


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
    _check_keys(document.tree, report)
    document = replace(document, tree=_without_null_sections(document.tree))
    tree = document.tree
    variables = document_scope(tree, report, given=given)
    blocks = read_blocks(tree.get("blocks"), _local_keys(tree), report)
    models = model_entries(tree.get("models"), report)
    _check_overlap(blocks, models, report)
    context = Context(blocks, frozenset(models), variables, vocabulary, report)

    def nest(inner: Document, values: MappingOf[str, Value], key: Name) -> ClosedSpec:
        return close_document(inner, loader, vocabulary, report, given=values, name=key)

    return ClosedSpec(
        model=close_main(document, context, name),
        models=tuple(close_model(entry, document, context, loader, nest) for entry in models.values()),
        origin=variables.origin(tree.place),
        requires=close_requires(tree.get("requires"), variables, report),
        defaults=tuple(
            (Name(key.text, origin), fields)
            for key, origin, fields in close_defaults(tree.get("defaults"), variables, report)
        ),
        use=_close_use(tree.get("use"), variables, report),
        dtype=close_optional(tree.get("dtype"), variables, report),
        data_format=_close_data_format(tree.get("data_format"), variables, report),
        compile=close_compile(
            tree.get("compile"), variables, report, outputs=_output_names(tree.get("outputs"))
        ),
        weights=close_weights(tree.get("weights"), variables, loader, report),
        expect=close_expect(tree.get("expect"), variables, report),
        train=_close_train(tree, variables, report),
        lint=close_lint(tree.get("lint"), variables, report),
        meta=_close_meta(tree.get("meta"), report),
        sources=document.sources,
    )


def _without_null_sections(tree: Mapping) -> Mapping:
    """The document without the sections that hold null: `--set expect=null` takes one away."""
    entries = (e for e in tree.entries if not (isinstance(e.value, Scalar) and e.value.value is None))
    return Mapping(tuple(entries), tree.place)


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


def document_scope(tree: Mapping, report: Report, *, given: MappingOf[str, Value] | None = None) -> Scope:
    """The document's variables, each evaluated over those before it."""
    given = given or {}
    node = tree.get("vars")
    if node is not None and not isinstance(node, Mapping):
        if not (isinstance(node, Scalar) and node.value is None):
            report.add(
                "wrong-kind",
                "`vars` is a mapping of names to values",
                node.place,
                help="for example `vars: {width: 16}`",
            )
        node = None
    names = frozenset(entry.key.text for entry in node.entries) if node else frozenset()
    scope = Scope(pending=names)
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
    return replace(scope, pending=frozenset())


def _close_train(tree: Mapping, scope: Scope, report: Report) -> Train | None:
    entry = tree.entry("train")
    if entry is None:
        return None
    # Late: with its schema, which few documents need.
    from modelspec.language.train_section import close_train

    has_compile = tree.entry("compile") is not None or tree.entry("model") is not None
    return close_train(entry, scope, report, has_compile=has_compile)


def _close_use(node: Node | None, scope: Scope, report: Report) -> tuple[Plain, ...]:
    if node is None:
        return ()
    value = close_value(node, scope, report)
    items = value.items if isinstance(value, Items) else (value,)
    found = tuple(item for item in items if isinstance(item, Plain) and isinstance(item.value, str))
    if len(found) != len(items):
        report.add("wrong-kind", "`use` is a list of modules", node.place)
    return found


def _close_data_format(
    node: Node | None, scope: Scope, report: Report
) -> Literal["channels_last", "channels_first"]:
    value = close_optional(node, scope, report)
    if value is None:
        return "channels_last"
    match value:
        case Plain(value="channels_last"):
            return "channels_last"
        case Plain(value="channels_first"):
            return "channels_first"
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
