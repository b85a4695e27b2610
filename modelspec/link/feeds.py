"""From the tensors a call reads to the arguments that Keras is called with."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

from modelspec.diagnostics.shown import quoted
from modelspec.graph.model import Call, ConstantTensor, Tensor, TensorList, TensorMap, TensorStructure
from modelspec.graph.positions import by_name, position_of
from modelspec.language.values import Origin, to_data
from modelspec.link.refusal import WordedError

Look = Callable[[Tensor], Any]


class BadFeedError(WordedError):
    """The tensors do not fit the call; the text says how."""


@dataclass(frozen=True, slots=True)
class Feed:
    """The arguments of a call."""

    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]


def structure_of(feed: TensorStructure, look: Look) -> Any:
    """The tensors of a structure, looked up."""
    match feed:
        case Tensor():
            return look(feed)
        case ConstantTensor():
            return _constant(to_data(feed.value))
        case TensorList():
            return [structure_of(item, look) for item in feed.items]
        case TensorMap():
            return {name: structure_of(item, look) for name, item in feed.items}


def references_in(call: Call) -> Iterable[Tensor]:
    """Every tensor that a call reads, in the order it is written."""
    if isinstance(call.inputs, tuple):
        for _, structure in call.inputs:
            yield from _references(structure)
    else:
        yield from _references(call.inputs)
    for _, value, _ in call.kwargs:
        if isinstance(value, Tensor):
            yield value


def layer_feed(layer: Any, call: Call, arguments: Mapping[str, Any], *, look: Look) -> Feed:
    """The arguments of a layer's call: its leading tensors by position where it lets them, else by keyword.

    What is given by number goes to the parameter at that position.

    Args:
        layer: what is called.
        call: its tensors.
        arguments: the other call arguments, as Python values.
        look: gives the tensors of a reference.

    Raises:
        BadFeedError: a name is no call argument of the layer.
    """
    parameters = inspect.signature(layer.call).parameters
    named = [name for name, item in parameters.items() if item.kind in _NAMED]
    takes_any = any(item.kind is inspect.Parameter.VAR_KEYWORD for item in parameters.values())
    places = [name for name, item in parameters.items() if item.kind in _PLACED]
    takes_more = any(item.kind is inspect.Parameter.VAR_POSITIONAL for item in parameters.values())
    tensors = _by_name(call, look, first=places[0] if places else "0")
    given: dict[str, Any] = {}
    by_position: set[str] = set()
    for written, value in (*tensors.items(), *arguments.items()):
        name = by_name(written, places)
        if name in given:
            raise BadFeedError(f"`{name}` is given twice, by its name and by its position")
        more = takes_more and position_of(name) is not None
        if name not in named and not more and not (takes_any and position_of(name) is None):
            raise BadFeedError(
                f"`{type(layer).__name__}` has no call argument `{name}`; it has {quoted(named)}"
            )
        given[name] = value
        if written in tensors:
            by_position.add(name)
    args: list[Any] = []
    most = _most_by_position(layer)
    for name in (*places, *map(str, range(len(places), len(places) + len(given)))):
        if name not in by_position or len(args) == most:
            break
        args.append(given.pop(name))
    # In the signature's order, because the order in which they are written says nothing.
    order = [name for name in named if name in given] + sorted(given.keys() - set(named))
    return Feed(tuple(args), {name: given[name] for name in order})


def _most_by_position(layer: Any) -> float:
    """How many arguments a layer takes by position: those that prepare data one, whatever `call` has."""
    parameters = inspect.signature(layer.__call__).parameters.values()
    if any(item.kind is inspect.Parameter.VAR_POSITIONAL for item in parameters):
        return inf
    return sum(item.kind in _PLACED for item in parameters)


def model_feed(inputs_as: TensorStructure, names: tuple[str, ...], call: Call, *, look: Look) -> Any:
    """What a nested model is called with, in the structure its inputs have.

    Args:
        inputs_as: that structure; its references are input names.
        names: the inputs in document order, which is what a list of tensors fills.
        call: its tensors: one structure, or by input name.
        look: gives the tensors of a reference.

    Raises:
        BadFeedError: too many or too few tensors, or an unknown input.
    """
    match call.inputs:
        case tuple():
            given = {name: structure_of(item, look) for name, item in call.inputs}
        case TensorMap():
            given = {name: structure_of(item, look) for name, item in call.inputs.items}
        case TensorList() if len(names) > 1 or len(call.inputs.items) == 1:
            given = _in_order(names, [structure_of(item, look) for item in call.inputs.items])
        case _:
            whole = structure_of(call.inputs, look)
            spread = list(whole.values()) if isinstance(whole, dict) else whole
            given = _in_order(
                names, list(spread) if len(names) > 1 and isinstance(spread, list | tuple) else [whole]
            )
    for name in given:
        if name not in names:
            raise BadFeedError(f"the model has no input `{name}`; it has {quoted(names)}")
    missing = [name for name in names if name not in given]
    if missing:
        raise BadFeedError(f"the model's input {quoted(missing)} is not given")
    return structure_of(inputs_as, lambda tensor: given[tensor.call])


def op_feed(
    call: Call,
    arguments: Mapping[str, Any],
    *,
    parameters: tuple[str, ...],
    takes_sequence: bool,
    variadic: str | None,
    look: Look,
) -> dict[str, Any]:
    """The arguments of an operation by name: the tensors fill the parameters that remain, in order.

    Args:
        call: its tensors.
        arguments: the arguments that are no tensors, as Python values.
        parameters: the names of all parameters in order, a variadic one with its star.
        takes_sequence: whether the first of them is a sequence of tensors.
        variadic: the one that takes all that are left.
        look: gives the tensors of a reference.

    Raises:
        BadFeedError: more tensors than parameters, or a name that is none.
    """
    bound = dict(arguments)
    parameters = tuple(name.removeprefix("*") for name in parameters)
    if isinstance(call.inputs, tuple):
        bound |= {name: structure_of(item, look) for name, item in call.inputs}
    else:
        remaining = [name for name in parameters if name not in bound and name not in ("name", variadic)]
        tensors = _tensors_in_order(call.inputs, look, takes_sequence=takes_sequence)
        bound |= dict(zip(remaining, tensors, strict=False))
        left = tensors[len(remaining) :] if variadic is None else tensors
        if variadic is not None:
            bound = {name: value for name, value in bound.items() if name not in remaining}
            bound[variadic] = left
        elif left:
            raise BadFeedError(f"it takes {len(remaining)} tensors at most, {len(tensors)} are given")
    bound |= {name: look(value) for name, value, _ in call.kwargs if isinstance(value, Tensor)}
    for name in bound:
        if parameters and name not in parameters and name != variadic:
            raise BadFeedError(f"it has no parameter `{name}`; it has {quoted(parameters)}")
    return bound


def bare_references(call: Call) -> tuple[Tensor, ...]:
    """The references that stand for themselves, as opposed to one item of a list."""
    match call.inputs:
        case Tensor():
            return (call.inputs,)
        case TensorList():
            return tuple(item for item in call.inputs.items if isinstance(item, Tensor))
        case tuple():
            return tuple(item for _, item in call.inputs if isinstance(item, Tensor))
        case _:
            return ()


def origin_of(structure: TensorStructure) -> Origin | None:
    """Where a structure was written, as far as it has a reference."""
    return next((reference.origin for reference in _references(structure)), None)


_NAMED = frozenset(
    {
        inspect.Parameter.POSITIONAL_ONLY,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
        inspect.Parameter.KEYWORD_ONLY,
    }
)


_PLACED = _NAMED - {inspect.Parameter.KEYWORD_ONLY}


def _by_name(call: Call, look: Look, *, first: str) -> dict[str, Any]:
    """Tensors by argument name.

    Args:
        first: the argument that a bare structure goes to.
    """
    given: dict[str, Any] = {}
    if isinstance(call.inputs, tuple):
        given |= {name: structure_of(item, look) for name, item in call.inputs}
    else:
        given[first] = structure_of(call.inputs, look)
    given |= {name: look(value) for name, value, _ in call.kwargs if isinstance(value, Tensor)}
    return given


def _tensors_in_order(feed: TensorStructure, look: Look, *, takes_sequence: bool) -> list[Any]:
    found = structure_of(feed, look)
    if takes_sequence:
        return [list(found) if isinstance(found, list | tuple) else [found]]
    return list(found) if isinstance(feed, TensorList) else [found]


def _in_order(names: tuple[str, ...], tensors: list[Any]) -> dict[str, Any]:
    if len(tensors) != len(names):
        raise BadFeedError(f"the model has {len(names)} inputs, {quoted(names)}; {len(tensors)} are given")
    return dict(zip(names, tensors, strict=True))


def _references(structure: TensorStructure) -> Iterable[Tensor]:
    match structure:
        case Tensor():
            yield structure
        case TensorList():
            for item in structure.items:
                yield from _references(item)
        case TensorMap():
            for _, item in structure.items:
                yield from _references(item)


def _constant(value: object) -> Any:
    """A scalar as it is, so that Keras gives it the dtype it meets; a list as an array, as Keras serialises
    it.
    """
    if not isinstance(value, list):
        return value
    import numpy as np

    array = np.array(value)
    if array.dtype.kind not in "fiub":
        raise BadFeedError(f"a constant must be a number or a list of numbers, not `{value}`")
    return array.astype({"f": "float32", "i": "int32"}.get(array.dtype.kind, array.dtype))
