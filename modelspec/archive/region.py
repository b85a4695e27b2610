"""File objects confined to a part of an open file: one to write a member in place, one to read it."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

from modelspec.archive.atomic import WriteError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

    from modelspec.archive.atomic import SiblingFile
    from modelspec.archive.checksum import FollowingCrc


class _Region(io.RawIOBase):
    """What reading and writing have in common: a position that counts from the region's first byte."""

    def __init__(self, start: int, size: int) -> None:
        self._start = start
        self._size = size
        self._position = 0

    @property
    def size(self) -> int:
        """Bytes in the region."""
        return self._size

    def _check_open(self) -> None:
        """Refuse to touch the file after `close`: an HDF5 file left open would write into what follows."""
        if self.closed:
            raise ValueError("the region is closed")

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def tell(self) -> int:
        """The position from the region's first byte."""
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Move the position; it may pass the end, as in any file."""
        origins = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}
        position = origins[whence] + offset
        if position < 0:
            raise ValueError(f"negative position {position}")
        self._position = position
        return position


class WriteRegion(_Region):
    """A growing region at the end of a file; holes read as zeros and take no room where files can be sparse.

    HDF5 calls these methods from C and does not carry their exceptions out faithfully: h5py turns
    an interrupt, or a full disk met while closing, into an `AttributeError`, or into nothing. So the
    first exception is kept in `failure`, and after it nothing is written any more: HDF5 can close
    its file in peace, and whoever made the region raises what was kept.

    Args:
        file: the file; nothing else may use it while the region is in use.
        start: where the region begins, at or past the file's end.
        following: computes the region's checksum.
    """

    def __init__(self, file: SiblingFile, *, start: int, following: FollowingCrc | None = None) -> None:
        super().__init__(start, 0)
        self._file = file
        self._following = following
        self.failure: BaseException | None = None

    def settle(self, position: int) -> None:
        """What lies before a position is written: its checksum can be computed while the rest is."""
        if self._following is not None and self.failure is None:
            self._following.settle(position)

    def writable(self) -> bool:
        """Yes."""
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        """Write all of `data` at the position, which may lie past the end."""
        self._check_open()
        with memoryview(data) as view:
            length = view.nbytes
            if not length:  # even past the end it makes no file longer
                return 0
            if self.failure is None:
                try:
                    self._touch(self._position)
                    self._file.seek(self._start + self._position)
                    self._file.write(view)
                except BaseException as failure:
                    self.failure = failure
                    raise
        self._position += length
        self._size = max(self._size, self._position)
        return length

    def take(self, position: int, source: tuple[int, int], count: int) -> int:
        """Copy bytes of another file to a position; see `SiblingFile.take`."""
        self._check_open()
        if self.failure is not None or not count:
            return 0
        try:
            self._touch(position)
            done = self._file.take(self._start + position, source, count)
        except BaseException as failure:
            self.failure = failure
            raise
        if done:
            self._size = max(self._size, position + done)
        return done

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Read into `buffer` at the position; bytes never written are zeros."""
        self._check_open()
        with memoryview(buffer) as view, view.cast("B") as whole:
            length = max(0, min(len(whole), self._size - self._position))
            with whole[:length] as part:
                try:
                    _read_fully(self._file, self._start + self._position, part)
                except BaseException as failure:
                    self.failure = self.failure or failure
                    raise
        self._position += length
        return length

    def truncate(self, size: int | None = None, /) -> int:
        """Cut or extend the region; the position stays."""
        self._check_open()
        wanted = self._position if size is None else size
        if self.failure is None:
            try:
                self._touch(wanted)
                self._file.truncate(self._start + wanted)
            except BaseException as failure:
                self.failure = failure
                raise
        self._size = wanted
        return wanted

    def _touch(self, position: int) -> None:
        if self._following is not None:
            self._following.touch(position)


class ReadRegion(_Region):
    """A region of a file, to be read; several of one file may be read by several threads.

    Args:
        file: an unbuffered file.
        lock: held while the file's position is used; the same for all regions of the file.
        start: where the region begins.
        size: how many bytes it has; the file must have them.
    """

    def __init__(self, file: io.FileIO, lock: Lock, *, start: int, size: int) -> None:
        super().__init__(start, size)
        self._file = file
        self._lock = lock

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Read into `buffer` at the position, less at the region's end."""
        self._check_open()
        with memoryview(buffer) as view, view.cast("B") as whole:
            length = max(0, min(len(whole), self._size - self._position))
            with whole[:length] as part, self._lock:
                _read_fully(self._file, self._start + self._position, part)
        self._position += length
        return length

    @property
    def extent(self) -> tuple[int, int]:
        """The file's descriptor and where the region begins."""
        return self._file.fileno(), self._start

    def read_at(self, position: int, buffer: WriteableBuffer, /) -> None:
        """Fill `buffer` from a position on, whatever the region's own; by several threads at once.

        Raises:
            OSError: the region ends before, or the file was cut off.
        """
        self._check_open()
        with memoryview(buffer) as view, view.cast("B") as whole:
            if position + len(whole) > self._size:
                raise OSError("the region ends before what is asked of it")
            if hasattr(os, "preadv"):
                _read_apart(self._file.fileno(), self._start + position, whole)
            else:  # pragma: no cover  (Windows)
                with self._lock:
                    _read_fully(self._file, self._start + position, whole)


class HeldRegion(io.BytesIO):
    """Bytes in memory that are read as a region is."""

    @property
    def extent(self) -> None:
        """They are in no file."""

    def read_at(self, position: int, buffer: WriteableBuffer, /) -> None:
        """Fill `buffer` from a position on, whatever the file's own. Raises `OSError` past its end."""
        with memoryview(buffer) as view, view.cast("B") as whole, self.getbuffer() as held:
            if position + len(whole) > len(held):
                raise OSError("the bytes end before what is asked of them")
            whole[:] = held[position : position + len(whole)]


def _read_apart(descriptor: int, start: int, part: memoryview) -> None:
    """Read without the file's own position, so that no thread waits for another."""
    done = 0
    while done < len(part):
        got = os.preadv(descriptor, [part[done:]], start + done)
        if not got:
            raise OSError("the file was cut off while it was read")
        done += got


@contextmanager
def open_region(
    file: SiblingFile, *, start: int, following: FollowingCrc | None = None
) -> Iterator[WriteRegion]:
    """A region for HDF5 to write, closed at the end of the block.

    What went wrong in the block is raised at its end even where h5py kept it to itself.

    Args:
        file: nothing else may use it meanwhile.
        start: where the region begins, at or past the file's end.
        following: see `WriteRegion`.
    """
    region = WriteRegion(file, start=start, following=following)
    try:
        yield region
    except BaseException as error:
        failure = region.failure or _behind(error)
        if failure is None or failure is error:
            raise
        raise failure from None
    finally:
        region.close()
    if region.failure is not None:
        raise region.failure


def _behind(error: BaseException) -> BaseException | None:
    """The interrupt or failed write that h5py replaced by an exception of its own, if it shows."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        if isinstance(cause, (KeyboardInterrupt, SystemExit, WriteError)):
            return cause
        seen.add(id(cause))
        cause = cause.__cause__ or cause.__context__
    return None


def _read_fully(file: io.FileIO, start: int, part: memoryview) -> None:
    file.seek(start)
    done = 0
    while done < len(part):
        got = file.readinto(part[done:])
        if not got:
            raise OSError("the file was cut off while it was read")
        done += got
