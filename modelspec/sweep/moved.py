"""A document for another folder: every file that it names relative to its own, named from there."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from modelspec.diagnostics import Report, Source
from modelspec.language.merge import History
from modelspec.language.override import Override, apply_override
from modelspec.language.words import SWEEP_FILE, is_file
from modelspec.source.reader import read_tree
from modelspec.source.tree import Entry, Mapping, Node, Scalar, Sequence
from modelspec.sweep.edited import edited
from modelspec.sweep.read_section import read_sweep
from modelspec.sweep.references import Kind, Reference, references_of
from modelspec.sweep.same_tree import says_the_same
from modelspec.sweep.values import Choices, Choose, Parameter, Setting, Sweep, Zip
from modelspec.sweep.values import Path as SpecPath
from modelspec.sweep.written import written

_NO_PATH = re.compile(r"[A-Za-z]:|~")
_UP = re.compile(r"\.\.?(?:/+|$)")


def moved_text(text: str, old: Path, new: Path) -> str:
    """The same document as it must be written in another folder, with no other byte changed where it can be.

    Absolute paths, URLs, modules with dots and names of data sets stay. A path that a variable gives stays in
    the variable, and where that is read the way there is put before it.

    Args:
        old: the folder that its paths are relative to now.
        new: the one that they shall be relative to.

    Raises:
        SpecError: the text cannot be read.
    """
    report = Report()
    tree = read_tree(Source("<document>", text, folder=old), report)
    report.raise_if_errors()
    if not isinstance(tree, Mapping):
        return text
    return text_of(text, tree, moved_tree(tree, new))


def text_of(text: str, tree: Mapping, wanted: Mapping) -> str:
    """A text that says what a tree does: another one edited where that is possible, else written anew.

    Args:
        tree: of the text.
    """
    found = edited(text, tree, wanted)
    if found is not None and _reads_as(found, wanted):
        return found
    found = written(wanted)
    if not _reads_as(found, wanted):
        raise AssertionError("a tree was written that reads as another")
    return found


def _reads_as(text: str, wanted: Mapping) -> bool:
    report = Report()
    tree = read_tree(Source("<document>", text), report)
    return tree is not None and not report.has_errors and says_the_same(tree, wanted)


def moved_tree(tree: Mapping, folder: Path) -> Mapping:
    """The tree with every reference to a file as it is seen from a folder."""
    if {source.folder for source in _sources(tree)} == {folder}:
        return tree
    found: dict[int, str] = {}
    for reference in (*references_of(tree), *_swept_references(tree)):
        text = moved_reference(reference, folder)
        if text is not None:
            found.setdefault(id(reference.node), text)
    moved = _with_texts(tree, found) if found else tree
    assert isinstance(moved, Mapping)
    return moved


def moved_reference(reference: Reference, folder: Path) -> str | None:
    """A reference as it is seen from a folder; `None` where it stays as it is."""
    start, end = reference.folder.resolve(), folder.resolve()
    texts = reference.texts or (reference.node.text,)
    if start == end or not all(_is_relative(text, reference.kind) for text in texts):
        return None
    path, colon, name = reference.node.text, "", ""
    if reference.kind == "function":
        path, colon, name = path.rpartition(":")
    while step := _UP.match(path):
        path = path[step.end() :]
        if step[0].startswith(".."):
            start = start.parent
    escaped = "$" if reference.kind == "document" else "$$"
    for folder_name in end.parts[len(start.parts) :] if end.is_relative_to(start) else ():
        first = folder_name.replace("$", escaped) + "/"
        if not path.startswith(first):
            break
        start, path = start / folder_name, path.removeprefix(first).lstrip("/")
    way = _way(start, end).replace("$", escaped)
    moved = "/".join(part for part in (way, path) if part) or "."
    if _NO_PATH.match(moved) or (_is_module(reference.kind) and not is_file(moved)):
        moved = f"./{moved}"
    return moved + colon + name


def _way(start: Path, end: Path) -> str:
    """From one folder to another; in full where there is none, as between two drives."""
    try:
        way = Path(os.path.relpath(start, end)).as_posix()
    except ValueError:
        return start.as_posix()
    return "" if way == "." else way


def _is_relative(text: str, kind: Kind) -> bool:
    """Whether a text names a file by the folder that it is written in."""
    if kind == "function":
        text = text.rpartition(":")[0]
    if _is_module(kind) and not is_file(text):
        return False
    refused = "://" in text or "\\" in text or _NO_PATH.match(text) is not None or not text.strip()
    return not refused and not Path(text).is_absolute()


def _is_module(kind: Kind) -> bool:
    return kind in ("module", "function")


def _swept_references(tree: Mapping) -> Iterator[Reference]:
    """The references among what a sweep gives to the document."""
    mark = tree.entry(SWEEP_FILE)
    entry = tree.entry("sweep") if mark is None else Entry(mark.key, tree)
    if entry is None or not isinstance(entry.value, Mapping):
        return
    for setting in _settings(read_sweep(entry, Report())):
        values = _nodes_in(setting.value)
        if any(isinstance(node, Scalar) and isinstance(node.value, str) for node in values.values()):
            for reference in references_of(_with(tree, setting)):
                if id(reference.node) in values:
                    yield reference


def _settings(sweep: Sweep) -> Iterator[Setting]:
    """Everything that any point may set."""
    given = [pair for start in sweep.start for pair in start.values]
    for part in sweep.space.walk():
        match part:
            case Parameter(path=path, domain=Choices(nodes=nodes)):
                yield from (Setting(path, node) for node in nodes)
                yield from (Setting(path, node) for key, node in given if key == part.key)
            case Zip():
                for row in part.rows:
                    yield from map(Setting, part.paths, row)
            case Choose():
                for alternative in part.alternatives:
                    yield from (Setting(path, node) for path, node in alternative.set)


def _with(tree: Mapping, setting: Setting) -> Mapping:
    """The document with one value set; of one that is not here what its path alone says."""
    path = setting.path
    report = Report()
    override = Override(path.steps, setting.value, path.place.source)
    applied = apply_override(tree, override, lambda _: None, report, History())
    return _alone(path, setting.value) if report.diagnostics else applied


def _alone(path: SpecPath, value: Node) -> Mapping:
    """A document of nothing but a path and a value."""
    node: Node = value
    for step in reversed(path.steps):
        if step.isdigit():
            node = Sequence((node,), value.place)
        else:
            node = Mapping((Entry(Scalar(step, step, path.place), node),), value.place)
    return node if isinstance(node, Mapping) else Mapping((), value.place)


def _nodes_in(node: Node) -> dict[int, Node]:
    """A node and all inside it, by identity."""
    found = {id(node): node}
    match node:
        case Sequence(items=inner):
            for item in inner:
                found |= _nodes_in(item)
        case Mapping(entries=entries):
            for entry in entries:
                found |= _nodes_in(entry.value)
    return found


def _sources(tree: Node) -> frozenset[Source]:
    """The texts that a tree comes from."""
    match tree:
        case Sequence(items=inner):
            return frozenset({tree.place.source}).union(*map(_sources, inner))
        case Mapping(entries=entries):
            return frozenset({tree.place.source}).union(*(_sources(entry.value) for entry in entries))
        case _:
            return frozenset({tree.place.source})


def _with_texts(node: Node, texts: dict[int, str]) -> Node:
    """The tree with other texts for some of its scalars, by identity."""
    match node:
        case Scalar():
            text = texts.get(id(node))
            return node if text is None else replace(node, value=text, text=text)
        case Sequence():
            return Sequence(tuple(_with_texts(item, texts) for item in node.items), node.place)
        case Mapping():
            entries = (replace(entry, value=_with_texts(entry.value, texts)) for entry in node.entries)
            return Mapping(tuple(entries), node.place)
