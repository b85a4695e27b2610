"""What the tests of the source room share: a text to plain data, with both parsers."""

from __future__ import annotations

import pytest

from modelspec.diagnostics import Diagnostic, Report, Source
from modelspec.source.parser import Parse, parse_in_c
from modelspec.source.python_parser import parse_in_python
from modelspec.source.reader import read_tree
from modelspec.source.tree import Mapping, Node, Scalar, Sequence

PARSERS = {"c": parse_in_c, "python": parse_in_python}

both_parsers = pytest.mark.parametrize("parse", PARSERS.values(), ids=PARSERS)


def read(text: str, parse: Parse = parse_in_c) -> tuple[Node | None, list[Diagnostic]]:
    report = Report()
    tree = read_tree(Source("net.yaml", text), report, parse=parse)
    return tree, report.diagnostics


def tree_of(text: str, parse: Parse = parse_in_c) -> Node:
    """The tree of a text without mistakes."""
    tree, found = read(text, parse)
    assert [item.message for item in found] == []
    assert tree is not None
    return tree


def only_mistake(text: str, parse: Parse = parse_in_c) -> Diagnostic:
    _, found = read(text, parse)
    assert len(found) == 1, [item.message for item in found]
    return found[0]


def data(node: Node | None) -> object:
    """The values of a tree."""
    match node:
        case Scalar(value):
            return value
        case Sequence(items):
            return [data(item) for item in items]
        case Mapping(entries):
            return {entry.key.text: data(entry.value) for entry in entries}
    return None


def everything(node: Node | None) -> object:
    """All that a tree holds, places as offsets; not-a-number equals itself."""
    match node:
        case Scalar(value, text, place, plain):
            return ("scalar", repr(value), text, plain, place.start, place.end)
        case Sequence(items, place):
            return ("sequence", [everything(item) for item in items], place.start, place.end)
        case Mapping(entries, place):
            pairs = [(everything(entry.key), everything(entry.value)) for entry in entries]
            return ("mapping", pairs, place.start, place.end)
    return None


def written(node: Node) -> str:
    """What stands in the text at a node's place."""
    return node.place.source.text[node.place.start : node.place.end]


def marked(item: Diagnostic) -> str:
    """What stands in the text at a diagnostic's place."""
    assert item.place is not None
    return item.place.source.text[item.place.start : item.place.end]


def walk(node: Node | None) -> list[Node]:
    """A node, its keys and all nodes below it."""
    match node:
        case Sequence(items):
            return [node, *(found for item in items for found in walk(item))]
        case Mapping(entries):
            return [
                node,
                *(found for entry in entries for part in (entry.key, entry.value) for found in walk(part)),
            ]
    return [] if node is None else [node]
