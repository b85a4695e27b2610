"""Operations of `keras.ops` and slices, and the names of all operations that a call leaves in the graph."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from functools import reduce
from typing import Any

import keras

from modelspec.graph.model import ConstantTensor, SliceLayer
from modelspec.language.values import to_data
from modelspec.link import private
from modelspec.link.outputs import tensors_in
from modelspec.link.refusal import WordedError

__all__ = ["OperationNames", "call_op", "slice_of"]


def call_op(function: str, arguments: Mapping[str, Any]) -> Any:
    """What an operation gives.

    Args:
        function: the name below `keras.ops` (`image.resize`).
        arguments: all of them, by name.

    Raises:
        NoTensorError: it gives something else than tensors.
    """
    named = dict(arguments)
    leading: list[Any] = []
    variadic = variadic_parameter(function)
    if variadic is not None:
        for name in inspect.signature(_function(function)).parameters:
            if name == variadic:
                leading.extend(named.pop(name, ()))
                break
            leading.append(named.pop(name))
    given = _function(function)(*leading, **named)
    if next(tensors_in(given), None) is None:
        raise NoTensorError(f"`ops.{function}` gives no tensor that a model could go on with")
    return given


def variadic_parameter(function: str) -> str | None:
    """The parameter that takes any number of tensors by position (`operands` of `einsum`), or `None`."""
    parameters = inspect.signature(_function(function)).parameters.values()
    return next((item.name for item in parameters if item.kind is inspect.Parameter.VAR_POSITIONAL), None)


class NoTensorError(WordedError):
    """An operation gives no tensor."""


def slice_of(tensor: Any, layer: SliceLayer) -> Any:
    """A part of a tensor, by Keras' `GetItem`."""
    key = tuple(_subscript(step) for step in layer.key)
    return tensor[key[0] if len(key) == 1 else key]


class OperationNames:
    """Gives every operation of a graph a name that depends on nothing outside the graph.

    Masks and composite functions make operations that no item stands for; they are named after the
    layer whose call made them (`tokens_not_equal`).

    Args:
        taken: the names of the graph's inputs and layers.
    """

    def __init__(self, taken: frozenset[str]) -> None:
        self._taken = set(taken)
        self._known: dict[int, Any] = {}

    def know(self, operation: Any) -> None:
        """This operation has its name already."""
        self._known[id(operation)] = operation

    def name_result(self, outputs: Any, name: str) -> Any:
        """Name the operation that gave `outputs`, and after it those it was composed of; gives the
        operation.
        """
        first = next(tensors_in(outputs))
        operation = private.operation_of(first)
        if id(operation) not in self._known:
            operation.name = name
            self.know(operation)
        self.name_rest(operation, outputs, owner=name)
        return operation

    def name_rest(self, operation: Any, outputs: Any, *, owner: str) -> None:
        """Name what the last call of `operation` has left behind: masks among its arguments and of its
        outputs.
        """
        ends = private.last_inputs(operation)
        for tensor in tensors_in(outputs):
            ends.append(tensor)
            mask = private.mask_of(tensor)
            if isinstance(mask, private.KerasTensor):
                ends.append(mask)
        for found in self._unknown(ends):
            self.know(found)
            found.name = self._free(f"{owner}_{private.to_snake_case(type(found).__name__)}")

    def _unknown(self, ends: list[Any]) -> Iterator[Any]:
        """The operations without a name above these tensors, each after those it reads."""
        stack = [(tensor, False) for tensor in reversed(ends)]
        seen: set[int] = set()
        while stack:
            tensor, done = stack.pop()
            operation = private.operation_of(tensor)
            if operation is None or id(operation) in self._known:
                continue
            if done:
                yield operation
            elif id(operation) not in seen:
                seen.add(id(operation))
                stack.append((tensor, True))
                stack.extend((before, False) for before in reversed(private.node_of(tensor).input_tensors))

    def _free(self, name: str) -> str:
        free, count = name, 0
        while free in self._taken:
            count += 1
            free = f"{name}_{count}"
        self._taken.add(free)
        return free


def _function(name: str) -> Any:
    return reduce(getattr, name.split("."), keras.ops)


def _subscript(step: object) -> Any:
    match step:
        case ConstantTensor():
            return to_data(step.value)
        case _:
            return step
