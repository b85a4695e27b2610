"""Shapes that differ, at their cause; what follows from it is counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from modelspec.architecture.comparing.matching import Matching
from modelspec.architecture.comparing.sides import NodePath, Side
from modelspec.architecture.model import Json, Node, Structure, reads, walk
from modelspec.frozen import dataclass


@dataclass(frozen=True, slots=True)
class ShapeChange:
    """What a node gives, before and after: for each call a structure of shapes."""

    path: NodePath
    after_path: NodePath
    before: Json
    after: Json


@dataclass(frozen=True, slots=True)
class ShapeChanges:
    """The changes at their causes, and how many nodes follow them."""

    causes: tuple[ShapeChange, ...] = ()
    consequences: int = 0


def shape_changes(before: Side, after: Side, matching: Matching) -> ShapeChanges:
    """The nodes that are on both sides and give other shapes.

    One is a cause that reads the shapes that it read before. Without facts of both sides there are none.
    """
    if before.facts is None or after.facts is None:
        return ShapeChanges()
    nodes = dict(walk(before.architecture.graph)), dict(walk(after.architecture.graph))
    shapes = before.facts.shapes, after.facts.shapes
    causes, count = [], 0
    for path, after_path in paired_paths(matching):
        first, second = shapes[0].get(path), shapes[1].get(after_path)
        if first is None or second is None or _listed(first) == _listed(second):
            continue
        count += 1
        read = _read(nodes[0][path], path, shapes[0]), _read(nodes[1][after_path], after_path, shapes[1])
        if read[0] is not None and read[0] == read[1]:
            causes.append(ShapeChange(path, after_path, _listed(first), _listed(second)))
    return ShapeChanges(tuple(causes), count - len(causes))


def _read(node: Node, path: NodePath, shapes: Mapping[NodePath, tuple[Structure, ...]]) -> Json:
    """The shapes that a node reads, call by call; `None` where those of other nodes say what it gives."""
    if node.graph is not None or (node.kind == "input" and path[1:]):
        return None
    return [
        [
            [_listed(shapes.get((*path[:-1], tensor.node))), tensor.call, tensor.index]
            for tensor in reads(call)
        ]
        for call in node.calls
    ]


def _listed(value: object) -> Json:
    match value:
        case dict():
            return {key: _listed(item) for key, item in value.items()}
        case list() | tuple():
            return [_listed(item) for item in value]
        case _:
            return value


def paired_paths(matching: Matching) -> Iterator[tuple[NodePath, NodePath]]:
    """The paths of every pair, before and after, those in nested models too."""
    return _paired_paths(matching, ((), ()))


def _paired_paths(
    matching: Matching, above: tuple[NodePath, NodePath]
) -> Iterator[tuple[NodePath, NodePath]]:
    for pair in matching.pairs:
        here = (*above[0], pair.before), (*above[1], pair.after)
        yield here
        if pair.inner is not None:
            yield from _paired_paths(pair.inner, here)
