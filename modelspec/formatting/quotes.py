"""Quotes: none where the text means the same without them, else `"…"`."""

from __future__ import annotations

from collections.abc import Iterator

from modelspec.diagnostics import Report, Source
from modelspec.formatting.edits import Edit
from modelspec.formatting.marked import Marked
from modelspec.formatting.plain import may_be_plain
from modelspec.source.reader import read_tree
from modelspec.source.tree import Mapping, Node, Scalar, Sequence

_FOREIGN = frozenset({"rename", "meta", "config"})
"""Keys, and so is `x-…`, whose values are somebody else's, where no `$` is ours: their quotes stay."""


def unquote(marked: Marked) -> Iterator[Edit]:
    """The edits that take quotes away or change `'…'` to `"…"`."""
    text = marked.text
    quoted = {token.start: token for token in marked.written if token.style in ('"', "'")}
    tree = read_tree(Source("", text), Report()) if quoted else None
    for scalar in _scalars(tree):
        # Not where an alias stands for it, nor twice for a merged mapping.
        token = quoted.pop(scalar.place.start, None)
        if token is None:
            continue
        written = text[token.start + 1 : token.end - 1]
        if written != scalar.text:
            continue  # it has escapes, or lines
        if may_be_plain(written):
            yield Edit(token.start, token.end, written)
        elif '"' not in written and "\\" not in written:
            yield Edit(token.start, token.end, f'"{written}"')


def _scalars(node: Node | None) -> Iterator[Scalar]:
    """All scalars of a tree, keys included, but for those under foreign keys."""
    match node:
        case Scalar():
            yield node
        case Sequence(items):
            for item in items:
                yield from _scalars(item)
        case Mapping(entries):
            for entry in entries:
                yield entry.key
                if entry.key.text not in _FOREIGN and not entry.key.text.startswith("x-"):
                    yield from _scalars(entry.value)
        case None:
            pass
