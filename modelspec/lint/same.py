"""Whether two documents mean the same model, up to layers that do nothing and automatic names."""

from __future__ import annotations

import json
from typing import Any

from modelspec.graph.model import (
    ConstantTensor,
    SliceLayer,
    SubModel,
    Tensor,
    TensorList,
    TensorMap,
    TensorStructure,
)
from modelspec.language.values import Value, to_data
from modelspec.lint.activations import is_identity
from modelspec.lint.kinds import DROPOUTS
from modelspec.lint.view import ModelView, Node, View


def same_model(one: View, other: View) -> bool:
    """Whether both have the same layers in the same order, wired alike, what changes nothing left out.

    Arguments count as written out or left to the default alike; automatic names do not count.
    """
    return _reduced(one) == _reduced(other)


def _reduced(view: View) -> list[object]:
    models = [[model.path, *_reduced_model(model)] for model in view.models]
    return [models, _plain(view.resolved.compile), repr(view.program.spec.dtype is None)]


def _reduced_model(model: ModelView) -> list[object]:
    numbers: dict[str, object] = {entry.name: f"input {entry.name}" for entry in model.graph.inputs}
    layers: dict[str, int] = {}
    calls: list[object] = []
    for node in model.nodes:
        source = model.source(node)
        read = model.reads(node)
        if _does_nothing(node) and len(read) == 1 and not model.is_output(node) and not read[0].index:
            above = source.path if source is not None else read[0].call
            numbers[node.path] = numbers[above]
            continue
        numbers[node.path] = len(calls)
        layer = layers.setdefault(node.layer.path, len(layers))
        calls.append([layer, _layer(node), _wiring(node, numbers)])
    inputs = [[entry.name, entry.shape, entry.batch_shape, entry.dtype] for entry in model.graph.inputs]
    names = sorted(key for _, key in model.graph.output_names)
    return [inputs, calls, _structure(model.graph.outputs, numbers), names]


def _does_nothing(node: Node) -> bool:
    return is_identity(node) or (node.cls in DROPOUTS and node.argument("rate") == 0)


def _layer(node: Node) -> object:
    name = node.layer.name if node.layer.named else None
    kind = node.layer.kind
    match kind:
        case SubModel(key=key):
            return ["model", key, name]
        case SliceLayer(key=steps):
            return ["slice", repr(steps), name]
        case _:
            return [
                node.cls,
                name,
                _arguments(node),
                repr(node.layer.trainable is None),
                node.layer.dtype is None,
            ]


def _arguments(node: Node) -> object:
    """The arguments that are not the default."""
    known = node.entry.arguments if node.entry is not None else {}
    return _plain(
        {
            name: value
            for name, value in node.config.items()
            if name not in known or known[name].required or value != known[name].default
        }
    )


def _wiring(node: Node, numbers: dict[str, object]) -> object:
    call = node.call
    given: object
    if isinstance(call.inputs, tuple):
        given = [[name, _structure(structure, numbers)] for name, structure in call.inputs]
    else:
        given = _structure(call.inputs, numbers)
    kwargs = [[name, _argument(value, numbers)] for name, value, _ in call.kwargs]
    return [given, kwargs]


def _argument(value: Value | Tensor, numbers: dict[str, object]) -> object:
    return _structure(value, numbers) if isinstance(value, Tensor) else _plain(to_data(value))


def _structure(structure: TensorStructure, numbers: dict[str, object]) -> object:
    match structure:
        case Tensor(call=call, index=index):
            return ["tensor", numbers[call], list(index)]
        case ConstantTensor(value=value):
            return ["constant", _plain(to_data(value))]
        case TensorList(items=items):
            return [_structure(item, numbers) for item in items]
        case TensorMap(items=entries):
            return [[name, _structure(item, numbers)] for name, item in entries]


def _plain(value: Any) -> object:
    return json.dumps(value, sort_keys=True, default=repr)
