"""An architecture as a value: the layers of a model, what each is, and what each call reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, TypeAlias

from modelspec.frozen import dataclass

Json: TypeAlias = Any
"""Plain data: numbers, texts, lists and mappings. An object among the arguments is `{"class": its full public
or registered name, "arguments": …}`, a registered function `{"function": name}`, and what is no class of the
catalog `{"keras": its serialization dict}`.
"""


@dataclass(frozen=True, slots=True)
class Tensor:
    """What one call of a node gives, or a part of it.

    Args:
        node: the name of a node of the same graph.
        call: which of its calls, from 0.
        index: steps into the structure of what it gives.
    """

    node: str
    call: int = 0
    index: tuple[int | str, ...] = ()


Structure: TypeAlias = object
"""`Tensor`s in lists and mappings, constants among them."""


@dataclass(frozen=True, slots=True)
class Call:
    """One application of a node.

    Args:
        tensors: what it reads, by the name of the argument; by its position where nobody knows the name.
        arguments: the other arguments of the call that say something.
    """

    tensors: Mapping[str, Structure]
    arguments: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Node:
    """An input, a layer, an operation or a nested model.

    Args:
        name: as Keras knows it, unique in its graph.
        cls: the full public name of its class or operation (`keras.layers.Dense`, `keras.ops.add`), or its
            registered name.
        arguments: those that Keras does not fill in by itself. Of an input, `batch_shape`, `dtype` and flags.
        calls: none of an input.
        dtype: the name of its policy, or an object; `None` for inputs, operations and models.
        graph: of a nested model, what is in it.
        automatic: whether the name is one that Keras gives to what has none.
    """

    name: str
    kind: Literal["input", "layer", "operation", "model"]
    cls: str
    arguments: Mapping[str, Json]
    calls: tuple[Call, ...] = ()
    dtype: Json = None
    trainable: bool = True
    graph: Graph | None = None
    automatic: bool = False


@dataclass(frozen=True, slots=True)
class Graph:
    """What is in a model.

    Args:
        name: of the model.
        cls: `Functional`, `Sequential` or a registered name.
        arguments: of a registered class, or of a model that is one object and not a graph.
        nodes: inputs in the model's order, then depth first from the outputs, what is read before what reads
            it; empty where the model is not a graph.
        inputs_as, outputs: structures of tensors; `None` where the model is not a graph.
    """

    name: str
    cls: str
    arguments: Mapping[str, Json]
    nodes: tuple[Node, ...]
    inputs_as: Structure
    outputs: Structure
    automatic: bool = False


@dataclass(frozen=True, slots=True)
class Architecture:
    """A model and what it was compiled with.

    Args:
        compile: the arguments of `compile` that Keras does not fill in; empty where it was not compiled.
    """

    graph: Graph
    compile: Mapping[str, Json]


def walk(graph: Graph, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Node]]:
    """Every node with the names that lead to it, its own last; those of a nested model after the model."""
    for node in graph.nodes:
        yield (*path, node.name), node
        if node.graph is not None:
            yield from walk(node.graph, (*path, node.name))


def tensors_in(structure: Structure) -> Iterator[Tensor]:
    """The tensors of a structure, in order."""
    match structure:
        case Tensor():
            yield structure
        case Mapping():
            for item in structure.values():
                yield from tensors_in(item)
        case list() | tuple():
            for item in structure:
                yield from tensors_in(item)


def reads(call: Call) -> tuple[Tensor, ...]:
    """What a call reads, in the order of its arguments."""
    return tuple(tensors_in(call.tensors))
