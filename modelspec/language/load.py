"""Documents from files, standard input or text, with what they extend laid under them."""

from __future__ import annotations

from dataclasses import field
from pathlib import Path
from typing import Literal

from modelspec.diagnostics import Place, Report, Source
from modelspec.frozen import dataclass
from modelspec.language.merge import History, merge_documents, settle_placement
from modelspec.source.files import find_root, load_text, resolve_inside
from modelspec.source.reader import read_tree
from modelspec.source.tree import Mapping, Node, Scalar, Sequence

MAX_EXTENDS = 50
# Files read for one document, those read twice counted twice.
MAX_FILES = 1_000


@dataclass(frozen=True, slots=True)
class Document:
    """A document with its bases merged into it.

    Args:
        tree: the merged tree, without `extends`.
        stem: the file's name without its suffix, for the default of `name`.
        folder: where its references start.
        chain: the files that led here, outermost first, for loops.
        sources: every file read for it and the SHA-256 of its bytes.
        history: which place an overriding value took over from.
    """

    tree: Mapping
    stem: str
    chain: tuple[Path, ...]
    sources: tuple[tuple[str, str], ...]
    history: History


@dataclass(frozen=True, slots=True)
class Loader:
    """Reads documents within a project.

    Args:
        root: the folder that references must stay inside.
        allowed: folders and files outside of it that the caller allows.
    """

    root: Path
    allowed: tuple[Path, ...] = ()
    _read: list[Path] = field(default_factory=list)

    def resolve(
        self,
        reference: str,
        place: Place,
        report: Report,
        *,
        folders: Literal["refused", "taken"] = "refused",
    ) -> Path | None:
        """The file that a reference in a document means; `None` where it may not or does not exist."""
        return resolve_inside(
            reference,
            place.source.folder or Path.cwd(),
            self.root,
            allowed=self.allowed,
            place=place,
            report=report,
            folders=folders,
        )

    def load(self, source: Source, sha256: str, path: Path | None, report: Report) -> Document | None:
        """The document of a source, what it extends merged under it."""
        chain = (path,) if path else ()
        stem = path.name.partition(".")[0] if path else "model"
        return self._load(source, sha256, stem, chain, report)

    def load_referenced(
        self, reference: str, place: Place, parent: Document, report: Report
    ) -> Document | None:
        """The document that another names in `file:`."""
        return self._load_below(reference, place, parent.chain, report)

    def _load_below(
        self, reference: str, place: Place, chain: tuple[Path, ...], report: Report
    ) -> Document | None:
        path = self.resolve(reference, place, report)
        if path is None:
            return None
        if path in chain or len(chain) > MAX_EXTENDS:
            names = " → ".join(f"`{step.name}`" for step in (*chain[-5:], path))
            report.add(
                "document-loop",
                f"this document leads back to itself: {names}",
                place,
                help="take one of the references out",
            )
            return None
        self._read.append(path)
        if len(self._read) > MAX_FILES:
            report.fail(
                "too-large",
                f"more than {MAX_FILES:,} files are read for one document",
                place,
                help="documents that name two others each, over and over, double at every step",
            )
        loaded = load_text(path, report, place=place)
        if loaded is None:
            return None
        source, sha256 = loaded
        return self._load(source, sha256, path.name.partition(".")[0], (*chain, path), report)

    def _load(
        self, source: Source, sha256: str, stem: str, chain: tuple[Path, ...], report: Report
    ) -> Document | None:
        tree = read_tree(source, report)
        own: tuple[tuple[str, str], ...] = ((source.name, sha256),)
        if tree is None:
            if not report.has_errors:
                report.add(
                    "empty-document",
                    "the document is empty",
                    Place(source, 0, 0),
                    help="it starts with `modelspec: 1`",
                )
            return None
        if not isinstance(tree, Mapping):
            report.add(
                "wrong-kind",
                "a document is a mapping",
                tree.place,
                help="it starts with `modelspec: 1`",
            )
            return None
        history = History()
        extends = tree.entry("extends")
        if extends is None:
            return Document(settle_placement(tree, report), stem, chain, own, history)
        bases = self._bases(extends.value, chain, report)
        if bases is None:
            return None
        sources = own
        merged: Mapping | None = None
        for base in bases:
            sources += base.sources
            history.replaced.update(base.history.replaced)
            merged = base.tree if merged is None else merge_documents(merged, base.tree, report, history)
        over = Mapping(tuple(entry for entry in tree.entries if entry is not extends), tree.place)
        if merged is not None:
            over = merge_documents(merged, over, report, history)
        return Document(over, stem, chain, sources, history)

    def _bases(self, node: Node, chain: tuple[Path, ...], report: Report) -> list[Document] | None:
        nodes = node.items if isinstance(node, Sequence) else (node,)
        bases: list[Document] = []
        for item in nodes:
            if not (isinstance(item, Scalar) and isinstance(item.value, str)):
                report.add(
                    "wrong-kind",
                    "`extends` is the path of a document, or a list of them",
                    item.place,
                    help="for example `extends: base.yaml`",
                )
                return None
            base = self._load_below(item.text, item.place, chain, report)
            if base is None:
                return None
            bases.append(base)
        return bases


def loader_for(path: Path | None, *, root: Path | None, allowed: tuple[Path, ...]) -> Loader:
    """The loader of a top document: its project's root unless the caller sets one."""
    if root is None:
        root = find_root(path) if path else Path.cwd()
    return Loader(root.resolve(), tuple(item.resolve() for item in allowed))
