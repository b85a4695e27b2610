"""Architectures made by hand or at random, and what can be done to them; no Keras."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from modelspec.architecture.comparing.edits import Edit, Op
from modelspec.architecture.model import Architecture, Call, Graph, Node, Structure, Tensor, tensors_in
from modelspec.architecture.order import in_order
from modelspec.architecture.reading import read_architecture
from modelspec.catalog.stem import to_snake_case

GOLDEN = Path(__file__).parent / "golden"
CONFIGS = sorted(path.name.partition(".")[0] for path in GOLDEN.glob("*.config.json"))


def golden_config(name: str) -> dict[str, Any]:
    """A config that a document of the golden tests gives."""
    return json.loads((GOLDEN / f"{name}.config.json").read_text(encoding="utf-8"))


def golden(name: str) -> Architecture:
    """Its architecture."""
    return read_architecture(golden_config(name))


def node(name: str, cls: str, *reads: str | Tensor, automatic: bool = False, **arguments: Any) -> Node:
    """A layer that is called once: on a tensor, or on a list of them."""
    tensors = [Tensor(item) if isinstance(item, str) else item for item in reads]
    given: Structure = tensors[0] if len(tensors) == 1 else tensors
    return Node(
        name,
        "layer",
        f"keras.layers.{cls}",
        arguments,
        (Call({"inputs": given}, {}),),
        dtype="float32",
        automatic=automatic,
    )


def source(name: str, *shape: int | None, automatic: bool = False) -> Node:
    """An input."""
    arguments = {"batch_shape": [None, *shape], "dtype": "float32"}
    return Node(name, "input", "keras.layers.InputLayer", arguments, automatic=automatic)


def graph(*nodes: Node, outputs: Structure = None, name: str = "net") -> Graph:
    """A functional graph; its output is the last node unless it is said."""
    inputs = [Tensor(found.name) for found in nodes if found.kind == "input"]
    inputs_as: Structure = inputs[0] if len(inputs) == 1 else inputs
    given = Tensor(nodes[-1].name) if outputs is None else outputs
    ordered = in_order({found.name: found for found in nodes}, inputs_as, given)
    return Graph(name, "Functional", {}, ordered, inputs_as, given)


def architecture(*nodes: Node, outputs: Structure = None, **compiled: Any) -> Architecture:
    """Of such a graph."""
    return Architecture(graph(*nodes, outputs=outputs), compiled)


def residual_net(blocks: int, *, named: bool = True) -> Graph:
    """Equal blocks of five layers in a row, as ResNet has them; named, or as Keras would count them."""
    nodes = [source("x", 8, 8, 4)]
    previous = "x"
    for number in range(blocks):
        head = f"block{number}_"
        nodes += [
            node(f"{head}conv", "Conv2D", previous, filters=4, kernel_size=3, padding="same"),
            node(f"{head}bn", "BatchNormalization", f"{head}conv"),
            node(f"{head}relu", "ReLU", f"{head}bn"),
            node(f"{head}add", "Add", previous, f"{head}relu"),
            node(f"{head}out", "ReLU", f"{head}add"),
        ]
        previous = f"{head}out"
    nodes += [node("pool", "GlobalAveragePooling2D", previous), node("probs", "Dense", "pool", units=10)]
    found = graph(*nodes)
    return found if named else counted(found)


def mapped(structure: Structure, change: Callable[[Tensor], Tensor]) -> Structure:
    match structure:
        case Tensor():
            return change(structure)
        case Mapping():
            return {key: mapped(item, change) for key, item in structure.items()}
        case list() | tuple():
            return [mapped(item, change) for item in structure]
        case _:
            return structure


def with_tensors(item: Node, change: Callable[[Structure], Structure]) -> Node:
    """A node that reads something else."""
    calls = tuple(
        Call({key: change(value) for key, value in call.tensors.items()}, call.arguments)
        for call in item.calls
    )
    return replace(item, calls=calls)


def rewired(found: Graph, change: Callable[[Tensor], Tensor], *, nodes: list[Node] | None = None) -> Graph:
    """A graph with every tensor that is read changed."""

    def moved(structure: Structure) -> Structure:
        return mapped(structure, change)

    given = [with_tensors(item, moved) for item in (found.nodes if nodes is None else nodes)]
    outputs, inputs_as = moved(found.outputs), moved(found.inputs_as)
    ordered = in_order({item.name: item for item in given}, inputs_as, outputs)
    return replace(found, nodes=ordered, inputs_as=inputs_as, outputs=outputs)


def renamed(found: Graph, names: Mapping[str, str], *, automatic: bool = False) -> Graph:
    """A graph with nodes renamed."""
    nodes = [
        replace(item, name=names[item.name], automatic=automatic) if item.name in names else item
        for item in found.nodes
    ]
    return rewired(
        found, lambda tensor: replace(tensor, node=names.get(tensor.node, tensor.node)), nodes=nodes
    )


def counted(found: Graph, *, every: bool = True) -> Graph:
    """A graph with the names that Keras would give: of all nodes, or of those whose names are automatic."""
    counts: dict[str, int] = {}
    names = {}
    for item in found.nodes:
        if every or item.automatic:
            stem = "input_layer" if item.kind == "input" else to_snake_case(item.cls.rpartition(".")[2])
            number = counts[stem] = counts.get(stem, -1) + 1
            names[item.name] = f"{stem}_{number}" if number else stem
    return renamed(found, names, automatic=True)


def inserted(found: Graph, after: str, new: Node) -> Graph:
    """A graph with a node between another and all that reads it."""

    def moved(structure: Structure) -> Structure:
        return mapped(
            structure, lambda tensor: replace(tensor, node=new.name) if tensor.node == after else tensor
        )

    nodes = {item.name: with_tensors(item, moved) for item in found.nodes}
    nodes[new.name] = replace(new, calls=(Call({"inputs": Tensor(after)}, {}),))
    outputs = moved(found.outputs)
    return replace(found, nodes=in_order(nodes, found.inputs_as, outputs), outputs=outputs)


def without(found: Graph, name: str) -> Graph:
    """A graph without a node; what read it reads what it read."""
    gone = next(item for item in found.nodes if item.name == name)
    above = next(tensors_in(gone.calls[0].tensors))
    nodes = [item for item in found.nodes if item.name != name]
    return rewired(found, lambda tensor: above if tensor.node == name else tensor, nodes=nodes)


def changed(found: Graph, name: str, **fields: Any) -> Graph:
    """A graph with fields of one node replaced."""
    nodes = [replace(item, **fields) if item.name == name else item for item in found.nodes]
    return rewired(found, lambda tensor: tensor, nodes=nodes)


def at_random(seed: int, size: int) -> Graph:
    """A graph of a few classes, some nodes named and some not, most reading what stands just above."""
    rng = random.Random(seed)
    nodes = [source("x", 4), source("y", 4)][: rng.choice([1, 1, 2])]
    for number in range(size):
        recent = [item.name for item in nodes[-4:]]
        cls = rng.choice(["Dense", "Dense", "ReLU", "Dropout", "Add"])
        reads = [rng.choice(recent), rng.choice(recent)] if cls == "Add" else [recent[-1]]
        arguments = {"Dense": {"units": rng.choice([4, 8])}, "Dropout": {"rate": rng.choice([0.1, 0.5])}}
        automatic = rng.random() < 0.5
        nodes.append(
            node(f"n{number}_{rng.choice('abc')}", cls, *reads, automatic=automatic, **arguments.get(cls, {}))
        )
    return counted(graph(*nodes), every=False)


def edited_at_random(found: Graph, seed: int, count: int) -> Graph:
    """A graph with a few things done to it."""
    rng = random.Random(seed)
    for number in range(count):
        layers = [item for item in found.nodes if item.kind == "layer"]
        one = rng.choice(layers)
        match rng.choice(["rename", "argument", "insert", "remove", "class", "recount"]):
            case "rename":
                found = renamed(found, {one.name: f"other{number}"})
            case "argument":
                found = changed(found, one.name, arguments={**one.arguments, "units": rng.choice([2, 4, 16])})
            case "insert":
                new = node(f"new{number}", rng.choice(["Dense", "ReLU", "Identity"]), "x")
                found = inserted(found, one.name, new)
            case "remove" if len(layers) > 2 and len(list(tensors_in(one.calls[0].tensors))) == 1:
                found = without(found, one.name)
            case "class":
                found = changed(
                    found, one.name, cls="keras.layers.Activation", arguments={"activation": "tanh"}
                )
            case _:
                found = counted(found, every=False)
    return found


_MIRRORED: dict[Op, Op] = {"add": "remove", "remove": "add"}


def mirrored(edit: Edit) -> Edit:
    """The edit that takes it back."""
    return replace(
        edit,
        op=_MIRRORED.get(edit.op, edit.op),
        path=edit.after_path,
        after_path=edit.path,
        before=edit.after,
        after=edit.before,
        automatic=(edit.automatic[1], edit.automatic[0]),
    )
