"""The text of one variant: an ordinary document, that stands alone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from modelspec.diagnostics import Place, Report
from modelspec.language.load import Document
from modelspec.source.tree import Mapping, Node, Sequence
from modelspec.sweep.apply import ClassOf, document_of_point
from modelspec.sweep.shown import plain
from modelspec.sweep.values import Setting


def variant_text(document: Document, settings: Iterable[Setting], class_of: ClassOf, report: Report) -> str:
    """The document with a point's values in it, and without its sweep."""
    found = document_of_point(document, settings, class_of, report)
    tree = {entry.key.text: plain(entry.value) for entry in found.tree.entries if entry.key.text != "sweep"}
    return json.dumps(tree, indent=1, ensure_ascii=False) + "\n"


def sweep_text(document: Document, section: Mapping, written: str) -> str:
    """The text of a document with its sweep, from which the sweep can be read again.

    Args:
        document: without the sweep, its bases merged.
        section: the sweep.
        written: the text that it was read from, which is given where nothing else belongs to it.
    """
    if len(document.sources) == 1 and not _is_changed(document, section):
        return written
    tree = {entry.key.text: plain(entry.value) for entry in document.tree.entries}
    return json.dumps({**tree, "sweep": plain(section)}, indent=1, ensure_ascii=False) + "\n"


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


def with_seed(text: str, seed: int) -> str:
    """A variant's document with another seed of its values and its training."""
    tree = json.loads(text)
    weights = tree.get("weights") or {}
    tree["weights"] = {**weights, "seed": seed}
    return json.dumps(tree, indent=1, ensure_ascii=False) + "\n"


def moved_text(text: str, old: Path, new: Path) -> str:
    """The same document for another folder."""
    return text
