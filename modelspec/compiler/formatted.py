"""Files in the house's form: which are documents, what would change, and the writing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from difflib import unified_diff
from pathlib import Path

from modelspec.archive.atomic import write_atomically
from modelspec.archive.write_failures import diagnosed_writing
from modelspec.compiler.document_text import load_document
from modelspec.diagnostics import Report, Source
from modelspec.formatting.form import format_text, is_document
from modelspec.frozen import dataclass

_SUFFIXES = (".yaml", ".yml")
_MARK = "\ufeff"


@dataclass(frozen=True, slots=True)
class Formatted:
    """A document and its form.

    Args:
        name: as messages call it.
        before: its text.
        after: the same in the house's form.
    """

    name: str
    before: str
    after: str

    @property
    def changed(self) -> bool:
        """Whether it was not in that form."""
        return self.before != self.after

    def diff(self) -> str:
        """What changes, as a unified diff; empty where nothing does."""
        before, after = (text.splitlines(keepends=True) for text in (self.before, self.after))
        lines = unified_diff(before, after, self.name, self.name)
        ended = (line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
        return "".join(ended)


def format_source(source: Source, report: Report) -> Formatted | None:
    """A document's form; `None` for a text that is no document, or cannot be read, which is reported."""
    if not is_document(source.text):
        return None
    after = format_text(source, report)
    return None if after is None else Formatted(source.name, source.text, after)


def format_file(path: Path, report: Report, *, write: bool) -> Formatted | None:
    """The same of a file.

    Args:
        write: whether the file is written anew, whole or not at all, where it changes.

    Raises:
        SpecError: it cannot be written.
    """
    loaded = load_document(path, report)
    if loaded is None:
        return None
    source, sha256 = loaded
    formatted = format_source(source, report)
    if write and formatted is not None and formatted.changed:
        # A byte order mark is all that a text can have lost while it was read.
        whole = hashlib.sha256(source.text.encode()).hexdigest() == sha256
        data = f"{'' if whole else _MARK}{formatted.after}".encode()
        with diagnosed_writing(path, report, needed=len(data)):
            write_atomically(path, data)
    return formatted


def documents_in(paths: Iterable[Path]) -> Iterator[Path]:
    """The files themselves, and of folders all YAML files below them that are not hidden, in order."""
    for path in paths:
        if path.is_dir():
            found = (file for file in path.rglob("*") if file.suffix in _SUFFIXES and file.is_file())
            yield from sorted(file for file in found if not _is_hidden(file.relative_to(path)))
        else:
            yield path


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)
