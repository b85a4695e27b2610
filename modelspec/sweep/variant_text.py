"""One variant as a document of its own, which anybody can read, build and go on with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from modelspec.diagnostics import Report
from modelspec.language.load import Document
from modelspec.source.reader import read_tree
from modelspec.source.tree import Mapping
from modelspec.sweep.apply import ClassOf, document_of_point
from modelspec.sweep.moved import moved_tree, text_of
from modelspec.sweep.values import Setting


def variant_text(
    document: Document,
    settings: Iterable[Setting],
    class_of: ClassOf,
    report: Report,
    *,
    folder: Path | None = None,
) -> str:
    """The text of a document with a point's values in it, and without a sweep.

    Of one that is written in one file it is that file's text: its comments stay, and all that the point does
    not change. What has bases is written anew. Either says the same as the tree of the point.

    Args:
        document: its bases merged into it.
        class_of: the class that a string on the way of a path stands for.
        report: where paths that lead nowhere go.
        folder: what its references shall be relative to; by default, the folder of the top document.
    """
    tree = _without_sweep(document_of_point(document, settings, class_of, report).tree)
    return text_in(document, tree, folder_of(document) if folder is None else folder)


def text_in(document: Document, tree: Mapping, folder: Path) -> str:
    """The text of a tree that a document has become, for a folder; that of the document's own file, edited,
    where that can be.
    """
    wanted = moved_tree(tree, folder)
    return text_of(document.tree.place.source.text, own_tree(document), wanted)


def own_tree(document: Document) -> Mapping:
    """What the file says in which a document is written that has no bases, and so the most of another."""
    found = read_tree(document.tree.place.source, Report())
    return found if isinstance(found, Mapping) else Mapping((), document.tree.place)


def folder_of(document: Document) -> Path:
    """The folder of the file that a document was read from first: of the sweep's, where it has its own."""
    if document.chain:
        return document.chain[0].parent
    return document.tree.place.source.folder or Path.cwd()


def _without_sweep(tree: Mapping) -> Mapping:
    return replace(tree, entries=tuple(entry for entry in tree.entries if entry.key.text != "sweep"))
