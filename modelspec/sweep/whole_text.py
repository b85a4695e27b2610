"""A document with its sweep as one text, from which all of it can be read again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from modelspec.diagnostics import Place
from modelspec.language.load import Document
from modelspec.source.tree import Entry, Mapping, Node, Scalar, Sequence
from modelspec.sweep.variant_text import folder_of, own_tree, text_in


def whole_text(document: Document, section: Mapping, text: str) -> str:
    """The text of a document with its sweep; its references are as seen from the top document's folder.

    Args:
        document: without the sweep, its bases merged.
        section: the sweep.
        text: what the document was read from, which is given where nothing else belongs to it.
    """
    if len(document.sources) == 1 and not _is_changed(document, section):
        return text
    key = Scalar("sweep", "sweep", section.place)
    entries = document.tree.entries
    keys = [entry.key.text for entry in own_tree(document).entries]
    at = keys.index("sweep") if "sweep" in keys else len(entries)
    tree = replace(document.tree, entries=(*entries[:at], Entry(key, section), *entries[at:]))
    return text_in(document, tree, folder_of(document))


def _is_changed(document: Document, section: Mapping) -> bool:
    """Whether something of it was written elsewhere, by `--set`."""
    (own, _), *_ = document.sources
    return any(place.source.name != own for place in _places(document.tree, section))


def _places(*nodes: Node) -> Iterator[Place]:
    for node in nodes:
        yield node.place
        match node:
            case Sequence():
                yield from _places(*node.items)
            case Mapping():
                for entry in node.entries:
                    yield entry.key.place
                    yield from _places(entry.value)
