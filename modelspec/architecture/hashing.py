"""Three hashes of an architecture, each blind to something more.

`exact` has the names; `auto` has ordinals for those that Keras counts; `structure` has none. None has what a
model was compiled with, nor values. The order in which outputs, and the arguments of each call, are read is
part of a model, so depth first from the outputs is a canonical order of its nodes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from modelspec.architecture.model import Architecture, Call, Graph, Node, Tensor
from modelspec.architecture.names import without_counted_names, without_names
from modelspec.frozen import dataclass

VERSION = "m1"
"""Of the canonical form. It changes when the same model would get another hash."""

Json = Any


@dataclass(frozen=True, slots=True)
class Hashes:
    """An architecture's hashes: `m1:` and 64 hexadecimal digits each.

    Args:
        exact: of everything but compile settings and values.
        auto: of the same with automatic names free.
        structure: of the same with all names free.
    """

    exact: str
    auto: str
    structure: str


def hashes_of(architecture: Architecture) -> Hashes:
    """The hashes of a model. Equal on every machine, whatever Keras wrote its config."""
    graph = architecture.graph
    return Hashes(*(hash_of(_graph(graph, level)) for level in (_EXACT, _AUTO, _STRUCTURE)))


def exact_of(graph: Graph, *names: str) -> tuple[str, ...]:
    """The `exact` hash alone, and then what it would be under other names of the model."""
    data = _graph(graph, _EXACT)
    before, after = (
        _text({key: value for key, value in data.items() if (key < "name") is first and key != "name"})
        for first in (True, False)
    )
    return tuple(_hash(f'{before[:-1]},"name":{_text(name)},{after[1:]}') for name in (graph.name, *names))


def structure_of(graph: Graph) -> str:
    """The hash of a graph with all names free: that of a nested model, too."""
    return hash_of(_graph(graph, _STRUCTURE))


def hash_of_compile(architecture: Architecture) -> str | None:
    """The hash of what a model was compiled with; `None` where it was not compiled."""
    return hash_of(architecture.compile) if architecture.compile else None


def hash_of(value: Json) -> str:
    """The hash of plain data, whatever the order of its keys."""
    return _hash(_text(value))


def _text(value: Json) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def _hash(text: str) -> str:
    return f"{VERSION}:{hashlib.sha256(text.encode()).hexdigest()}"


@dataclass(frozen=True, slots=True)
class _Level:
    """What a hash sees of names.

    Args:
        named: whether a node or model is known by its name.
        arguments: what is left of arguments.
    """

    named: Callable[[Node | Graph], bool]
    arguments: Callable[[Json], Json]


_EXACT = _Level(lambda named: True, lambda value: value)
_AUTO = _Level(lambda named: not named.automatic, without_counted_names)
_STRUCTURE = _Level(lambda named: False, without_names)


def _graph(graph: Graph, level: _Level) -> Json:
    order = {node.name: position for position, node in enumerate(graph.nodes)}
    names: dict[str, str | int] = {
        node.name: node.name if level.named(node) else order[node.name] for node in graph.nodes
    }
    nodes = [_node(node, names, level) for node in graph.nodes]
    return {
        "name": graph.name if level.named(graph) else None,
        "class": graph.cls,
        "arguments": level.arguments(graph.arguments),
        "nodes": nodes,
        "inputs": _structure(graph.inputs_as, names),
        "outputs": _structure(graph.outputs, names),
    }


def _node(node: Node, names: Mapping[str, str | int], level: _Level) -> Json:
    return {
        "name": names[node.name],
        "kind": node.kind,
        "class": node.cls,
        "arguments": level.arguments(node.arguments),
        "dtype": level.arguments(node.dtype),
        "trainable": node.trainable,
        "calls": [_call(call, names, level) for call in node.calls],
        "graph": _graph(node.graph, level) if node.graph is not None else None,
    }


def _call(call: Call, names: Mapping[str, str | int], level: _Level) -> Json:
    tensors = {key: _structure(value, names) for key, value in call.tensors.items()}
    return {"tensors": tensors, "arguments": level.arguments(call.arguments)}


def _structure(value: object, names: Mapping[str, str | int]) -> Json:
    match value:
        case Tensor():
            return {"tensor": [names[value.node], value.call, list(value.index)]}
        case Mapping():
            return {"mapping": {key: _structure(item, names) for key, item in value.items()}}
        case list() | tuple():
            return [_structure(item, names) for item in value]
        case _:
            return value
