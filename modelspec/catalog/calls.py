"""Calls: the tensors and other arguments that layers and operations are called with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from modelspec.catalog.context import Context, did_you_mean
from modelspec.catalog.entry import Argument, ClassEntry, OperationEntry
from modelspec.catalog.one_tensor import ONE_TENSOR
from modelspec.catalog.resolved import KerasObject, KerasOp
from modelspec.catalog.slices import slice_key
from modelspec.catalog.values import resolve_for, resolve_value
from modelspec.diagnostics import Place, nearest
from modelspec.diagnostics.shown import quoted
from modelspec.graph.model import Call, Layer, LayerKind, OpLayer, SubModel, Tensor, TensorList
from modelspec.graph.positions import by_name
from modelspec.graph.references import read_slices
from modelspec.language.values import Field, Plain

# Parameters of operations that take a function (`ops.scan`, `ops.cond`), which an archive holds as code or
# not at all.
_FUNCTIONS = frozenset(
    {
        "body",
        "body_fun",
        "branches",
        "cond",
        "f",
        "false_fn",
        "fun",
        "function",
        "pyfunc",
        "true_fn",
    }
)
# The operation and argument that a slice may stand in, as it does between the brackets of a reference.
_SLICE = ("get_item", "key")
# Keras hands these to every layer and model, whether its `call` names them or not.
_EVERYWHERE = MappingProxyType(
    {
        "training": Argument(
            "training", required=False, default=None, family=None, kinds=frozenset({"bool"}), choices=()
        )
    }
)


def resolve_call(
    call: Call, context: Context, *, known: Mapping[str, Argument], owner: str
) -> Mapping[str, object]:
    """The call arguments that are no tensors; a wrong kind of value is reported.

    Args:
        known: what is known of their values, by name.
        owner: what is called, as messages name it.
    """
    return {
        name: resolve_for(known[name], value, context, owner=owner)
        if name in known
        else resolve_value(value, context)
        for name, value, _ in call.kwargs
        if not isinstance(value, Tensor)
    }


def known_of_call(
    kind: LayerKind, made: KerasObject | KerasOp | None, context: Context
) -> tuple[Mapping[str, Argument], str]:
    """What is known of the values that something is called with, and how messages name it."""
    match kind, made:
        case SubModel(key=key), _:
            return _EVERYWHERE, key
        case _, KerasOp(function=function):
            operation = context.catalog.operation(function)
            return (operation.arguments if operation is not None else {}), f"ops.{function}"
        case _, KerasObject(data=data) if (entry := context.catalog.class_of(data)) is not None:
            return _of_layer(entry), entry.short
        case _:
            return {}, ""


def _of_layer(entry: ClassEntry) -> Mapping[str, Argument]:
    everywhere = {name: known for name, known in _EVERYWHERE.items() if name not in entry.call}
    return {**entry.called_with, **everywhere}


def check_layer_call(call: Call, entry: ClassEntry, context: Context) -> None:
    """Report call arguments that a layer does not have, required tensors that are not given, and a list where
    it takes one tensor.
    """
    if not entry.call:
        return
    match call.inputs:
        case TensorList(items=(Tensor() as only,)) if entry.name in ONE_TENSOR:
            context.complain(
                "list-of-one",
                f"`{entry.short}` takes one tensor, and this is a list of one",
                only.origin,
                help="write the tensor itself, without the list: `from: x`, not `from: [x]`",
            )
    known = entry.call.keys() | _EVERYWHERE.keys()
    parameters = tuple(entry.call)
    given = [(by_name(name, parameters), place) for name, _, place in call.kwargs]
    if isinstance(call.inputs, tuple):
        given += [(by_name(name, parameters), call.origin.place) for name, _ in call.inputs]
    names = {name for name, _ in given}
    if not isinstance(call.inputs, tuple):
        names.add(next(iter(entry.call)))
    if not entry.open_call:
        for name, place in given:
            if name not in known:
                context.report.add(
                    "unknown-call-argument",
                    f"`{entry.short}` is not called with `{name}`",
                    place,
                    help=did_you_mean(nearest(name, known)) or f"it takes {quoted(entry.call)}",
                    frames=call.origin.frames,
                )
    missing = [name for name, required in entry.call.items() if required and name not in names]
    if missing:
        needed = [name for name, required in entry.call.items() if required]
        context.complain(
            "missing-tensor",
            f"`{entry.short}` also needs {' and '.join(f'`{name}`' for name in missing)}",
            call.origin,
            help=f"write `from: {{{', '.join(f'{name}: …' for name in needed)}}}`",
        )


def resolve_operation(layer: Layer, op: OpLayer, calls: Iterable[Call], context: Context) -> KerasOp | None:
    """An operation with its arguments; what does not fit its parameters is reported."""
    entry = context.catalog.operation(op.op)
    if entry is None:
        context.complain(
            "unknown-operation",
            f"no operation is called `ops.{op.op}`",
            layer.origin,
            help=did_you_mean(_spelt(context.catalog.near_operation(op.op))),
        )
        return None
    if takes_function(entry):
        context.complain(
            "operation-of-functions",
            f"`ops.{op.op}` takes a function, and no archive may hold one",
            layer.origin,
            help="write it as the `call` of a layer of your own",
        )
        return None
    arguments: dict[str, object] = {}
    for field in op.args:
        _check_parameter(field, entry, context)
        argument = entry.arguments.get(field.name)
        match field.value:
            case Plain(value=str(text)) if (entry.name, field.name) == _SLICE:
                arguments[field.name] = _sliced(text, field, context)
            case _ if argument is not None:
                arguments[field.name] = resolve_for(argument, field.value, context, owner=f"ops.{entry.name}")
            case _:
                arguments[field.name] = resolve_value(field.value, context)
    for call in calls:
        _check_tensors(call, entry, arguments, context)
    return KerasOp(
        function=entry.name,
        arguments=arguments,
        parameters=tuple(entry.parameters),
        takes_sequence=entry.takes_sequence,
        origin=layer.origin,
    )


def _sliced(text: str, field: Field, context: Context) -> object:
    """The key that a text says as the brackets of a reference do."""
    entries = read_slices(text)
    if isinstance(entries, str):
        context.complain("bad-reference", entries, field.value.origin)
        return None
    return slice_key(entries)


def takes_function(entry: OperationEntry) -> bool:
    """Whether an operation needs a function, so that no document can have it."""
    return any(required and name in _FUNCTIONS for name, required in entry.parameters.items())


def _spelt(name: str | None) -> str | None:
    return f"ops.{name}" if name is not None else None


def _check_parameter(field: Field, entry: OperationEntry, context: Context) -> None:
    if field.name not in entry.parameters or field.name.startswith("*"):
        context.complain_of_key(
            "unknown-argument",
            f"`ops.{entry.name}` has no argument `{field.name}`",
            field,
            help=did_you_mean(nearest(field.name, entry.parameters))
            or f"it has {quoted(name for name in entry.parameters if not name.startswith('*'))}",
        )


def _check_tensors(
    call: Call, entry: OperationEntry, arguments: Mapping[str, object], context: Context
) -> None:
    """Bind a call's tensors to the parameters that the arguments leave open."""
    extra = {name for name, _, _ in call.kwargs}
    for name, _, place in call.kwargs:
        _check_name(name, place, entry, arguments, call, context)
    bound = set(arguments) | extra
    if isinstance(call.inputs, tuple):
        for name, _ in call.inputs:
            _check_name(name, call.origin.place, entry, bound, call, context)
            bound.add(name)
    else:
        open_names = [name for name in entry.parameters if name not in bound]
        whole = entry.takes_sequence or not isinstance(call.inputs, TensorList)
        count = 1 if whole or not isinstance(call.inputs, TensorList) else len(call.inputs.items)
        variadic = any(name.startswith("*") for name in open_names)
        if count > len(open_names) and not variadic:
            context.complain(
                "too-many-tensors",
                f"`ops.{entry.name}` has room for {_count(len(open_names))}, {count} are given",
                call.origin,
                help=f"its parameters are {quoted(entry.parameters)}",
            )
        bound |= set(open_names[:count])
    missing = [name for name, required in entry.parameters.items() if required and name not in bound]
    if missing:
        context.complain(
            "missing-argument",
            f"`ops.{entry.name}` also needs {' and '.join(f'`{name}`' for name in missing)}",
            call.origin,
            help=f"its parameters are {quoted(entry.parameters)}",
        )


def _check_name(
    name: str,
    place: Place,
    entry: OperationEntry,
    bound: Iterable[str],
    call: Call,
    context: Context,
) -> None:
    if name not in entry.parameters:
        context.report.add(
            "unknown-call-argument",
            f"`ops.{entry.name}` has no parameter `{name}`",
            place,
            help=did_you_mean(nearest(name, entry.parameters)) or f"it has {quoted(entry.parameters)}",
            frames=call.origin.frames,
        )
    elif name in bound:
        context.report.add(
            "given-twice",
            f"`{name}` of `ops.{entry.name}` is given as an argument and as a tensor",
            place,
            help="keep one of the two",
            frames=call.origin.frames,
        )


def _count(number: int) -> str:
    return "one tensor" if number == 1 else f"{number} tensors"
