"""Documents read from disk or standard input, and the confinement of the paths they name."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from pathlib import Path
from typing import IO, Literal

from modelspec.diagnostics import Label, Place, Report, Source, nearest
from modelspec.diagnostics.shown import shown
from modelspec.source.limits import MAX_BYTES

_PROJECT_MARKS = (".git", "pyproject.toml")
_DRIVE = re.compile(r"[A-Za-z]:")
_BOM = "\ufeff"
# A folder with more names than that is not searched for the nearest one.
_MAX_NAMES = 2_000


def load_text(path: Path, report: Report, *, place: Place | None = None) -> tuple[Source, str] | None:
    """The text of a document and the SHA-256 of its bytes; `None` where it cannot be read, which is reported.

    Args:
        place: where another document names it; `None` for one that the caller names, which may be a pipe.
    """
    name = shown_path(path)
    try:
        data = _read(path, pipes=place is None)
    except (OSError, ValueError) as error:
        report.add(
            "file-not-found",
            f"`{shown(name)}` {_failure(error)}",
            place or _whole(name),
            help=nearest_help(path) if isinstance(error, FileNotFoundError) else None,
        )
        return None
    return _decoded(data, name, path.resolve().parent, place, report)


def load_stdin(stream: IO[bytes], report: Report) -> tuple[Source, str] | None:
    """The document on standard input and the SHA-256 of its bytes; `None` where it is none, reported."""
    return _decoded(stream.read(MAX_BYTES + 1), "<stdin>", Path.cwd(), None, report)


def shown_path(path: Path) -> str:
    """A path as the user would write it: relative below the working folder, else as it is."""
    try:
        here = Path.cwd()
        return (here / path).relative_to(here).as_posix()
    except (OSError, ValueError):
        return path.as_posix()


def find_root(document: Path) -> Path:
    """The root of a document's project.

    It is the nearest folder above the document, links resolved, with `.git` or `pyproject.toml`, else the
    document's own.
    """
    folder = document.resolve().parent
    for candidate in (folder, *folder.parents):
        if any(_exists(candidate / mark) for mark in _PROJECT_MARKS):
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
    folders: Literal["refused", "taken"] = "refused",
) -> Path | None:
    """The file that a path in a document means; `None` where it may not be read or is not there, reported.

    Links are resolved before the path is held against the root, so what is read is what was checked.

    Args:
        reference: as written, relative to `folder`; an absolute path only below one of `allowed`.
        folder: where the document that names it lies.
        root: what it must stay inside; `..` may stand in it as long as it does.
        allowed: files and folders elsewhere that the caller allows.
        folders: whether it may be a folder.
    """
    name = shown(reference)
    refusal = _refusal(reference)
    if refusal is not None:
        report.add("outside-root", f"`{name}` {refusal[0]}", place, help=refusal[1])
        return None
    path = folder / reference
    try:
        path = path.resolve()
        absolute = Path(reference).is_absolute()
        limits = tuple(limit.resolve() for limit in (*allowed, *(() if absolute else (root,))))
        if not any(path.is_relative_to(limit) for limit in limits):
            what, help_text = _outside(reference, folder, root.resolve(), path)
            report.add("outside-root", f"`{name}` {what}", place, help=help_text)
            return None
        report.files.append(str(path))
        mode = path.stat().st_mode
    except (OSError, ValueError, RuntimeError) as error:
        missing = isinstance(error, FileNotFoundError)
        report.add(
            "file-not-found",
            f"`{name}` {_failure(error)}",
            place,
            help=nearest_help(path) if missing else None,
        )
        return None
    if not (stat.S_ISREG(mode) or (folders == "taken" and stat.S_ISDIR(mode))):
        report.add("file-not-found", f"`{name}` {_kind(mode)}", place, help="name a regular file")
        return None
    return path


def _read(path: Path, *, pipes: bool) -> bytes:
    """At most one byte more than a text may have; `ValueError` for what is no file.

    Args:
        pipes: whether a pipe (`<(…)` of a shell) will do.
    """
    if pipes and stat.S_ISFIFO(path.stat().st_mode):
        flags = 0
    else:
        flags = getattr(os, "O_NONBLOCK", 0)  # a pipe put there meanwhile must not stop us
    with open(path, "rb", opener=lambda name, mode: os.open(name, mode | flags)) as stream:
        mode = os.fstat(stream.fileno()).st_mode
        if not (stat.S_ISREG(mode) or (pipes and stat.S_ISFIFO(mode))):
            raise ValueError(_kind(mode))
        return stream.read(MAX_BYTES + 1)


def _decoded(
    data: bytes, name: str, folder: Path, place: Place | None, report: Report
) -> tuple[Source, str] | None:
    named = (Label(place, "it is named here"),) if place else ()
    if len(data) > MAX_BYTES:
        report.add(
            "too-large",
            f"`{shown(name)}` has more than {MAX_BYTES:,} bytes",
            _whole(name),
            help="a document describes a model, and its values lie elsewhere",
            labels=named,
        )
        return None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        at = len(data[: error.start].decode("utf-8"))
        readable = Source(name, data.decode("utf-8", "replace"), folder=folder)
        wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
        report.add(
            "not-utf8",
            f"the byte 0x{data[error.start]:02x} is not UTF-8 here",
            Place(readable, at, at + 1),
            help="save it as UTF-8; this looks like UTF-16" if wide else "save it as UTF-8",
            labels=named,
        )
        return None
    source = Source(name, text.removeprefix(_BOM), folder=folder)
    return source, hashlib.sha256(data).hexdigest()


def _whole(name: str) -> Place:
    """A place for what is wrong with a file as a whole."""
    return Place(Source(name, "", inline=True), 0, 0)


def _failure(error: Exception) -> str:
    """Why a path cannot be read, as the rest of a sentence."""
    match error:
        case FileNotFoundError():
            return "does not exist"
        case IsADirectoryError():
            return "is a folder"
        case OSError(strerror=str(reason)):
            return f"cannot be read: {reason.lower()}"
        case RuntimeError():
            return "is a link that leads to itself"
        case ValueError(args=[("is a folder" | "is no regular file") as kind]):
            return str(kind)
        case _:
            return "is no path"


def _kind(mode: int) -> str:
    return "is a folder" if stat.S_ISDIR(mode) else "is no regular file"


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False


def nearest_help(path: Path) -> str | None:
    """A question after the nearest name to the first part of a path that does not exist; `None` without."""
    missing = path
    while not _exists(missing.parent) and missing.parent != missing:
        missing = missing.parent
    try:
        names = [entry.name for entry in missing.parent.iterdir()]
    except OSError:
        return None
    if len(names) > _MAX_NAMES:
        return None
    # By stem: a suffix in common makes no two names alike. Of equal stems, the one with the suffix asked for.
    by_stem = {
        Path(name).stem: name
        for name in sorted(names, key=lambda name: (name.endswith(missing.suffix), name))
    }
    near = by_stem.get(nearest(missing.stem, by_stem) or "")
    return f"did you mean `{near}`?" if near and near != missing.name else None


def _refusal(reference: str) -> tuple[str, str] | None:
    """Why a text may not be a path at all, and what to do; nothing is looked up."""
    relative = "write it relative to this document, with `/` between folders"
    if "://" in reference:
        return "is a URL, and a document names files", "download it, and write its path"
    if "\\" in reference or _DRIVE.match(reference):
        return "is a path of Windows only", relative
    if reference.startswith("~"):
        return "is a path from a home folder", relative
    if "\0" in reference or not reference.strip():
        return "is no path", relative
    return None


def _outside(reference: str, folder: Path, root: Path, path: Path) -> tuple[str, str]:
    """Why a path that leads out of the root is refused, and what to do."""
    allow = "move it into the project, or allow it with `--allow-path`"
    if Path(reference).is_absolute():
        if path.is_relative_to(root):
            return "is an absolute path", "write it relative to this document"
        return "is an absolute path out of the project", allow
    written = Path(os.path.normpath(folder.resolve() / reference))
    if written.is_relative_to(root):
        return f"is a link that leads out of the project, whose root is {_shown_root(root)}", allow
    return f"lies outside of the project, whose root is {_shown_root(root)}", allow


def _shown_root(root: Path) -> str:
    name = shown_path(root)
    return "the working folder" if name == "." else f"`{shown(name)}`"
