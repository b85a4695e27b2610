"""What is compared: a model as its config has it and as its document means it, in one form for both.

A form is plain data: the class, the inputs and their structure, each layer with its reduced arguments and its
calls by name, and the outputs. Keras sorts the layers of a model by its wiring alone, so their order is not
part of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modelspec.catalog.resolved import KerasObject, KerasOp, Resolved
from modelspec.catalog.slices import slice_key
from modelspec.decompiler.document import Draft
from modelspec.decompiler.items import FIRST, bound_call, output_path
from modelspec.decompiler.model import Layer, Model, Structure, Tensor, by_input, is_frozen
from modelspec.decompiler.operations import bind
from modelspec.decompiler.reduced import (
    Obj,
    Settings,
    Verbatim,
    policy_of,
    reduce_item,
    reduce_object,
)
from modelspec.graph import model as graph_model
from modelspec.graph.model import ConstantTensor, Graph, OpLayer, SliceLayer, SubModel, TensorList, TensorMap
from modelspec.graph.positions import by_name
from modelspec.language.closed import Input
from modelspec.language.values import to_data

Json = Any
Form = dict[str, Any]


# --- of a config ------------------------------------------------------------------------------------------


def form_of_config(model: Model, path: tuple[str, ...], draft: Draft) -> Form:
    """The form of a model that was read."""
    keys = {name: draft.keys[*path, name] for name in model.layers if (*path, name) in draft.keys}
    config = model.data["config"]
    assert isinstance(config, dict)
    registered = model.kind == "registered"
    verbatim = frozenset(above[-1] for above in draft.verbatim)
    frozen = is_frozen(model, path)
    return {
        "class": str(model.data.get("registered_name")) if registered else model.kind,
        "class arguments": {
            key: reduce_object(value, draft.settings) for key, value in model.arguments.items()
        },
        "name": model.name,
        "inputs": {name: _input_of_config(found) for name, found in model.inputs.items()},
        "inputs_as": _structure(model.inputs_as, model),
        "layers": {
            name: _layer_of_config(layer, model, keys.get(name), draft, verbatim=verbatim, frozen=frozen)
            for name, layer in model.layers.items()
        },
        "outputs": _structure(model.outputs, model),
    }


def _input_of_config(config: Mapping[str, Json]) -> Form:
    flags = {key: bool(config.get(key)) for key in ("sparse", "ragged", "optional")}
    return {"batch_shape": config.get("batch_shape"), "dtype": config.get("dtype", "float32"), **flags}


def _layer_of_config(
    layer: Layer, model: Model, key: str | None, draft: Draft, *, verbatim: frozenset[str], frozen: bool
) -> Form:
    if key is not None:
        calls = [
            _fed(_plain_call(layer, number, None, model, draft.settings), draft.models[key])
            for number in range(len(layer.calls))
        ]
        return {"model": key, "calls": calls}
    entry = draft.operations.get(layer.class_name)
    if entry is not None and str(layer.data.get("module")).startswith("keras.src.ops."):
        bound = [bind(layer, call, entry) for call in layer.calls]
        if len(bound) == 1 and bound[0] is not None and layer.name not in verbatim:
            made = bound[0]
            tensors = {name: _structure(value, model) for name, value in made.tensors.items()}
            arguments = {name: reduce_object(value, draft.settings) for name, value in made.arguments.items()}
            return {"operation": made.function, "arguments": arguments, "tensors": tensors}
    class_entry = draft.settings.catalog.class_of(layer.data)
    parameters = tuple(class_entry.call) if class_entry is not None and class_entry.call else None
    first = layer.calls[0].args[0] if layer.calls and layer.calls[0].args else None
    rank = len(first.shape) if isinstance(first, Tensor) and first.shape is not None else None
    return {
        **_made(layer.data, draft.settings, rank=rank),
        "trainable": layer.config.get("trainable", not frozen),
        "dtype": _dtype(layer.config.get("dtype"), layer.data, draft.settings),
        "calls": [
            _plain_call(layer, number, parameters, model, draft.settings)
            for number in range(len(layer.calls))
        ],
    }


def _made(data: Mapping[str, Json], settings: Settings, *, rank: int | None = None) -> Form:
    reduced = reduce_item(data, settings)
    match reduced:
        case Obj(entry=entry, args=args):
            axes = None if rank is None else list(range(1, rank - 1))
            usual = {key for key in ("attention_axes",) if axes is not None and args.get(key) == axes}
            return {
                "class": entry.name,
                "arguments": {key: value for key, value in args.items() if key not in usual},
            }
        case Verbatim(data=kept):
            # The words of an item say these.
            config = kept.get("config")
            inner = dict(config) if isinstance(config, dict) else {}
            for word in ("name", "trainable", "dtype"):
                inner.pop(word, None)
            beside = {key: value for key, value in kept.items() if key != "config"}
            return {"class": str(kept.get("class_name")), "arguments": {**beside, "config": inner}}


def _dtype(value: Json, data: Mapping[str, Json], settings: Settings) -> object:
    if value is None:
        entry = settings.catalog.class_of(data)
        own = entry.arguments.get("dtype") if entry is not None else None
        value = own.default if own is not None and own.default is not None else settings.policy
    named = policy_of(value)
    return named if isinstance(named, str) else reduce_object(value, settings)


def _plain_call(
    layer: Layer, number: int, parameters: tuple[str, ...] | None, model: Model, settings: Settings
) -> Form:
    tensors, plain = bound_call(layer, layer.calls[number], parameters, settings.catalog)
    return {
        "tensors": {key: _structure(value, model) for key, value in tensors.items()},
        "arguments": {key: reduce_object(value, settings) for key, value in plain.items()},
    }


def _structure(structure: Structure, model: Model) -> object:
    match structure:
        case Tensor(layer=layer, call=call, index=index):
            return ("tensor", layer, call, output_path(model, (layer, call), index))
        case {"class_name": "__tensor__" | "__numpy__", "config": {"value": value}}:
            return value
        case dict():
            return {key: _structure(item, model) for key, item in structure.items()}
        case list() | tuple():
            return [_structure(item, model) for item in structure]
        case _:
            return structure


# --- of a document ----------------------------------------------------------------------------------------


def form_of_graph(graph: Graph, resolved: Resolved, settings: Settings, models: Mapping[str, Model]) -> Form:
    """The form of a graph of the document.

    Args:
        models: what the nested ones were read as, by key.
    """
    where: dict[str, tuple[str, int]] = {entry.name: (entry.called, 0) for entry in graph.inputs}
    names = {layer.path: layer.name for layer in graph.layers}
    by_layer: dict[str, list[graph_model.Call]] = {}
    for call in graph.calls:
        several = by_layer.setdefault(call.layer, [])
        where[call.path] = (names[call.layer], len(several))
        several.append(call)
    made = resolved.classes.get(graph.key)
    arguments = made.data.get("config") if made is not None else {}
    return {
        "class": graph.cls if isinstance(graph.cls, str) else graph.cls.cls,
        "class arguments": {
            key: reduce_object(value, settings)
            for key, value in (arguments.items() if isinstance(arguments, dict) else ())
        },
        "name": graph.name,
        "inputs": {entry.called: _input_of_graph(entry) for entry in graph.inputs},
        "inputs_as": _tensors(graph.inputs_as, where),
        "layers": {
            layer.name: _layer_of_graph(
                layer, by_layer.get(layer.path, []), graph, resolved, where, settings, models
            )
            for layer in graph.layers
        },
        "outputs": _tensors(graph.outputs, where),
    }


def _input_of_graph(entry: Input) -> Form:
    shape = entry.batch_shape if entry.batch_shape is not None else (None, *(entry.shape or ()))
    flags = {key: bool(getattr(entry, key)) for key in ("sparse", "ragged", "optional")}
    return {"batch_shape": list(shape), "dtype": entry.dtype or "float32", **flags}


def _layer_of_graph(
    layer: graph_model.Layer,
    calls: list[graph_model.Call],
    graph: Graph,
    resolved: Resolved,
    where: Mapping[str, tuple[str, int]],
    settings: Settings,
    models: Mapping[str, Model],
) -> Form:
    made = resolved.layers.get(graph.key, {}).get(layer.path)
    plain = resolved.calls.get(graph.key, {})
    match layer.kind, made:
        case SubModel(key=key), _:
            found = [_fed(_call(call, None, plain, where, settings), models[key]) for call in calls]
            return {"model": key, "calls": found}
        case SliceLayer(key=key), _:
            return {
                "operation": "get_item",
                "arguments": {"key": reduce_object(slice_key(tuple(key)), settings)},
                "tensors": {"x": _tensors(calls[0].inputs, where)},
            }
        case OpLayer(), KerasOp() as op:
            return _operation(op, calls[0], where, settings)
        case _, KerasObject() as object_:
            config = object_.data.get("config")
            inner = config if isinstance(config, dict) else {}
            entry = settings.catalog.class_of(object_.data)
            parameters = tuple(entry.call) if entry is not None and entry.call else None
            said = resolved.dtypes.get(graph.key, {}).get(layer.path)
            said_trainable = layer.trainable or graph.trainable
            usual = said_trainable.value if said_trainable is not None else True
            trainable = usual if layer.trainable is not None else inner.get("trainable", usual)
            return {
                **_made(object_.data, settings),
                "trainable": trainable,
                "dtype": _dtype(inner.get("dtype") or said, object_.data, settings),
                "calls": [_call(call, parameters, plain, where, settings) for call in calls],
            }
        case _:
            return {"class": None}


def _call(
    call: graph_model.Call,
    parameters: tuple[str, ...] | None,
    plain: Mapping[str, Mapping[str, object]],
    where: Mapping[str, tuple[str, int]],
    settings: Settings,
) -> Form:
    first = parameters[0] if parameters else FIRST
    if isinstance(call.inputs, tuple):
        tensors = {by_name(key, parameters): _tensors(value, where) for key, value in call.inputs}
    else:
        tensors = {first: _tensors(call.inputs, where)}
    tensors |= {
        key: _tensors(value, where) for key, value, _ in call.kwargs if isinstance(value, graph_model.Tensor)
    }
    arguments = {
        by_name(key, parameters): reduce_object(value, settings)
        for key, value in plain.get(call.path, {}).items()
        if value is not None
    }
    return {"tensors": tensors, "arguments": arguments}


def _operation(
    op: KerasOp, call: graph_model.Call, where: Mapping[str, tuple[str, int]], settings: Settings
) -> Form:
    arguments = {key: reduce_object(value, settings) for key, value in op.arguments.items()}
    names = [name for name in op.parameters if name not in arguments]
    if isinstance(call.inputs, tuple):
        tensors = {key: _tensors(value, where) for key, value in call.inputs}
    else:
        given = _tensors(call.inputs, where)
        several = isinstance(call.inputs, TensorList)
        values = given if several and not op.takes_sequence and isinstance(given, list) else [given]
        if op.takes_sequence and not several:
            values = [[given]]
        star = next((name for name in names if name.startswith("*")), None)
        if star is not None:
            tensors = {star.removeprefix("*"): values}
        else:
            tensors = dict(zip(names, values, strict=False))
    return {"operation": op.function, "arguments": arguments, "tensors": tensors}


def _tensors(structure: object, where: Mapping[str, tuple[str, int]]) -> object:
    match structure:
        case graph_model.Tensor(call=call, index=index):
            return ("tensor", *where[call], tuple(index))
        case ConstantTensor(value=value):
            return to_data(value)
        case TensorList(items=items):
            return [_tensors(item, where) for item in items]
        case TensorMap(items=entries):
            return {key: _tensors(item, where) for key, item in entries}
        case _:
            raise TypeError(type(structure).__name__)


def _fed(call: Form, model: Model) -> Form:
    """A call of a nested model by the names of its inputs."""
    given = call["tensors"].get(FIRST)
    return {**call, "tensors": by_input(model.inputs_as, tuple(model.inputs), given) or call["tensors"]}
