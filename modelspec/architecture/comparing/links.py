"""The calls of a graph and the edges between them, each edge with the slot that it fills."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field

from modelspec.architecture.model import Graph, Structure, Tensor
from modelspec.frozen import dataclass

Visit = tuple[str, int]
"""A node and the number of one of its calls; an input counts as called once."""

Slot = tuple[object, ...]
"""Where a tensor goes: the argument and the steps into it, then the part of the tensor that is read."""

ENDS = ("", 0)
"""What stands for the outputs of the graph, and feeds its inputs; no node has this name."""


@dataclass(frozen=True, slots=True)
class Links:
    """The edges of a graph.

    Args:
        visits: every call, each after those it reads.
        reads: by call: the slots it fills and the calls that fill them.
        readers: by call: the slots that it fills elsewhere and the calls that have them.
        order: the positions of the nodes in the canonical order.
    """

    visits: tuple[Visit, ...]
    reads: Mapping[Visit, tuple[tuple[Slot, Visit], ...]]
    readers: Mapping[Visit, tuple[tuple[Slot, Visit], ...]]
    order: Mapping[str, int] = field(default_factory=dict)


def links_of(graph: Graph) -> Links:
    """The edges of a graph, its inputs' and outputs' own among them."""
    reads: dict[Visit, list[tuple[Slot, Visit]]] = {}
    for node in graph.nodes:
        if node.kind == "input":
            reads[node.name, 0] = []
        for number, call in enumerate(node.calls):
            reads[node.name, number] = [
                (slot, (tensor.node, tensor.call))
                for slot, tensor in slots_in(dict(sorted(call.tensors.items())))
            ]
    visits = _in_order(reads)
    for slot, tensor in slots_in(graph.inputs_as):
        if (tensor.node, 0) in reads:
            reads[tensor.node, 0].append((("inputs", *slot), ENDS))
    reads[ENDS] = [
        (("outputs", *slot), (tensor.node, tensor.call)) for slot, tensor in slots_in(graph.outputs)
    ]
    readers: dict[Visit, list[tuple[Slot, Visit]]] = {visit: [] for visit in reads}
    for visit, edges in reads.items():
        for slot, source in edges:
            readers[source].append((slot, visit))
    return Links(
        visits,
        {visit: tuple(edges) for visit, edges in reads.items()},
        {visit: tuple(edges) for visit, edges in readers.items()},
        {node.name: position for position, node in enumerate(graph.nodes)},
    )


def slots_in(structure: Structure, path: Slot = ()) -> Iterator[tuple[Slot, Tensor]]:
    """The tensors of a structure, each with the steps that lead to it and the part that is read of it."""
    match structure:
        case Tensor():
            yield (*path, "of", *structure.index), structure
        case Mapping():
            for key, item in structure.items():
                yield from slots_in(item, (*path, key))
        case list() | tuple():
            for position, item in enumerate(structure):
                yield from slots_in(item, (*path, position))


def _in_order(reads: Mapping[Visit, list[tuple[Slot, Visit]]]) -> tuple[Visit, ...]:
    waits = {visit: len(edges) for visit, edges in reads.items()}
    readers: dict[Visit, list[Visit]] = {visit: [] for visit in reads}
    for visit, edges in reads.items():
        for _, source in edges:
            readers[source].append(visit)
    ready = [visit for visit, count in waits.items() if not count]
    for visit in ready:
        for reader in readers[visit]:
            waits[reader] -= 1
            if not waits[reader]:
                ready.append(reader)
    return tuple(ready)
