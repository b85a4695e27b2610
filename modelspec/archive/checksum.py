"""The CRC-32 of a part of a file, at the speed of memory and in little of it; at the end or on the way."""

from __future__ import annotations

import mmap
import os
import zlib
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

_WINDOW = 16 << 20
# What a thread is woken for.
_AT_ONCE = 16 << 20
_BLOCK = 1 << 20
# Without the file's own position, which is the writer's.
_READS_APART = hasattr(os, "pread")


class FollowingCrc:
    """The CRC-32 of a region of a file, by a thread that follows whoever writes it.

    What was just written is still in the system's memory, which of a large file it is not at the end. Leaving
    the block waits for the thread.

    Args:
        descriptor: of the file, which stays open.
        start: where the region begins.
        before: the CRC-32 of what comes before it, to be continued.
    """

    def __init__(self, descriptor: int, *, start: int, before: int = 0) -> None:
        self._descriptor = descriptor
        self._start = start
        self._before = before
        self._settled = 0
        self._done = 0
        self._crc = before
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="modelspec-checksum")
        self._job: Future[None] | None = None

    def settle(self, position: int) -> None:
        """What lies before a position of the region is written, and stays as it is."""
        if _READS_APART and position >= self._settled + _AT_ONCE:
            self._settled = position
            if self._job is None or self._job.done():
                self._job = self._pool.submit(self._follow)

    def touch(self, position: int) -> None:
        """What begins at a position is about to change; if it was settled, all begins anew."""
        if position < self._settled:
            self._wait()
            self._settled = self._done = 0
            self._crc = self._before

    def result(self, size: int) -> int:
        """The CRC-32 of the whole region, which has `size` bytes. Raises `OSError` as `region_crc`."""
        self._wait()
        rest = size - self._done
        return region_crc(self._descriptor, start=self._start + self._done, size=rest, before=self._crc)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown()

    def _follow(self) -> None:
        while (stop := self._settled) > self._done:
            size = stop - self._done
            self._crc = region_crc(
                self._descriptor, start=self._start + self._done, size=size, before=self._crc
            )
            self._done = stop

    def _wait(self) -> None:
        if self._job is not None:
            self._job.result()


def region_crc(descriptor: int, *, start: int, size: int, before: int = 0) -> int:
    """The CRC-32 of `size` bytes from `start` of an open file.

    Windows of the file are mapped rather than read: that halves the time, and a window at a time
    keeps the mapped pages, which count as the process's memory, few.

    Args:
        before: the CRC-32 of what lies before them, to be continued.

    Raises:
        OSError: the file cannot be read there, or ends earlier.
    """
    if os.fstat(descriptor).st_size < start + size:
        raise OSError("the file ends before the region does")
    try:
        return _mapped_crc(descriptor, start, size, before)
    except OSError:  # some network and user-space file systems map nothing
        return _read_crc(descriptor, start, size, before)


def _mapped_crc(descriptor: int, start: int, size: int, crc: int) -> int:
    position, end = start, start + size
    while position < end:
        offset = position - position % mmap.ALLOCATIONGRANULARITY
        length = min(end - offset, _WINDOW)
        with (
            mmap.mmap(descriptor, length, access=mmap.ACCESS_READ, offset=offset) as window,
            memoryview(window) as whole,
            whole[position - offset :] as part,
        ):
            crc = zlib.crc32(part, crc)
        position = offset + length
    return crc


def _read_crc(descriptor: int, start: int, size: int, crc: int) -> int:
    position, end = start, start + size
    while position < end:
        block = _read(descriptor, position, min(end - position, _BLOCK))
        if not block:
            raise OSError("the file ends before the region does")
        crc = zlib.crc32(block, crc)
        position += len(block)
    return crc


def _read(descriptor: int, position: int, size: int) -> bytes:
    if _READS_APART:
        return os.pread(descriptor, size, position)
    os.lseek(descriptor, position, os.SEEK_SET)  # pragma: no cover  (Windows)
    return os.read(descriptor, size)  # pragma: no cover  (Windows)
