"""The shapes of what every call in a finished model gives, those in nested models too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras

from modelspec.link import private
from modelspec.link.linked import CallShapes
from modelspec.link.outputs import shapes_of


def call_shapes(model: Any, path: tuple[str, ...] = ()) -> Iterator[CallShapes]:
    """One entry for each input, layer, operation and nested model, by the Keras names that lead to it.

    A model whose layers are not wired by Keras has none.
    """
    for operation, calls in private.calls_in(model):
        here = (*path, operation.name)
        yield CallShapes(here, tuple(_of_call(operation, tensors) for tensors in calls))
        if isinstance(operation, keras.Model):
            yield from call_shapes(operation, here)


def _of_call(operation: Any, tensors: list[Any]) -> object:
    """The shapes of what a call gives, in the structure that it has."""
    outputs = private.outputs_as_given(operation)
    if outputs is not None:
        return shapes_of(keras.tree.pack_sequence_as(outputs, tensors))
    return shapes_of(tensors[0] if len(tensors) == 1 else tensors)
