"""Locks written and checked: documents compiled, and laid beside what the file says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from modelspec import __version__
from modelspec.archive.atomic import write_atomically
from modelspec.archive.write_failures import diagnosed_writing
from modelspec.catalog.load import installed_keras_version
from modelspec.compiler.locking.comparing import differences, other_versions
from modelspec.compiler.locking.file import lock_text, read_lock
from modelspec.compiler.locking.lock import NAME, Lock, LockedDocument
from modelspec.compiler.locking.reading import locked_document, path_from
from modelspec.compiler.values import Compiled
from modelspec.diagnostics import Place, Report, Source
from modelspec.source.files import find_root, shown_path

_AGAIN = "if that is meant, `modelspec lock` writes it anew, and the difference is there to be reviewed"


def lock_for(document: Path) -> Path:
    """Where the lock of a document's project lies."""
    return find_root(document) / NAME


def entry_of(compiled: Compiled, report: Report, lock: Path) -> LockedDocument:
    """What the lock says of a document that was just compiled.

    Args:
        report: of that compilation: it knows the files that were read.
        lock: the path of the lock.

    Raises:
        SpecError: a file cannot be read any more.
    """
    own = compiled.checked.document.chain[:1]
    try:
        return locked_document(compiled, (*map(str, own), *report.files), lock.parent)
    except OSError as error:
        report.fail("file-not-found", f"`{error.filename}` cannot be read any more")


def write_lock(path: Path, found: Mapping[str, LockedDocument], report: Report) -> bool:
    """Write a lock of these documents and of those it has already; whether that changed it.

    Raises:
        SpecError: it cannot be written, or what is there is no lock.
    """
    kept = read_lock(path, report).documents if path.exists() else {}
    lock = Lock(__version__, installed_keras_version(), {**kept, **found})
    text = lock_text(lock).encode()
    if path.exists() and path.read_bytes() == text:
        return False
    with diagnosed_writing(path, report, needed=len(text)):
        write_atomically(path, text)
    return True


def require_lock(path: Path, report: Report) -> Lock:
    """The lock of a project. Raises `SpecError` where there is none."""
    if not path.exists():
        report.fail(
            "no-lock",
            f"there is no `{shown_path(path)}`",
            help="write it with `modelspec lock DOCUMENT...`, and commit it",
        )
    return read_lock(path, report)


def check_against(lock: Lock, path: Path, name: str, found: LockedDocument, report: Report) -> None:
    """Report every difference between a document and its lock.

    Args:
        path: of the lock.
        name: of the document, as the lock writes it.
        found: what the lock would say now.
    """
    place = _place(path)
    locked = lock.documents.get(name)
    if locked is None:
        report.add("no-lock", f"`{name}` is not in the lock", place, help=f"`modelspec lock {name}` adds it")
        return
    for one in differences(locked, found):
        report.add(one.code, f"{name}: {one.message}", place, help=_AGAIN)


def check_locked(compiled: Compiled, document: Path, report: Report) -> None:
    """See that a document that was just compiled is what the lock of its project says.

    Args:
        report: of that compilation.

    Raises:
        SpecError: it is not, or there is no lock.
    """
    path = lock_for(document)
    lock = require_lock(path, report)
    check_against(lock, path, name_of(document, path), entry_of(compiled, report, path), report)
    check_versions(lock, path, report)
    report.raise_if_errors()


def check_versions(lock: Lock, path: Path, report: Report) -> None:
    """Warn of the versions that are not those of the lock."""
    for one in other_versions(lock, installed_keras_version()):
        report.add(one.code, one.message, _place(path), help="the hashes tell whether the same comes of it")


def documents_in(lock: Lock, path: Path) -> tuple[Path, ...]:
    """The paths of the documents of a lock."""
    return tuple(path.parent / name for name in lock.documents)


def name_of(document: Path, lock: Path) -> str:
    """What a lock calls a document."""
    return path_from(lock.parent, document)


def _place(path: Path) -> Place:
    return Place(Source(shown_path(path), "", inline=True), 0, 0)
