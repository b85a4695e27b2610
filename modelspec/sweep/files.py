"""A sweep in a file of its own: its base with the sweep in it, as if it had been written there."""

from __future__ import annotations

from dataclasses import replace

from modelspec.diagnostics import Report, nearest
from modelspec.language.load import Document, Loader
from modelspec.language.merge import History, merge_documents
from modelspec.language.words import SWEEP_FILE, SWEEP_KEYS
from modelspec.source.tree import Entry, Mapping, Scalar

VERSION = 1
FILE_KEYS = (SWEEP_FILE, "base", "train", *SWEEP_KEYS)


def is_sweep_file(tree: Mapping) -> bool:
    """Whether a document is a sweep of another one."""
    return tree.entry(SWEEP_FILE) is not None


def document_of_sweep(document: Document, loader: Loader, report: Report) -> Document | None:
    """The base that a sweep's file names, with its `train` laid over and its sweep put in.

    `None` where there is none, which is reported.
    """
    tree = document.tree
    mark = tree.entry(SWEEP_FILE)
    assert mark is not None
    _check_version(mark, report)
    _check_keys(tree, report)
    base = tree.entry("base")
    if base is None:
        report.add(
            "missing-key",
            "a sweep in a file of its own needs the document that it varies",
            mark.key.place,
            help="write `base: net.yaml`",
        )
        return None
    if not (isinstance(base.value, Scalar) and isinstance(base.value.value, str)):
        report.add(
            "wrong-kind",
            "`base` is the path of a document",
            base.value.place,
            help="for example `base: net.yaml`",
        )
        return None
    below = loader.load_referenced(base.value.text, base.value.place, document, report)
    if below is None:
        return None
    if is_sweep_file(below.tree):
        report.add(
            "wrong-value",
            f"`{base.value.text}` is a sweep itself",
            base.value.place,
            help="name the document that it varies",
        )
        return None
    history = History(dict(below.history.replaced))
    over = Mapping(tuple(entry for entry in tree.entries if entry.key.text == "train"), tree.place)
    merged = merge_documents(below.tree, over, report, history)
    kept = tuple(entry for entry in merged.entries if entry.key.text != "sweep")
    own = Mapping(tuple(entry for entry in tree.entries if entry.key.text in SWEEP_KEYS), tree.place)
    sweep = Entry(replace(mark.key, text="sweep", value="sweep"), own)
    return Document(
        Mapping((*kept, sweep), below.tree.place),
        below.stem,
        below.chain,
        (*below.sources, *document.sources),
        history,
    )


def _check_version(mark: Entry, report: Report) -> None:
    value = mark.value.value if isinstance(mark.value, Scalar) else None
    if value != VERSION or isinstance(value, bool):
        report.add(
            "unknown-version",
            "this modelspec reads version 1 of sweeps",
            mark.value.place,
            help=f"write `{SWEEP_FILE}: {VERSION}`, or install a newer modelspec",
        )


def _check_keys(tree: Mapping, report: Report) -> None:
    for entry in tree.entries:
        key = entry.key.text
        if key not in FILE_KEYS and not key.startswith("x-"):
            near = nearest(key, FILE_KEYS)
            report.add(
                "unknown-key",
                f"a sweep has no key `{key}`",
                entry.key.place,
                help=f"did you mean `{near}`?" if near else "keys of your own start with `x-`",
            )
