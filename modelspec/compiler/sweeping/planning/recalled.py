"""Facts of a document that was planned before, recalled by what it says, without checking it again."""

from __future__ import annotations

import hashlib
import json
import os
from functools import cache

from modelspec import __version__
from modelspec.catalog.load import installed_keras_version
from modelspec.compiler.code_stamp import code_stamp
from modelspec.compiler.sweeping.planning.facts import Facts, read_facts, write_facts
from modelspec.compiler.values import Checked, Options
from modelspec.diagnostics import Report
from modelspec.language.load import Document
from modelspec.source.files import find_root
from modelspec.source.tree import Mapping, Node, Scalar, Sequence

_ROOMS = (
    "architecture",
    "archive",
    "catalog",
    "compiler",
    "decompiler",
    "graph",
    "language",
    "link",
    "source",
    "weights",
)


def recall(document: Document, options: Options) -> Facts | None:
    """The facts of a document in which nothing was found wrong; `None` where it was never planned."""
    return read_facts(_key(document, options)) if _may(options) else None


def remember(document: Document, checked: Checked, options: Options, facts: Facts, report: Report) -> None:
    """Keep the facts, where they follow from the document's own text: it names no file and no module."""
    alone = not report.files and not checked.custom.modules and not checked.spec.use
    if _may(options) and alone:
        write_facts(_key(document, options), facts)


def _may(options: Options) -> bool:
    return options.use_cache and not options.custom_objects


def _key(document: Document, options: Options) -> str:
    limits = [options.max_params, options.allow_unsafe]
    text = json.dumps([_stamp(), limits, document.stem, _folder(document, options), said(document.tree)])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _folder(document: Document, options: Options) -> str:
    """Where in the project it lies: by that the files that it is trained on are known."""
    if not document.chain:
        return ""
    top = document.chain[0]
    return os.path.relpath(top.parent, options.root or find_root(top))


@cache
def _stamp() -> str:
    """Of our own code, which does not change while a process runs it, and of Keras."""
    stamp = json.dumps([code_stamp(rooms=_ROOMS), __version__, installed_keras_version()])
    return hashlib.sha256(stamp.encode()).hexdigest()


def said(node: Node) -> object:
    """A tree without its places. A scalar has its text, which names and references read, and its value."""
    match node:
        case Scalar():
            return [node.text, repr(node.value), node.plain]
        case Sequence():
            return {"items": [said(item) for item in node.items]}
        case Mapping():
            return {"entries": [[entry.key.text, said(entry.value)] for entry in node.entries]}
