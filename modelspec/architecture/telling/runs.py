"""Nodes that were put in or taken out, those that feed each other as one run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Literal

from modelspec.architecture.comparing.comparison import Comparison
from modelspec.architecture.comparing.edits import Edit
from modelspec.architecture.comparing.shape_changes import paired_paths
from modelspec.architecture.comparing.sides import NodePath, Side, Site
from modelspec.architecture.model import Graph, Node, reads, tensors_in, walk
from modelspec.architecture.telling.patterns import numbered, pattern_of
from modelspec.architecture.telling.story import Run
from modelspec.architecture.telling.words import arguments_text, short_class

_MOST_CLASSES = 4


def runs_of(comparison: Comparison, edits: Iterable[Edit], op: Literal["add", "remove"]) -> tuple[Run, ...]:
    """The runs of one kind, in the order of their first nodes."""
    side = comparison.after if op == "add" else comparison.before
    by_graph: dict[NodePath, list[str]] = {}
    for edit in edits:
        path = edit.after_path if op == "add" else edit.path
        if edit.op == op and path is not None:
            by_graph.setdefault(path[:-1], []).append(path[-1])
    feeds = {path: _Feeds(graph) for path, graph in _graphs(side.architecture.graph, ()) if path in by_graph}
    joined = dict(paired_paths(comparison.matching)) if op == "remove" else {}
    now = _pairs_of(comparison.after.architecture.graph) if op == "remove" else frozenset()
    runs = [
        _run(names, path, feeds[path], side, joined, now)
        for path, nodes in by_graph.items()
        for names in _connected(feeds[path], nodes)
    ]
    forms: dict[object, list[Run]] = {}
    for run in runs:
        forms.setdefault((run.what, tuple(numbered("/".join(path)) for path in run.nodes)), []).append(run)
    return tuple(map(_together, forms.values()))


class _Feeds:
    """Who feeds whom in a graph.

    Attributes:
        nodes: by name.
        above, below: by name: whom a node reads, and who reads it, each once.
        outputs: who feeds the outputs.
    """

    def __init__(self, graph: Graph) -> None:
        self.nodes = {node.name: node for node in graph.nodes}
        self.above = {node.name: tuple(dict.fromkeys(_read_by(node))) for node in graph.nodes}
        self.below: dict[str, list[str]] = {node.name: [] for node in graph.nodes}
        for name, sources in self.above.items():
            for source in sources:
                self.below[source].append(name)
        self.outputs = frozenset(tensor.node for tensor in tensors_in(graph.outputs))


def _together(runs: list[Run]) -> Run:
    """Runs whose names differ in numbers only, as one."""
    first = runs[0]
    if len(runs) == 1:
        return first
    nodes = tuple(path for run in runs for path in run.nodes)
    labels = {numbered(run.label) for run in runs}
    label = labels.pop() if len(labels) == 1 else pattern_of(["/".join(path) for path in nodes])
    return replace(first, label=label or first.label, nodes=nodes, times=len(runs))


def _graphs(graph: Graph, path: NodePath) -> Iterator[tuple[NodePath, Graph]]:
    yield path, graph
    for node in graph.nodes:
        if node.graph is not None:
            yield from _graphs(node.graph, (*path, node.name))


def _read_by(node: Node) -> Iterator[str]:
    return (tensor.node for call in node.calls for tensor in reads(call))


def _pairs_of(graph: Graph) -> frozenset[tuple[NodePath, NodePath]]:
    """Who feeds whom, by paths, in nested models too."""
    return frozenset(((*path[:-1], source), path) for path, node in walk(graph) for source in _read_by(node))


def _connected(feeds: _Feeds, names: list[str]) -> list[list[str]]:
    """The nodes of each run, in order."""
    left = dict.fromkeys(names)
    found = []
    for name in names:
        if name not in left:
            continue
        del left[name]
        run, stack = {name}, [name]
        while stack:
            near = stack.pop()
            for other in (*feeds.above[near], *feeds.below[near]):
                if other in left:
                    del left[other]
                    run.add(other)
                    stack.append(other)
        found.append(run)
    numbers = {name: number for number, run in enumerate(found) for name in run}
    ordered: list[list[str]] = [[] for _ in found]
    for name in names:
        ordered[numbers[name]].append(name)
    return ordered


def _run(
    names: list[str],
    path: NodePath,
    feeds: _Feeds,
    side: Side,
    paired: Mapping[NodePath, NodePath],
    now: frozenset[tuple[NodePath, NodePath]],
) -> Run:
    own = set(names)
    nodes = [feeds.nodes[name] for name in names]
    sources = dict.fromkeys(source for name in names for source in feeds.above[name] if source not in own)
    readers = dict.fromkeys(reader for name in names for reader in feeds.below[name] if reader not in own)
    joined = [
        (source, reader)
        for source in sources
        for reader in readers
        if (paired.get((*path, source)), paired.get((*path, reader))) in now
    ]
    if own & feeds.outputs:
        readers["outputs"] = None
    head = "".join(f"{step}/" for step in path)
    site = side.sites.get((*path, names[0]))
    return Run(
        label=head + (pattern_of(names) or f"{names[0]} … {names[-1]}"),
        what=_what(nodes),
        nodes=tuple((*path, name) for name in names),
        sources=tuple(sources),
        readers=tuple(readers),
        place=_place(site, alone=len(nodes) == 1),
        joined=tuple(joined),
    )


def _place(site: Site | None, *, alone: bool) -> str | None:
    """The line of a node, or the one that led to several: that of the outermost use of a block."""
    if site is None:
        return None
    return site.place if alone or not site.uses else site.uses[-1].place


def _what(nodes: list[Node]) -> str:
    if len(nodes) == 1:
        (node,) = nodes
        cls = short_class(node.cls)
        return f"{cls}{arguments_text(node.arguments)}" if node.graph is None else f"{cls} model"
    classes = Counter(short_class(node.cls) for node in nodes).most_common()
    shown = [f"{cls} ×{count}" if count > 1 else cls for cls, count in classes[:_MOST_CLASSES]]
    return ", ".join([*shown, *(["…"] if len(classes) > _MOST_CLASSES else [])])
