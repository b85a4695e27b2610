"""Why a file cannot be written, said to the user."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from modelspec.archive.atomic import WriteError, write_atomically
from modelspec.archive.sizes import readable_size
from modelspec.diagnostics import Place, Report, typed

_FULL = frozenset({errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)})

# Errno -> what is the matter with `{path}`, and the help. `{folder}` is the target's folder.
_REASONS = MappingProxyType(
    {
        errno.ENOENT: ("the folder `{folder}` does not exist", "make it first: `mkdir -p {folder}`"),
        errno.ENOTDIR: ("`{folder}` is not a folder", "choose another path"),
        errno.EISDIR: ("it is a folder", "name a file in it: `{path}/model.keras`"),
        errno.EINVAL: ("it is no regular file", "choose the path of a file, or one that is not there yet"),
        errno.ELOOP: ("its symbolic links lead in a circle", "remove the link"),
        errno.EROFS: ("its file system is read-only", "choose another path"),
        errno.ENAMETOOLONG: ("its name is too long for the file system", "choose a shorter one"),
        errno.EFBIG: (
            "it is larger than the file system or a limit (`ulimit -f`) allows",
            "choose another file system, or raise the limit",
        ),
    }
)


def is_of_full_disk(error: BaseException) -> bool:
    """Whether an error, or one that led to it, is that of a full disk."""
    seen: set[int] = set()
    found: BaseException | None = error
    while found is not None and id(found) not in seen:
        if isinstance(found, OSError) and found.errno in _FULL:
            return True
        seen.add(id(found))
        found = found.__cause__ or found.__context__
    return False


@contextmanager
def diagnosed_writing(
    path: Path, report: Report, *, needed: int | None = None, place: Place | None = None
) -> Iterator[None]:
    """A block in which a `WriteError` becomes a diagnostic, `cannot-write` or `disk-full`.

    Args:
        path: the target as the user named it.
        report: gets the diagnostic.
        needed: how many bytes the file takes, if known.
        place: where the target is named, if in a document.

    Raises:
        SpecError: instead of the `WriteError`.
    """
    try:
        yield
    except WriteError as error:
        if error.errno in _FULL:
            message, help = _explain_full(path, needed)
            report.fail("disk-full", message, place, help=help)
        message, help = _explain(error, path)
        report.fail("cannot-write", message, place, help=help)


def write_or_report(path: Path, data: bytes, report: Report) -> None:
    """Write a file, whole or not at all.

    Raises:
        SpecError: it cannot be written.
    """
    with diagnosed_writing(path, report, needed=len(data)):
        write_atomically(path, data)


def require_room(path: Path, needed: int) -> None:
    """Raise `WriteError` if the file system of a target has less than `needed` bytes free.

    The file to be replaced counts as needed until it is replaced. A file system that does not tell
    is trusted.
    """
    free = _free(path)
    if free is not None and free < needed:
        raise WriteError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))


def _free(path: Path) -> int | None:
    try:
        return shutil.disk_usage(Path(os.path.realpath(path)).parent).free
    except OSError:
        return None


def _explain_full(path: Path, needed: int | None) -> tuple[str, str]:
    free = _free(path)
    facts = []
    if needed is not None:
        facts.append(f"it needs {readable_size(needed)}")
    if free is not None:
        facts.append(f"{readable_size(free)} are free")
    message = f"the disk is too full for `{path}`"
    if facts:
        message += f": {', '.join(facts)}"
    return message, "free some space, or write to another file system; what was at the path is untouched"


def _explain(error: WriteError, path: Path) -> tuple[str, str]:
    folder = path.parent
    code = error.errno or 0
    if code in (errno.EACCES, errno.EPERM):
        if error.filename == os.path.realpath(path):
            reason, help = "it may not be written", "change its permissions, or choose another path"
        else:
            reason = f"no file may be made in the folder `{folder}`"
            help = "change the folder's permissions, or choose another"
    elif code in _REASONS:
        reason, help = _REASONS[code]
        reason = reason.format(folder=folder)
        help = help.format(path=path, folder=typed(folder))
    else:
        reason, help = (error.strerror or str(error)).lower(), "choose another path"
    return f"`{path}` cannot be written: {reason}", help
