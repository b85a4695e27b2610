"""Nodes and structures of an architecture as JSON, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modelspec.architecture.model import Call, Graph, Json, Node, Structure, Tensor


def structure_data(structure: Structure) -> Json:
    """A structure of tensors: a tensor is `{"tensor": [node, call, [steps]]}`, a mapping `{"mapping": …}`."""
    match structure:
        case Tensor():
            return {"tensor": [structure.node, structure.call, list(structure.index)]}
        case Mapping():
            return {"mapping": {key: structure_data(item) for key, item in structure.items()}}
        case list() | tuple():
            return [structure_data(item) for item in structure]
        case _:
            return structure


def structure_of(data: Json) -> Structure:
    """The structure that such data is of."""
    match data:
        case {"tensor": [str() as node, int() as call, [*index]]}:
            return Tensor(node, call, tuple(index))
        case {"mapping": dict() as items}:
            return {key: structure_of(item) for key, item in items.items()}
        case list():
            return [structure_of(item) for item in data]
        case _:
            return data


def node_data(node: Node) -> dict[str, Json]:
    """A node but for its name."""
    return {
        "kind": node.kind,
        "class": node.cls,
        "arguments": node.arguments,
        "dtype": node.dtype,
        "trainable": node.trainable,
        "automatic": node.automatic,
        "calls": [call_data(call) for call in node.calls],
        "graph": graph_data(node.graph) if node.graph is not None else None,
    }


def node_of(name: str, data: Mapping[str, Any]) -> Node:
    """The node of that name that such data is of."""
    return Node(
        name,
        data["kind"],
        data["class"],
        data["arguments"],
        tuple(map(call_of, data["calls"])),
        dtype=data["dtype"],
        trainable=data["trainable"],
        graph=graph_of(data["graph"]) if data["graph"] is not None else None,
        automatic=data["automatic"],
    )


def call_data(call: Call) -> dict[str, Json]:
    """A call."""
    tensors = {key: structure_data(value) for key, value in call.tensors.items()}
    return {"tensors": tensors, "arguments": call.arguments}


def call_of(data: Mapping[str, Any]) -> Call:
    """The call that such data is of."""
    return Call({key: structure_of(value) for key, value in data["tensors"].items()}, data["arguments"])


def graph_data(graph: Graph) -> dict[str, Json]:
    """A graph, its nodes by name in their order."""
    return {
        "name": graph.name,
        "class": graph.cls,
        "arguments": graph.arguments,
        "automatic": graph.automatic,
        "nodes": {node.name: node_data(node) for node in graph.nodes},
        "inputs": structure_data(graph.inputs_as),
        "outputs": structure_data(graph.outputs),
    }


def graph_of(data: Mapping[str, Any]) -> Graph:
    """The graph that such data is of."""
    return Graph(
        name=data["name"],
        cls=data["class"],
        arguments=data["arguments"],
        nodes=tuple(node_of(name, node) for name, node in data["nodes"].items()),
        inputs_as=structure_of(data["inputs"]),
        outputs=structure_of(data["outputs"]),
        automatic=data["automatic"],
    )
