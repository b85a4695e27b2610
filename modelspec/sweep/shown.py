"""A value of a sweep in a line: what tables, `keep` and `name` have of it."""

from __future__ import annotations

import json

from modelspec.source.tree import Mapping, Node, Primitive, Scalar, Sequence


def plain(node: Node) -> object:
    """A node as lists, mappings and scalars."""
    match node:
        case Scalar():
            return node.value
        case Sequence():
            return [plain(item) for item in node.items]
        case Mapping():
            return {entry.key.text: plain(entry.value) for entry in node.entries}


def shown_value(node: Node) -> Primitive:
    """A scalar as it is; of a list or mapping its text on one line."""
    if isinstance(node, Scalar):
        return node.value
    return json.dumps(plain(node), ensure_ascii=False).replace('"', "")
