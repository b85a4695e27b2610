"""The calls of a layer as Keras 2 wrote them: lists of `[name, node, tensor, arguments]`.

Source: `Node.serialize` and `convert_inner_node_data` of Keras 2.15, `Container.get_config` of Keras 2.2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from modelspec.frozen import dataclass
from modelspec.past.plain import plain
from modelspec.past.refusal import Unreadable

Json = Any

CONSTANT = "_CONSTANT_VALUE"
_DEEPEST = 60


@dataclass(frozen=True, slots=True)
class Reference:
    """A tensor: output `index` of a call of a layer, numbered as the file numbers it."""

    layer: str
    node: int
    index: int


@dataclass(frozen=True, slots=True)
class Node:
    """A call.

    Args:
        first: the structure of references and constants that is the first argument.
        rest: the other arguments by name.
        single: whether the first was written as a list of one.
    """

    first: Json
    rest: Mapping[str, Json]
    single: bool


def read_nodes(value: Json, names: frozenset[str]) -> tuple[Node, ...]:
    """The calls under `inbound_nodes`; raises `Unreadable`."""
    if value is None:
        return ()
    if not isinstance(value, list):
        raise Unreadable("the calls of a layer are no list")
    return tuple(_read_node(item, names) for item in value)


def read_ends(value: Json, names: frozenset[str]) -> Json:
    """`input_layers` or `output_layers`, as a structure of references; raises `Unreadable`."""
    found = _first(value, names, [], 0)
    if isinstance(found, list) and len(found) == 1:
        return found[0]
    return found


def references(structure: Json) -> Iterator[Reference]:
    """The references in a structure, in order."""
    match structure:
        case Reference():
            yield structure
        case dict():
            for item in structure.values():
                yield from references(item)
        case list():
            for item in structure:
                yield from references(item)


def mapped(structure: Json, change: Callable[[Reference], Json]) -> Json:
    """A structure with each reference replaced."""
    match structure:
        case Reference():
            return change(structure)
        case dict():
            return {key: mapped(item, change) for key, item in structure.items()}
        case list():
            return [mapped(item, change) for item in structure]
        case _:
            return structure


def _read_node(value: Json, names: frozenset[str]) -> Node:
    given: list[Mapping[str, Json]] = []
    first = _first(value, names, given, 0)
    single = isinstance(first, list) and len(first) == 1
    rest = given[0] if given else {}
    return Node(first, {key: _argument(item, names, 0) for key, item in rest.items()}, single)


def _first(value: Json, names: frozenset[str], given: list[Mapping[str, Json]], depth: int) -> Json:
    """The structure of a first argument; the arguments that hang on its leaves go to `given`."""
    if depth > _DEEPEST:
        raise Unreadable(f"the inputs of a layer are nested more than {_DEEPEST} deep")
    match value:
        case [str(name), int(), _, *more] if name == CONSTANT and len(more) <= 1:
            given += [item for item in more if isinstance(item, dict)]
            return plain(value[2])
        case [str(layer), int(node), int(index), *more] if len(more) <= 1:
            if layer not in names:
                raise Unreadable(f"something reads the layer `{layer}`, which is not there")
            given += [item for item in more if isinstance(item, dict)]
            return Reference(layer, node, index)
        case list():
            return [_first(item, names, given, depth + 1) for item in value]
        case dict():
            return {key: _first(item, names, given, depth + 1) for key, item in value.items()}
        case _:
            raise Unreadable("the calls of a layer are not written as Keras 2 writes them")


def _argument(value: Json, names: frozenset[str], depth: int) -> Json:
    if depth > _DEEPEST:
        raise Unreadable(f"the arguments of a call are nested more than {_DEEPEST} deep")
    value = plain(value)
    match value:
        case [str(name), -1, _] if name == CONSTANT:
            return value[2]
        case [str(layer), int(node), int(index)] if layer in names:
            return Reference(layer, node, index)
        case list():
            return [_argument(item, names, depth + 1) for item in value]
        case dict():
            return {key: _argument(item, names, depth + 1) for key, item in value.items()}
        case _:
            return value
