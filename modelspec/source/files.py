"""Documents read from disk or standard input, and the confinement of the paths they name."""

from __future__ import annotations

import hashlib
import re
import stat
from pathlib import Path
from typing import IO

from modelspec.diagnostics import Place, Report, Source, nearest

MAX_BYTES = 64 * 1024 * 1024
_PROJECT_MARKS = (".git", "pyproject.toml")
_DRIVE = re.compile(r"[A-Za-z]:")


def load_text(path: Path, report: Report, *, place: Place | None = None) -> tuple[Source, str] | None:
    """The text of a document and the SHA-256 of its bytes; `None` where it cannot be read, which is reported.

    Args:
        place: where another document names it; `None` for one named by the caller.
    """
    name = shown_path(path)
    try:
        if not stat.S_ISREG(path.stat().st_mode) and not _is_pipe(path, place):
            what = "a folder" if path.is_dir() else "no regular file"
            report.add("file-not-found", f"`{name}` is {what}", place or _at(name), help="name a document")
            return None
        data = path.read_bytes()
    except OSError as error:
        near = nearest(path.name, _names_in(path.parent))
        report.add(
            "file-not-found",
            f"`{name}` cannot be read: {_reason(error)}",
            place or _at(name),
            help=f"did you mean `{near}`?" if near and near != path.name else None,
        )
        return None
    return _decoded(data, name, path.resolve().parent, place, report)


def load_stdin(stream: IO[bytes], report: Report) -> tuple[Source, str] | None:
    """The document on standard input and the SHA-256 of its bytes."""
    return _decoded(stream.read(), "<stdin>", Path.cwd(), None, report)


def _decoded(
    data: bytes, name: str, folder: Path, place: Place | None, report: Report
) -> tuple[Source, str] | None:
    if len(data) > MAX_BYTES:
        report.add(
            "too-large", f"`{name}` has {len(data):,} bytes, {MAX_BYTES:,} are allowed", place or _at(name)
        )
        return None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        report.add(
            "not-utf8",
            f"`{name}` is not UTF-8: byte {error.start} is 0x{data[error.start]:02x}",
            place or _at(name),
            help="save it as UTF-8",
        )
        return None
    return Source(name, text, folder=folder), hashlib.sha256(data).hexdigest()


def _at(name: str) -> Place:
    """A place for what is wrong with a file as a whole."""
    return Place(Source(name, ""), 0, 0)


def _is_pipe(path: Path, place: Place | None) -> bool:
    """Whether this is a pipe (`<(…)`) that the caller, not a document, named."""
    return place is None and stat.S_ISFIFO(path.stat().st_mode)


def _reason(error: OSError) -> str:
    return (error.strerror or "unknown reason").lower()


def _names_in(folder: Path) -> list[str]:
    try:
        return sorted(entry.name for entry in folder.iterdir())
    except OSError:
        return []


def shown_path(path: Path) -> str:
    """A path as the user would write it: relative below the working folder."""
    try:
        absolute = path if path.is_absolute() else Path.cwd() / path
        return absolute.relative_to(Path.cwd()).as_posix()
    except ValueError:
        return path.as_posix()


def find_root(document: Path) -> Path:
    """The project's root: the nearest folder above the document with `.git` or `pyproject.toml`, else its own."""
    folder = document.resolve().parent
    for candidate in (folder, *folder.parents):
        if any((candidate / mark).exists() for mark in _PROJECT_MARKS):
            return candidate
    return folder


def resolve_inside(
    reference: str,
    folder: Path,
    root: Path,
    *,
    allowed: tuple[Path, ...] = (),
    place: Place,
    report: Report,
) -> Path | None:
    """The file that a path in a document means; `None` where it may not be read or is not there, reported.

    Links are resolved before the path is held against the root.

    Args:
        reference: as written, relative to `folder`.
        folder: where the document that names it lies.
        root: what it must stay inside.
        allowed: files and folders elsewhere that the caller allows.
    """
    refusal = _refusal(reference)
    if refusal is not None:
        report.add(
            "outside-root", refusal, place, help="name a file of the project, relative to this document"
        )
        return None
    try:
        path = (folder / reference).resolve()
    except (OSError, ValueError, RuntimeError):
        report.add("file-not-found", f"`{reference}` is no path", place)
        return None
    if not any(path.is_relative_to(limit) for limit in (root, *allowed)):
        report.add(
            "outside-root",
            f"`{reference}` lies outside of the project `{shown_path(root)}`",
            place,
            help="move it into the project, or allow it with `--allow-path`",
        )
        return None
    if not path.is_file():
        near = nearest(path.name, _names_in(path.parent))
        what = "is no regular file" if path.exists() else "does not exist"
        report.add(
            "file-not-found",
            f"`{reference}` {what}",
            place,
            help=f"did you mean `{near}`?" if near and near != path.name else None,
        )
        return None
    return path


def _refusal(reference: str) -> str | None:
    if "://" in reference:
        return f"`{reference}` is a URL, and documents name files only"
    if "\\" in reference or _DRIVE.match(reference):
        return f"`{reference}` is a path of Windows: write `/` between folders"
    if "\0" in reference or not reference.strip():
        return "this is no path"
    return None
