"""The rows of the table of layers, and the counts of a model."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import keras

from modelspec.graph.model import Call, Graph, Layer, SliceLayer, SubModel
from modelspec.link import private
from modelspec.link.feeds import references_in
from modelspec.link.linked import LayerRow
from modelspec.link.made import Made
from modelspec.link.outputs import dtypes_of, shapes_of, tensors_in


def rows_of(made: Made) -> Iterator[LayerRow]:
    """The inputs and calls of one model, in order; of a model that is one object, its layers."""
    match made.graph:
        case Graph() as graph:
            for entry in graph.inputs:
                yield _input_row(made, entry.name, entry.origin.place.file_and_line)
            by_path = {layer.path: layer for layer in graph.layers}
            called: set[str] = set()
            for call in graph.calls:
                yield _call_row(made, call, by_path[call.layer], again=call.layer in called)
                called.add(call.layer)
        case whole:
            for layer in getattr(made.model, "layers", ()):
                yield _whole_row(made, layer, whole.origin.place.file_and_line)


def count(variables: Any) -> int:
    """How many numbers some variables hold."""
    return sum(math.prod(int(size) for size in variable.shape) for variable in variables)


def count_layers(made: Made) -> int:
    """How many layers a model has: inputs, ops and models not counted, those of nested models counted
    once.
    """
    return len({id(layer) for layer in _leaves(made.model)})


def tied_calls(made: Made, with_values: Sequence[Any]) -> Iterator[str]:
    """The calls of one model that cannot be known by themselves: what they give goes with a mask, or their
    layer was built with its values.
    """
    built = {id(layer) for layer in with_values}
    calls = made.graph.calls if isinstance(made.graph, Graph) else ()
    for call in calls:
        masks = map(private.mask_of, tensors_in(made.outputs[call.path]))
        if id(made.layers[call.layer]) in built or any(mask is not None for mask in masks):
            yield made.prefix + call.path


def _leaves(model: Any) -> Iterator[Any]:
    for layer in getattr(model, "layers", ()):
        if isinstance(layer, keras.Model):
            yield from _leaves(layer)
        elif not isinstance(layer, keras.layers.InputLayer):
            yield layer


def _input_row(made: Made, name: str, line: str) -> LayerRow:
    tensor = made.outputs[name]
    return LayerRow(
        _model(made), name, name, "InputLayer", "input", shapes_of(tensor), dtypes_of(tensor), 0, 0, (), line
    )


def _call_row(made: Made, call: Call, layer: Layer, *, again: bool) -> LayerRow:
    operation = made.layers[call.layer]
    outputs = made.outputs[call.path]
    # An operation may keep an argument of this name (`bincount`).
    own = None if again or not isinstance(operation, keras.layers.Layer) else operation
    weights = own.weights if own is not None else ()
    training = own.trainable_weights if own is not None else ()
    return LayerRow(
        _model(made),
        call.path,
        call.layer,
        type(operation).__name__,
        _kind(operation, layer),
        shapes_of(outputs),
        dtypes_of(outputs),
        count(weights),
        count(training),
        tuple(_read(reference.call, reference.index) for reference in references_in(call)),
        call.origin.place.file_and_line,
    )


def _kind(operation: Any, layer: Layer) -> str:
    match layer.kind:
        case SubModel():
            return "model"
        case SliceLayer():
            return "op"
        case _:
            return "layer" if isinstance(operation, keras.layers.Layer) else "op"


def _whole_row(made: Made, layer: Any, line: str) -> LayerRow:
    match layer:
        case keras.layers.InputLayer():
            kind = "input"
        case keras.Model():
            kind = "model"
        case _:
            kind = "layer"
    outputs = layer.output if private.was_called(layer) else None
    return LayerRow(
        _model(made),
        layer.name,
        layer.name,
        type(layer).__name__,
        kind,
        shapes_of(outputs) if outputs is not None else None,
        dtypes_of(outputs) if outputs is not None else None,
        count(layer.weights),
        count(layer.trainable_weights),
        (),
        line,
    )


def _model(made: Made) -> str:
    return made.prefix.removesuffix("/")


def _read(call: str, index: tuple[int | str, ...]) -> str:
    return ".".join((call, *(str(step) for step in index)))
