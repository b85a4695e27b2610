"""A file that appears whole or not at all: written beside its target, synced, renamed over it.

While it is written it is called `.<name>.<16 hex digits>.tmp` and its writer holds a lock on it. The
system drops the lock when the writer dies, however it dies; so the next writer of the same target
removes such files if it can lock them, and leaves alone those whose writer lives. Where a file system
has no locks nothing is removed.

A target that is a symbolic link is written through: the file it leads to is replaced and the link
stays, as when the path is opened for writing. Other hard links of that file keep the old content.
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
import re
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if sys.platform != "win32":
    import fcntl

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

# A file's name holds 255 bytes, of which the temporary one needs 22 for itself.
_MAX_NAME = 230
# Linux takes memory for a file in pieces as large as what is written at once, and a virtual machine may have
# to get large ones from its host first, which takes longer than all the rest.
_AT_ONCE = 1 << 16


class WriteError(OSError):
    """The target, its folder or its temporary sibling cannot be written; `filename` is which."""


class SiblingFile(io.FileIO):
    """The temporary file: unbuffered, open for reading and writing.

    Args:
        descriptor: of the open file, which is now owned.
        path: where it lies until it is renamed.
    """

    def __init__(self, descriptor: int, path: Path) -> None:
        super().__init__(descriptor, "r+")
        self.path = path

    def write(self, data: ReadableBuffer, /) -> int:
        """Write all of `data` at the position; raises `WriteError` where a plain file writes a part."""
        with memoryview(data) as view, view.cast("B") as rest:
            done = 0
            try:
                while done < len(rest):
                    done += super().write(rest[done : done + _AT_ONCE]) or 0
            except OSError as error:
                raise WriteError(error.errno, error.strerror, str(self.path)) from error
            return done

    def take(self, position: int, source: tuple[int, int], count: int) -> int:
        """Copy bytes of another file to a position, as many as the system copies by itself.

        What it does not copy, from none to all, is to be read and written, which fails as it must where the
        one or the other cannot be done. The file's own position stays.

        Args:
            source: the other file's descriptor, and where they begin there.
            count: how many.
        """
        done = 0
        if sys.platform == "linux":
            descriptor, start = source
            with suppress(OSError):
                while done < count:
                    got = os.copy_file_range(
                        descriptor, self.fileno(), count - done, start + done, position + done
                    )
                    if not got:
                        break
                    done += got
        return done

    def truncate(self, size: int | None = None, /) -> int:
        """Cut or extend the file; raises `WriteError`."""
        with as_write_errors(self.path):
            return super().truncate(size)


@contextmanager
def atomic_file(path: Path, *, durable: bool = True) -> Iterator[SiblingFile]:
    """A file to be written that becomes `path` when the block ends, and vanishes if the block raises.

    It gets the permissions of the file it replaces, or those of a new file under the umask.

    Args:
        path: the target; what was there stays untouched until the new file is complete.
        durable: wait until the disk has it, so that it survives a loss of power. Without, a crash of
            the system may leave an empty file: good enough for a cache.

    Raises:
        WriteError: the target cannot be written; nothing is left behind.
    """
    pending = Pending(path)
    try:
        yield pending.open()
        pending.complete(durable=durable)
        pending.publish()
        if durable:
            sync_folder(pending.target.parent)
    except BaseException:
        pending.discard()
        raise
    pending.file.close()


class Pending:
    """A file on its way: its sibling is open, and becomes the target when it is published.

    Args:
        path: the target.

    Attributes:
        target: the same, links resolved.
    """

    def __init__(self, path: Path) -> None:
        self.target = Path(os.path.realpath(path))
        self._path: Path | None = None
        self._file: SiblingFile | None = None

    def open(self) -> SiblingFile:
        """Make the sibling. Raises `WriteError` where the target cannot be written."""
        with as_write_errors(self.target):
            replaced = _replaceable(self.target)
            _remove_abandoned(self.target)
        while self._file is None:
            # Known before it is made: whoever is interrupted meanwhile can discard it.
            self._path = temporary_path(self.target)
            self._file = _create_sibling(self._path, self.target, replaced)
        return self._file

    @property
    def file(self) -> SiblingFile:
        """The sibling, which is open."""
        assert self._file is not None
        return self._file

    def complete(self, *, durable: bool) -> None:
        """Nothing more is written. Raises `WriteError`."""
        with as_write_errors(self.target):
            if durable:
                os.fsync(self.file.fileno())
            if sys.platform == "win32":
                self.file.close()

    def publish(self) -> None:
        """Make it the target. Raises `WriteError`."""
        with as_write_errors(self.target):
            # Where that can be, it is renamed while open: unlocked, it would count as abandoned.
            self.file.path.replace(self.target)

    def discard(self) -> None:
        """Take away what is not published."""
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
        if self._path is not None:
            with suppress(OSError):
                self._path.unlink()


def write_atomically(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Write a small file whole or not at all; see `atomic_file`."""
    with atomic_file(path, durable=durable) as file:
        file.write(data)


@contextmanager
def as_write_errors(path: Path) -> Iterator[None]:
    """A block in which what the system refuses becomes a `WriteError` of `path`."""
    try:
        yield
    except WriteError:
        raise
    except OSError as error:
        raise WriteError(error.errno, error.strerror or str(error), str(path)) from error


def _replaceable(target: Path) -> os.stat_result | None:
    """What is at the target now; raises where it is nothing that a file may replace."""
    try:
        found = target.lstat()
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(found.st_mode):
        raise WriteError(errno.EISDIR, os.strerror(errno.EISDIR), str(target))
    if stat.S_ISLNK(found.st_mode):
        raise WriteError(errno.ELOOP, os.strerror(errno.ELOOP), str(target))
    if not stat.S_ISREG(found.st_mode):
        # Renaming over `/dev/null` or a pipe would take it away from everyone.
        raise WriteError(errno.EINVAL, "not a regular file", str(target))
    if not os.access(target, os.W_OK):
        raise WriteError(errno.EACCES, "the file is read-only", str(target))
    return found


def temporary_path(target: Path) -> Path:
    """A new name beside a target that its next writer takes for abandoned unless the file is locked."""
    return target.with_name(f".{_stem(target)}.{os.urandom(8).hex()}.tmp")


def _create_sibling(path: Path, target: Path, replaced: os.stat_result | None) -> SiblingFile | None:
    """The sibling under a new name; `None` where another process took it for abandoned."""
    mode = 0o666 if replaced is None else replaced.st_mode & 0o777
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags, mode & 0o666)
    except OSError as error:
        raise WriteError(error.errno, error.strerror, str(target.parent)) from error
    file = SiblingFile(descriptor, path)
    try:
        with as_write_errors(target):
            if _lock_new(descriptor):
                if replaced is not None and sys.platform != "win32":
                    with suppress(OSError):  # only root can give files away
                        os.fchown(descriptor, replaced.st_uid, replaced.st_gid)
                    os.fchmod(descriptor, mode)
                return file
    except BaseException:
        file.close()
        raise
    file.close()
    return None


def _lock_new(descriptor: int) -> bool:
    """Lock a file just made; false if another process took it for abandoned before it was locked."""
    if sys.platform != "win32":
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        return os.fstat(descriptor).st_nlink > 0
    return True


def _remove_abandoned(target: Path) -> None:
    """Remove what killed writers of this target left in its folder."""
    pattern = re.compile(rf"\.{re.escape(_stem(target))}\.[0-9a-f]{{16}}\.tmp")
    found: list[Path] = []
    # A folder that may not be listed may still be written to.
    with suppress(OSError), os.scandir(target.parent) as entries:
        found.extend(Path(entry.path) for entry in entries if pattern.fullmatch(entry.name))
    for path in found:
        with suppress(OSError):
            _remove_if_unlocked(path)


def _remove_if_unlocked(path: Path) -> None:
    if sys.platform == "win32":
        path.unlink()  # fails while its writer has it open
    else:
        descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()
        finally:
            os.close(descriptor)


def _stem(target: Path) -> str:
    name = os.fsencode(target.name)
    return target.name if len(name) <= _MAX_NAME else hashlib.sha256(name).hexdigest()


def sync_folder(folder: Path) -> None:
    """Make a renaming last; systems that cannot sync a folder need not."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
