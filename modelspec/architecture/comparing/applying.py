"""The second architecture, made of the first and the edits between them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from modelspec.architecture.comparing.edits import ABSENT, Edit, Key
from modelspec.architecture.comparing.explained import mapped
from modelspec.architecture.comparing.plain_data import call_data, call_of, node_data, node_of, structure_of
from modelspec.architecture.comparing.sides import NodePath
from modelspec.architecture.comparing.values import changed
from modelspec.architecture.model import Architecture, Call, Graph, Json, Node, Structure, Tensor
from modelspec.architecture.order import in_order
from modelspec.architecture.reading import is_counted_model


def apply(architecture: Architecture, edits: Iterable[Edit]) -> Architecture:
    """An architecture with every edit made, whatever they follow from."""
    found = tuple(edits)
    compiled: Json = dict(architecture.compile)
    for edit in found:
        if edit.op == "compile":
            compiled = changed(compiled, edit.key, edit.after)
    return Architecture(_graph(architecture.graph, (), (), found), compiled)


def _graph(graph: Graph, path: NodePath, after_path: NodePath, edits: tuple[Edit, ...]) -> Graph:
    # What is in a model stands below its path; of a node that was added there is only the path afterwards.
    inside = tuple(edit for edit in edits if _is_inside(edit, path, after_path))
    own = [edit for edit in edits if (edit.path, edit.after_path) == (path, after_path)]
    names = {
        edit.path[-1]: str(edit.after)
        for edit in inside
        if edit.op == "rename" and edit.path is not None and len(edit.path) == len(path) + 1 and not edit.key
    }
    nodes: dict[str, Node] = {}
    gone = {edit.path for edit in inside if edit.op == "remove"}
    for node in graph.nodes:
        if (*path, node.name) not in gone:
            name = names.get(node.name, node.name)
            nodes[name] = _node(node, name, names, (path, after_path), inside)
    for edit in inside:
        if edit.op == "add" and edit.after_path is not None and len(edit.after_path) == len(after_path) + 1:
            nodes[edit.after_path[-1]] = node_of(edit.after_path[-1], edit.after)
    ends = {edit.op: structure_of(edit.after) for edit in own if edit.op in ("inputs", "outputs")}
    inputs_as = ends.get("inputs", _renamed(graph.inputs_as, names))
    outputs = ends.get("outputs", _renamed(graph.outputs, names))
    data = _changed({"class": graph.cls, "arguments": graph.arguments}, own, ("class", "arguments"))
    name = next(
        (str(edit.after) for edit in own if edit.op == "rename" and (edit.key or not path)), graph.name
    )
    return Graph(
        name=name,
        cls=data["class"],
        arguments=data["arguments"],
        nodes=in_order(nodes, inputs_as, outputs) if nodes else (),
        inputs_as=inputs_as,
        outputs=outputs,
        automatic=is_counted_model(name) if name != graph.name else graph.automatic,
    )


def _is_inside(edit: Edit, path: NodePath, after_path: NodePath) -> bool:
    if edit.path is not None:
        return len(edit.path) > len(path) and edit.path[: len(path)] == path
    assert edit.after_path is not None
    return len(edit.after_path) > len(after_path) and edit.after_path[: len(after_path)] == after_path


def _node(
    node: Node,
    name: str,
    names: Mapping[str, str],
    paths: tuple[NodePath, NodePath],
    edits: tuple[Edit, ...],
) -> Node:
    path, after_path = (*paths[0], node.name), (*paths[1], name)
    own = [edit for edit in edits if edit.path == path]
    data = node_data(replace(node, calls=tuple(_call(call, names) for call in node.calls)))
    for edit in own:
        match edit:
            case Edit(op="rename", key=()):
                data["automatic"] = edit.automatic[1]
            case Edit(op="replace"):
                data = {**data, **edit.after}
            case Edit(op="argument" | "rewire", key=("arguments" | "dtype" | "trainable" | "calls", *_)):
                if node.graph is None or edit.key[0] not in ("arguments", "class"):
                    data = changed(data, edit.key, edit.after)
    made = node_of(name, data)
    if node.graph is None or made.graph is None or any(edit.op == "replace" for edit in own):
        return made
    inner = node.graph if node.graph.name != node.name else replace(node.graph, name=name)
    if inner.name != node.graph.name:
        inner = replace(inner, automatic=is_counted_model(name))
    graph = _graph(inner, path, after_path, edits)
    return replace(made, graph=graph, cls=graph.cls)


def _changed(data: dict[str, Json], edits: Iterable[Edit], keys: Key) -> dict[str, Json]:
    for edit in edits:
        if edit.op == "argument" and edit.key[0] in keys:
            data = changed(data, edit.key, edit.after)
    assert ABSENT not in data.values()
    return data


def _call(call: Call, names: Mapping[str, str]) -> Call:
    data = call_data(call)
    return replace(
        call_of(data), tensors={key: _renamed(value, names) for key, value in call.tensors.items()}
    )


def _renamed(structure: Structure, names: Mapping[str, str]) -> Structure:
    return mapped(
        structure, lambda tensor: Tensor(names.get(tensor.node, tensor.node), tensor.call, tensor.index)
    )
