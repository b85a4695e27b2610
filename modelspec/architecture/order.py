"""The canonical order of the nodes of a graph, which no order of a file decides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from modelspec.architecture.model import Node, Structure, Tensor
from modelspec.decompiler.refusal import Undecompilable

_Visit = tuple[str, int]


def in_order(nodes: Mapping[str, Node], inputs_as: Structure, outputs: Structure) -> tuple[Node, ...]:
    """The inputs as the model takes them, then depth first from the outputs, what is read before its reader.

    Mappings, those of arguments too, are gone through by their sorted keys; what no output needs comes last,
    by name.

    Raises:
        Undecompilable: the calls read each other in a circle.
    """
    done: dict[_Visit, None] = {(tensor.node, 0): None for tensor in _sorted(inputs_as)}
    roots = [(tensor.node, tensor.call) for tensor in _sorted(outputs)]
    roots += [(name, call) for name in sorted(nodes) for call in range(len(nodes[name].calls))]
    under_way: set[_Visit] = set()
    stack = [(root, False) for root in reversed(roots)]
    while stack:
        visit, left = stack.pop()
        if left:
            under_way.discard(visit)
            done[visit] = None
            continue
        if visit in done:
            continue
        if visit in under_way:
            raise Undecompilable(f"`{visit[0]}` reads what it gives itself")
        under_way.add(visit)
        stack.append((visit, True))
        name, call = visit
        read = [(tensor.node, tensor.call) for tensor in _sorted(nodes[name].calls[call].tensors)]
        if call:  # the calls of a node are numbered as they were made
            read.insert(0, (name, call - 1))
        stack.extend((found, False) for found in reversed(read))
    return tuple(nodes[name] for name in dict.fromkeys(name for name, _ in done))


def _sorted(structure: Structure) -> Iterator[Tensor]:
    match structure:
        case Tensor():
            yield structure
        case Mapping():
            for key in sorted(structure):
                yield from _sorted(structure[key])
        case list() | tuple():
            for item in structure:
                yield from _sorted(item)
