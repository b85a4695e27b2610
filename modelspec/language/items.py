"""The expansion of items: copies of `repeat` and `each`, `when`, blocks with their parameters bound."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from modelspec.diagnostics import Frame, Report, SpecError, nearest
from modelspec.diagnostics.shown import shown
from modelspec.language.blocks import Block, bind_params, block_frame
from modelspec.language.close import close_arguments, close_value, keras_data
from modelspec.language.closed import (
    BlockKind,
    Body,
    Item,
    Kind,
    LayerKind,
    ModelKind,
    Name,
    OpKind,
    Ref,
    RefStructure,
    ReuseKind,
)
from modelspec.language.context import MAX_ITEMS, Context
from modelspec.language.copies import Copy, copies_of, numbered
from modelspec.language.expressions import parse_template
from modelspec.language.handles import handle_of
from modelspec.language.names import check_keras_name, close_keras_name, close_name
from modelspec.language.raw_items import RawItem
from modelspec.language.references import close_call, close_references
from modelspec.language.scope import Scope, evaluate_scalar, evaluate_text
from modelspec.language.values import Field, KerasDict, Object, Plain, Unknown
from modelspec.language.words import INPUT_CLASSES, WRITTEN_NAME, is_class_key, is_op_key
from modelspec.source.tree import Entry, Node, Scalar

MAX_NESTING = 60  # blocks within blocks

_PYTHON_CLASS = re.compile(r"(?:[a-z_]+\.)*([A-Z][A-Za-z0-9]*)(?:\(|$)")


def close_body(
    items: tuple[RawItem, ...], outputs: Node | None, place: Node | Scalar, scope: Scope, context: Context
) -> Body:
    """The items of a scope expanded, and its outputs."""
    closed: list[Item] = []
    for raw in items:
        closed.extend(close_item(raw, scope, context))
    given = close_references(outputs, scope, context.report) if outputs is not None else None
    return Body(tuple(closed), given, scope.origin(place.place))


def close_item(raw: RawItem, scope: Scope, context: Context) -> tuple[Item, ...]:
    """All copies of one item."""
    copies = copies_of(raw, scope, context)
    if copies is None:
        return (Item(None, scope.origin(raw.place), name=_plain_name(raw, scope), broken=True),)
    context.budget.left -= len(copies)
    if context.budget.left < 0:
        _refuse_size(raw, scope, context)
    if not copies:
        return (_no_copy(raw, scope, context),)
    items = [_close_copy(raw, copy, context) for copy in copies]
    plain = _plain_name(raw, scope)
    if plain is not None and len(items) > 1:
        items[-1] = replace(items[-1], alias=plain.text.removeprefix("/"))
    return tuple(items)


def _refuse_size(raw: RawItem, scope: Scope, context: Context) -> None:
    context.report.add(
        "too-many-items",
        f"the document expands to more than {MAX_ITEMS:,} items",
        raw.place,
        help="use smaller counts in `repeat` and `each`",
        frames=scope.frames,
    )
    raise SpecError(context.report.diagnostics)


def _no_copy(raw: RawItem, scope: Scope, context: Context) -> Item:
    """`repeat: 0` is `when: false`: an item that stands for its input."""
    word = raw.words.get("repeat") or raw.words["each"]
    copy = numbered(0, 0, scope, word)
    return Item(
        None,
        scope.origin(raw.place),
        name=_plain_name(raw, scope),
        reads=_close_reads(raw, copy, context),
        absent=True,
        unreadable=_gives_several(raw, context),
    )


def _close_copy(raw: RawItem, copy: Copy, context: Context) -> Item:
    report = context.report
    scope = copy.scope
    if copy.repeated:
        frame = Frame(f"repeat {copy.number + 1} of {copy.count}, of the item", raw.place)
        if not _is_block(raw, context):
            scope = scope.entered(frame)
            copy = replace(copy, scope=scope)
    name = _copy_name("name", close_name, raw, copy, context)
    keras_name = _copy_name("keras_name", close_keras_name, raw, copy, context)
    known = name or (replace(keras_name, text=handle_of(keras_name.text)) if keras_name else None)
    origin = scope.origin(raw.place)
    reads = _close_reads(raw, copy, context)
    item = partial(Item, origin=origin, name=known, keras_name=keras_name, reads=reads)
    present = _close_when(raw, scope, report)
    if present is None:
        return item(None, broken=True)
    if not present:
        return item(None, absent=True, unreadable=_gives_several(raw, context))
    kind = _close_kind(raw, copy, scope, context)
    if isinstance(kind, _Absent):
        return item(None, absent=True)
    if kind is None:
        return item(None, broken=True)
    call = raw.word("call")
    trainable, dtype = raw.word("trainable"), raw.word("dtype")
    if keras_name is not None and not check_keras_name(keras_name, name, kind, report):
        known, keras_name = name, None
    return Item(
        kind,
        origin,
        name=known,
        keras_name=keras_name,
        reads=reads,
        call=close_call(call, scope, report) if call is not None else (),
        trainable=_close_bool("trainable", trainable, scope, report) if trainable is not None else None,
        dtype=close_value(dtype, scope, report) if dtype is not None else None,
    )


def _is_block(raw: RawItem, context: Context) -> bool:
    return raw.key is not None and raw.key.key.text in context.blocks


def _gives_several(raw: RawItem, context: Context) -> bool:
    block = context.blocks.get(raw.key.key.text) if raw.key else None
    return block is not None and block.gives_several


def _close_reads(raw: RawItem, copy: Copy, context: Context) -> RefStructure | None:
    node = raw.word("from")
    if node is None:
        return None
    reads = close_references(node, copy.scope, context.report)
    if copy.number > 0 and isinstance(reads, Ref) and not _reads_own(node, copy):
        return None  # later copies read the copy before
    return reads


def _reads_own(node: Node, copy: Copy) -> bool:
    """Whether a reference depends on what each copy binds anew: with `from: skip_$i` each reads its own."""
    if not isinstance(node, Scalar) or "$" not in node.text:
        return False
    template = parse_template(node.text)
    return template is not None and not copy.own.isdisjoint(template.names)


def _plain_name(raw: RawItem, scope: Scope) -> Name | None:
    node, foreign = raw.word("name"), raw.word("keras_name")
    if isinstance(node, Scalar) and "$" not in node.text and WRITTEN_NAME.fullmatch(node.text):
        return Name(node.text, scope.origin(node.place))
    if node is None and isinstance(foreign, Scalar) and "$" not in foreign.text and foreign.text:
        return Name(handle_of(foreign.text), scope.origin(foreign.place))
    return None


def _copy_name(
    word: str, read: Callable[[Node, Scope, Report], Name | None], raw: RawItem, copy: Copy, context: Context
) -> Name | None:
    """The word `name` or `keras_name` of one copy."""
    node = raw.word(word)
    if node is None:
        return None
    name = read(node, copy.scope, context.report)
    if name is None or "$" in (node.text if isinstance(node, Scalar) else "") or copy.number == 0:
        return name
    return name if name.text == "/" else replace(name, text=f"{name.text}_{copy.number}")


def _close_when(raw: RawItem, scope: Scope, report: Report) -> bool | None:
    node = raw.word("when")
    if node is None:
        return True
    value = _close_bool("when", node, scope, report)
    return value.value is True if value else None


def _close_bool(word: str, node: Node, scope: Scope, report: Report) -> Plain | None:
    value = close_value(node, scope, report)
    help_text: str | None = None
    match value:
        case Unknown():
            return None
        case Plain(value=bool()):
            return value
        case Plain(value=str(text)) if text.lower() in ("yes", "no", "on", "off", "true", "false"):
            wanted = "true" if text.lower() in ("yes", "on", "true") else "false"
            help_text = f"`{text}` is a text in YAML 1.2; write `{wanted}`"
    report.add(
        "wrong-kind", f"`{word}` takes `true` or `false`", node.place, help=help_text, frames=scope.frames
    )
    return None


class _Absent:
    """The kind of an item whose key is a variable that holds null."""


def _close_kind(raw: RawItem, copy: Copy, scope: Scope, context: Context) -> Kind | _Absent | None:
    if raw.verbatim is not None:
        data = keras_data(raw.verbatim, context.report)
        return LayerKind(KerasDict(data, scope.origin(raw.place)))
    if raw.key is None:
        target = raw.word("reuse")
        if isinstance(target, Scalar):
            value = evaluate_text(target.text, scope.origin(target.place), scope, context.report)
            return ReuseKind(str(value.value)) if isinstance(value, Plain) else None
        context.report.add(
            "wrong-kind",
            "`reuse` takes the name of an earlier item",
            raw.place,
            help="for example `reuse: encoder`",
        )
        return None
    key = raw.key.key
    if "$" in key.text:
        return _close_variable_key(raw.key, copy, scope, context)
    args = close_arguments(raw.key, scope, context.report)
    return None if args is None else _kind_of(key.text, key, args, copy, scope, context)


def _close_variable_key(entry: Entry, copy: Copy, scope: Scope, context: Context) -> Kind | _Absent | None:
    key = entry.key
    value = evaluate_scalar(replace(key, value=key.text), scope, context.report)
    if isinstance(value, Plain) and value.value is None:
        return _Absent()
    args = close_arguments(entry, scope, context.report)
    if args is None or isinstance(value, Unknown):
        return None
    match value:
        case Plain(value=str(text)):
            return _kind_of(text, key, args, copy, scope, context)
        case Object():
            own = {field.name for field in args}
            merged = (*(field for field in value.args if field.name not in own), *args)
            return LayerKind(
                Object(value.cls, merged, replace(scope.origin(key.place), via=value.origin.via))
            )
        case _:
            context.report.add(
                "wrong-kind",
                f"`{key.text}` must hold a class, block or model name, an object or null",
                key.place,
                frames=scope.frames,
            )
            return None


def _kind_of(
    text: str, key: Scalar, args: tuple[Field, ...], copy: Copy, scope: Scope, context: Context
) -> Kind | None:
    if text in context.blocks:
        return _close_block(context.blocks[text], key, args, copy, scope, context)
    if text in context.models:
        if args:
            context.report.add(
                "model-arguments",
                f"`{text}` is a model, which takes no arguments",
                args[0].place,
                help="every use of a model is the same model; a block takes parameters",
                frames=scope.frames,
            )
        return ModelKind(text)
    if is_op_key(text):
        return OpKind(text.removeprefix("keras.").removeprefix("ops."), args)
    if text.rpartition(".")[2] in INPUT_CLASSES:
        _report_input(text, key, args, scope, context)
        return None
    if is_class_key(text):
        return LayerKind(Object(text, args, scope.origin(key.place), written_bare=not args))
    _report_unknown(text, key, scope, context)
    return None


def _report_input(text: str, key: Scalar, args: tuple[Field, ...], scope: Scope, context: Context) -> None:
    shape = next((arg.value.origin.place for arg in args if arg.name == "shape"), None)
    written = shape.source.text[shape.start : shape.end] if shape else "[…]"
    context.report.add(
        "misplaced-input",
        f"`{text}` is no item: what a model is given stands under `inputs`",
        key.place,
        help=f"write `inputs: {{x: {shown(written)}}}` above `layers`",
        frames=scope.frames,
    )


def _report_unknown(text: str, key: Scalar, scope: Scope, context: Context) -> None:
    near = nearest(text, (*context.blocks, *context.models)) or _class_meant(text, context)
    context.report.add(
        "unknown-block",
        f"there is no block or model `{text}` in this document",
        key.place,
        help=f"did you mean `{near}`?" if near else "classes of Keras start with a capital letter",
        frames=scope.frames,
    )


def _class_meant(text: str, context: Context) -> str | None:
    """The class in what was likely written out of habit: `layers.Dense`, `Dense(4)`, `dense`."""
    classes = context.vocabulary.class_names()
    python = _PYTHON_CLASS.match(text)
    return python[1] if python is not None and python[1] in classes else nearest(text, classes)


def _close_block(
    block: Block, key: Scalar, args: tuple[Field, ...], copy: Copy, scope: Scope, context: Context
) -> BlockKind | None:
    if len(scope.frames) >= MAX_NESTING:
        # Nothing more is looked for: a block that stands in itself twice doubles at every level.
        context.report.fail(
            "block-recursion",
            f"block `{block.name.text}` stands inside itself, {MAX_NESTING} levels deep",
            key.place,
            help="give the inner use a `when` that becomes false",
            frames=scope.frames[:3],
        )
    numbers = (copy.number, copy.count) if copy.repeated else None
    frame = block_frame(block, key, numbers)
    document = context.document
    inner = Scope(document.bindings, (frame, *scope.frames), document.pending)
    body_scope = bind_params(block, args, key, scope, inner, context.report)
    body = close_body(block.items, block.outputs, key, body_scope, context)
    return BlockKind(block.name.text, block.inputs, body, block.scope_root)
