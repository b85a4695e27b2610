"""One variant as a document of its own, which anybody can read, build and go on with."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from modelspec.diagnostics import Place, Report, Source
from modelspec.language.load import Document
from modelspec.source.reader import read_tree
from modelspec.source.tree import Entry, Mapping, Node, Scalar
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
    tree = document_of_point(document, settings, class_of, report).tree
    kept = tuple(entry for entry in tree.entries if entry.key.text != "sweep")
    return _text_of(document, Mapping(kept, tree.place), folder)


def sweep_text(document: Document, section: Mapping, *, folder: Path | None = None) -> str:
    """The text of a document with its sweep, from which the sweep can be read again.

    Args:
        document: its bases merged into it; what it has of a sweep itself makes room for the section.
        section: the sweep.
        folder: see `variant_text`.
    """
    tree = document.tree
    kept = tuple(entry for entry in tree.entries if entry.key.text not in ("sweep", "extends"))
    key = Scalar("sweep", "sweep", section.place)
    return _text_of(document, Mapping((*kept, Entry(key, section)), tree.place), folder)


def with_seed(text: str, seed: int) -> str:
    """A variant's document with another seed of its values, and of its training where that has its own."""
    source = Source("<document>", text)
    tree = read_tree(source, Report())
    assert isinstance(tree, Mapping)
    node = Scalar(seed, str(seed), Place(source, 0, 0))
    wanted = _with(tree, "weights", _with(tree.get("weights"), "seed", node))
    train = tree.get("train")
    if isinstance(train, Mapping) and train.entry("seed") is not None:
        wanted = _with(wanted, "train", _with(train, "seed", node))
    return text_of(text, tree, wanted)


def folder_of(document: Document) -> Path:
    """The folder of the file that a document was read from first: of the sweep's, where it has its own."""
    if document.chain:
        return document.chain[0].parent
    return document.tree.place.source.folder or Path.cwd()


def _text_of(document: Document, tree: Mapping, folder: Path | None) -> str:
    """The text of a tree, that of the file where most of it was written edited if it can be."""
    source = document.tree.place.source
    found = read_tree(source, Report())
    base = found if isinstance(found, Mapping) else Mapping((), document.tree.place)
    return text_of(source.text, base, moved_tree(tree, folder_of(document) if folder is None else folder))


def _with(node: Node | None, key: str, value: Node) -> Mapping:
    """A mapping with a value under a key, in its place or behind the others."""
    mapping = node if isinstance(node, Mapping) else Mapping((), value.place)
    if mapping.entry(key) is None:
        return Mapping((*mapping.entries, Entry(Scalar(key, key, value.place), value)), mapping.place)
    entries = (Entry(one.key, value) if one.key.text == key else one for one in mapping.entries)
    return Mapping(tuple(entries), mapping.place)
