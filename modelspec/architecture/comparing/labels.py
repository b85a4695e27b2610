"""Labels of nodes, equal for nodes of two graphs that look alike from some distance.

After Weisfeiler and Lehman: a label is refined by the labels around it. Arguments, and so the slots that
tensors go into, have an order, which labels keep; readers have none.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from modelspec.architecture.comparing.links import ENDS, Links, Visit
from modelspec.architecture.hashing import structure_of
from modelspec.architecture.model import Graph, Node
from modelspec.architecture.names import without_names

Labels = Mapping[Visit, int]


@dataclass(slots=True)
class Numbers:
    """Small numbers for things, equal for equal things; shared by both graphs."""

    _known: dict[object, int] = field(default_factory=dict)

    def of(self, thing: object) -> int:
        """The number of a thing."""
        return self._known.setdefault(thing, len(self._known))


def own_label(node: Node) -> tuple[str, ...]:
    """What a node is apart from its name, its dtype and whether it trains."""
    inner = structure_of(node.graph) if node.graph is not None else ""
    return (
        node.kind,
        node.cls,
        _text(node.arguments),
        *(_text(call.arguments) for call in node.calls),
        inner,
    )


def class_label(node: Node) -> tuple[str, ...]:
    """What a node is apart from its arguments, too."""
    return node.kind, node.cls if node.kind != "model" else ""


def _text(value: object) -> str:
    return json.dumps(without_names(value), sort_keys=True, default=str)


@dataclass(slots=True)
class Labelling:
    """Labels of the calls of one graph.

    Args:
        own: the label of each node by itself.
        anchors: nodes that are known to be a node of the other graph, each with the number of the pair. Their
            labels are not refined: what is beyond them says nothing more.
    """

    links: Links
    own: Mapping[str, int]
    anchors: Mapping[str, int]
    numbers: Numbers

    def upstream(self) -> Labels:
        """Equal for calls that compute the same from the same."""
        labels = self._start()
        for visit in self.links.visits:
            if visit[0] not in self.anchors:
                labels[visit] = self.numbers.of(("up", labels[visit], self._reads(visit, labels)))
        return labels

    def downstream(self) -> Labels:
        """Equal for calls of which the same is made."""
        labels = self._start()
        for visit in reversed(self.links.visits):
            if visit[0] not in self.anchors:
                labels[visit] = self.numbers.of(("down", labels[visit], self._readers(visit, labels)))
        return labels

    def within(self, radius: int) -> Labels:
        """Equal for calls that are alike up to a number of steps around them."""
        labels = self._start()
        for _ in range(radius):
            labels = {
                visit: label
                if visit[0] in self.anchors or visit == ENDS
                else self.numbers.of((label, self._reads(visit, labels), self._readers(visit, labels)))
                for visit, label in labels.items()
            }
        return labels

    def _start(self) -> dict[Visit, int]:
        of = self.numbers.of
        labels = {ENDS: of("ends")}
        for name, number in self.links.visits:
            pair = self.anchors.get(name)
            labels[name, number] = of(
                ("own", self.own[name], number) if pair is None else ("pair", pair, number)
            )
        return labels

    def _reads(self, visit: Visit, labels: Labels) -> tuple[object, ...]:
        return tuple((slot, labels[source]) for slot, source in self.links.reads[visit])

    def _readers(self, visit: Visit, labels: Labels) -> tuple[object, ...]:
        return tuple(
            sorted((self.numbers.of(slot), labels[reader]) for slot, reader in self.links.readers[visit])
        )


def of_nodes(labels: Labels) -> dict[str, tuple[int, ...]]:
    """The labels of nodes: those of their calls."""
    found: dict[str, list[int]] = {}
    for (name, _), label in labels.items():
        if name:
            found.setdefault(name, []).append(label)
    return {name: tuple(parts) for name, parts in found.items()}


def own_labels(graph: Graph, numbers: Numbers, *, label: Callable[[Node], tuple[str, ...]]) -> dict[str, int]:
    """The label of each node of a graph by itself."""
    return {node.name: numbers.of(label(node)) for node in graph.nodes}
