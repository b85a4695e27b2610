"""References to tensors as they are written: `from`, `outputs`, `inputs_as`, `call`."""

from __future__ import annotations

from modelspec.diagnostics import Report
from modelspec.language.close import close_value
from modelspec.language.closed import CallField, Constant, Ref, RefField, RefList, RefMap, RefStructure
from modelspec.language.scope import Scope, evaluate_text
from modelspec.language.values import Items, Plain, Unknown, Value
from modelspec.source.tree import Mapping, Node, Scalar, Sequence


def close_references(node: Node, scope: Scope, report: Report, *, top: bool = True) -> RefStructure | None:
    """A structure of references with their `$…` replaced; `None` where it is broken, which is reported.

    Args:
        top: at the top of a `from`, where `{value: x}` names an argument and is no constant.
    """
    match node:
        case Scalar():
            return _close_reference(node, scope, report)
        case Sequence():
            items = [close_references(item, scope, report, top=False) for item in node.items]
            found = tuple(item for item in items if item is not None)
            return RefList(found, scope.origin(node.place)) if len(found) == len(items) else None
        case Mapping():
            if not top and len(node.entries) == 1 and node.entries[0].key.text == "value":
                value = close_value(node.entries[0].value, scope, report)
                return None if isinstance(value, Unknown) else Constant(value, scope.origin(node.place))
            fields: list[RefField] = []
            for entry in node.entries:
                structure = close_references(entry.value, scope, report, top=False)
                if structure is None:
                    return None
                fields.append(RefField(entry.key.text, structure, entry.key.place))
            return RefMap(tuple(fields), scope.origin(node.place))


def _close_reference(node: Scalar, scope: Scope, report: Report) -> RefStructure | None:
    if node.value is None and not node.text:
        report.add(
            "bad-reference",
            "a reference is missing here",
            node.place,
            frames=scope.frames,
            help="write the name of what is read",
        )
        return None
    origin = scope.origin(node.place)
    value = evaluate_text(node.text, origin, scope, report, quoted=not node.plain)
    return _from_value(value, report)


def _from_value(value: Value, report: Report) -> RefStructure | None:
    match value:
        case Unknown():
            return None
        case Plain():
            if value.value is None or isinstance(value.value, bool):
                report.add(
                    "bad-reference",
                    "this is not the name of anything",
                    value.origin.place,
                    frames=value.origin.frames,
                    help="write the name of an input or of an item above",
                )
                return None
            return Ref(str(value.value), value.origin)
        case Items():
            items = [_from_value(item, report) for item in value.items]
            found = tuple(item for item in items if item is not None)
            return RefList(found, value.origin) if len(found) == len(items) else None
        case _:
            report.add(
                "bad-reference",
                "a reference is a name, not an object",
                value.origin.place,
                frames=value.origin.frames,
                help="give the layer an item of its own above, and write its name",
            )
            return None


def close_call(node: Node, scope: Scope, report: Report) -> tuple[CallField, ...]:
    """The `call` word: plain values, or tensors written `{from: name}`."""
    if not isinstance(node, Mapping):
        report.add(
            "wrong-kind",
            "`call` is a mapping of call arguments",
            node.place,
            help="for example `call: {use_causal_mask: true}`",
            frames=scope.frames,
        )
        return ()
    fields: list[CallField] = []
    for entry in node.entries:
        value: Value | RefStructure | None
        if isinstance(entry.value, Mapping) and [e.key.text for e in entry.value.entries] == ["from"]:
            value = close_references(entry.value.entries[0].value, scope, report, top=False)
            if value is not None and not isinstance(value, Ref):
                report.add(
                    "bad-reference",
                    f"`{entry.key.text}` takes one tensor here",
                    entry.value.place,
                    help="structures of tensors go into `from: {argument: …}`",
                    frames=scope.frames,
                )
                value = None
        else:
            buried = _buried_reference(entry.value)
            if buried is not None:
                report.add(
                    "bad-reference",
                    f"`{entry.key.text}` takes one tensor here, not a structure of them",
                    buried.place,
                    help=f"write `from: {{…, {entry.key.text}: [first, second]}}` instead of `call`",
                    frames=scope.frames,
                )
                continue
            value = close_value(entry.value, scope, report)
        if value is not None and not isinstance(value, Unknown):
            fields.append(CallField(entry.key.text, value, entry.key.place))
    return tuple(fields)


def _buried_reference(node: Node) -> Mapping | None:
    """The first `{from: …}` inside a call argument, which would go to Keras as a plain mapping."""
    match node:
        case Mapping():
            if [entry.key.text for entry in node.entries] == ["from"]:
                return node
            if [entry.key.text for entry in node.entries] == ["$literal"]:
                return None
            inner = [entry.value for entry in node.entries]
        case Sequence():
            inner = list(node.items)
        case Scalar():
            return None
    return next((found for item in inner if (found := _buried_reference(item)) is not None), None)
