"""Which node of one graph is which of another: by name, then by context, then by neighbours.

A name that Keras may have counted proves nothing and is not looked at. Context is what the labels of
`comparing.labels` tell: a label that one node of each side has, among those still without a partner, makes
them a pair.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from modelspec.architecture.comparing.labels import (
    Labelling,
    Numbers,
    class_label,
    of_nodes,
    own_label,
    own_labels,
)
from modelspec.architecture.comparing.links import Links, links_of
from modelspec.architecture.comparing.neighbours import Likeness, pair_neighbours
from modelspec.architecture.hashing import structure_of
from modelspec.architecture.model import Graph, Node
from modelspec.frozen import dataclass as frozen

Why = Literal["name", "context", "neighbours"]

_RADIUS = 6
# Nodes of one class and nothing more in common are no pair.
_LEAST_RADIUS = {"arguments": 0, "class": 1}
_ROUNDS = 8


@frozen(frozen=True, slots=True)
class Pair:
    """Two nodes that are one.

    Args:
        before, after: their names.
        why: what says so.
        inner: of nested models, what is in them.
    """

    before: str
    after: str
    why: Why
    inner: Matching | None = None


@frozen(frozen=True, slots=True)
class Matching:
    """The pairs of two graphs, in the order of the second; what is in none was added or removed."""

    pairs: tuple[Pair, ...]

    @property
    def forward(self) -> dict[str, str]:
        """Names of the second graph by those of the first."""
        return {pair.before: pair.after for pair in self.pairs}


def match(before: Graph, after: Graph) -> Matching:
    """The pairs of two graphs.

    Which of the two comes first makes no difference: the pairs of the one are those of the other, turned
    round.
    """
    if _rank(before) <= _rank(after):
        found = _matched(before, after)
    else:
        found = {
            pair: why
            for (second, first), why in _matched(after, before).items()
            for pair in [(first, second)]
        }
    return _with_models(found, before, after)


def _rank(graph: Graph) -> tuple[str, tuple[str, ...]]:
    return structure_of(graph), tuple(node.name for node in graph.nodes)


def _with_models(found: Mapping[tuple[str, str], Why], before: Graph, after: Graph) -> Matching:
    """The pairs in the order of the second graph, those of models with what is in them."""
    first = {node.name: node for node in before.nodes}
    order = {node.name: position for position, node in enumerate(after.nodes)}
    pairs = []
    for (name, other), why in sorted(found.items(), key=lambda entry: order[entry[0][1]]):
        graphs = first[name].graph, after.nodes[order[other]].graph
        inner = match(graphs[0], graphs[1]) if graphs[0] is not None and graphs[1] is not None else None
        pairs.append(Pair(name, other, why, inner))
    return Matching(tuple(pairs))


@dataclass(slots=True)
class _Search:
    """Two graphs and the pairs found so far."""

    before: Mapping[str, Node]
    after: Mapping[str, Node]
    links: tuple[Links, Links]
    numbers: Numbers = field(default_factory=Numbers)
    why: dict[tuple[str, str], Why] = field(default_factory=dict)
    forward: dict[str, str] = field(default_factory=dict)
    backward: dict[str, str] = field(default_factory=dict)

    def pair(self, before: str, after: str, why: Why) -> None:
        """Note that two nodes are one."""
        self.forward[before] = after
        self.backward[after] = before
        self.why[before, after] = why

    def labelling(self, own: Likeness) -> tuple[Labelling, Labelling]:
        """Labels of both sides, the pairs found so far as anchors."""
        numbers = {pair: number for number, pair in enumerate(self.why)}
        anchors = (
            {before: number for (before, _), number in numbers.items()},
            {after: number for (_, after), number in numbers.items()},
        )
        return (
            Labelling(self.links[0], own.before, anchors[0], self.numbers),
            Labelling(self.links[1], own.after, anchors[1], self.numbers),
        )


def _matched(before: Graph, after: Graph) -> Mapping[tuple[str, str], Why]:
    search = _Search(
        {node.name: node for node in before.nodes},
        {node.name: node for node in after.nodes},
        (links_of(before), links_of(after)),
    )
    _by_name(search)
    strict = _likeness(before, after, search, own_label)
    loose = _likeness(before, after, search, class_label)
    for _ in range(_ROUNDS):
        found = len(search.why)
        if min(len(search.before), len(search.after)) == found:
            break
        _by_context(search, strict, least=_LEAST_RADIUS["arguments"])
        _by_neighbours(search, strict, loose)
        _by_context(search, loose, least=_LEAST_RADIUS["class"])
        _by_neighbours(search, strict, loose)
        if len(search.why) == found:
            break
    _by_name_alone(search)
    return search.why


def _likeness(
    before: Graph, after: Graph, search: _Search, label: Callable[[Node], tuple[str, ...]]
) -> Likeness:
    return Likeness(
        own_labels(before, search.numbers, label=label),
        own_labels(after, search.numbers, label=label),
    )


def _by_name(search: _Search) -> None:
    """Pair nodes of one written name and one class."""
    for name, node in search.before.items():
        other = search.after.get(name)
        if other is None or node.automatic or other.automatic:
            continue
        if class_label(node) == class_label(other):
            search.pair(name, name, "name")


def _by_name_alone(search: _Search) -> None:
    """Pair what is left of one written name, whatever it was and is: a layer that was replaced."""
    for name, node in search.before.items():
        other = search.after.get(name)
        if other is None or node.automatic or other.automatic or "input" in (node.kind, other.kind):
            continue
        if name not in search.forward and name not in search.backward:
            search.pair(name, name, "name")


def _by_context(search: _Search, own: Likeness, *, least: int) -> None:
    """Pair nodes whose surroundings, and what they are themselves, are found once on each side."""
    first, second = search.labelling(own)
    up = of_nodes(first.upstream()), of_nodes(second.upstream())
    down = of_nodes(first.downstream()), of_nodes(second.downstream())
    both = tuple(
        {name: (above[name], below[name]) for name in above} for above, below in zip(up, down, strict=True)
    )
    _pair_alike(search, both[0], both[1], several=True)
    _pair_alike(search, *up)
    _pair_alike(search, *down)
    for radius in range(_RADIUS, least - 1, -1):
        first, second = search.labelling(own)
        _pair_alike(search, of_nodes(first.within(radius)), of_nodes(second.within(radius)))


def _pair_alike(
    search: _Search,
    before: Mapping[str, object],
    after: Mapping[str, object],
    *,
    several: bool = False,
) -> None:
    """Pair what has a label that one node of each side has.

    Args:
        several: whether equally many of each side are paired too, in their order: nothing tells them apart.
    """
    sides = _by_label(before, search.forward), _by_label(after, search.backward)
    for label, names in sides[0].items():
        others = sides[1].get(label, [])
        if len(names) == len(others) and (several or len(names) == 1):
            for name, other in zip(names, others, strict=True):
                search.pair(name, other, "context")


def _by_label(labels: Mapping[str, object], paired: Iterable[str]) -> dict[object, list[str]]:
    known = set(paired)
    found: dict[object, list[str]] = {}
    for name, label in labels.items():
        if name not in known:
            found.setdefault(label, []).append(name)
    return found


def _by_neighbours(search: _Search, strict: Likeness, loose: Likeness) -> None:
    """Pair what stands at the same places around pairs, as far as that leads."""
    for before, after in pair_neighbours(
        search.links,
        strict,
        loose,
        forward=dict(search.forward),
        written=(_written(search.before.values()), _written(search.after.values())),
    ):
        search.pair(before, after, "neighbours")


def _written(nodes: Iterable[Node]) -> frozenset[str]:
    return frozenset(_names(nodes))


def _names(nodes: Iterable[Node]) -> Iterator[str]:
    return (node.name for node in nodes if not node.automatic)
