"""A file that one process holds at a time, and that says which.

The system lets go of it when the process ends, however it ends; so what a dead process leaves behind blocks
nobody.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

# Windows locks bytes, and nobody else can read those: one far behind what is written there.
_LOCKED_BYTE = 1 << 20
_PATIENCE = 0.3  # seconds: somebody who looks at who holds it is gone by then
_TRIES, _PAUSE = 5, 0.02


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds it: a process and the machine it runs on; `None` where the file does not say."""

    pid: int | None
    host: str | None


class HeldError(Exception):
    """Another process holds it."""

    def __init__(self, holder: Holder) -> None:
        super().__init__(f"held by process {holder.pid} on {holder.host}")
        self.holder = holder


@contextmanager
def held(path: Path) -> Iterator[None]:
    """The block in which this process holds the file, which is made where it is not there.

    Raises:
        HeldError: another process does.
        OSError: the file cannot be made, or its file system has no locks.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        for _ in range(_TRIES):
            if _take(descriptor):
                break
            time.sleep(_PAUSE)  # who asks for the holder has it for a moment
        else:
            raise HeldError(_read(descriptor))
        text = json.dumps({"pid": os.getpid(), "host": socket.gethostname()})
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, text.encode())
        yield
    finally:
        os.close(descriptor)


def holder_of(path: Path) -> Holder | None:
    """Who holds the file; `None` where nobody does."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except OSError:
        return None
    try:
        return None if _take(descriptor, shared=True) else _read(descriptor)
    except OSError:
        return None
    finally:
        os.close(descriptor)


def _take(descriptor: int, *, shared: bool = False) -> bool:
    """Take the lock; whoever only looks takes it with others that look."""
    try:
        if sys.platform == "win32":
            os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            os.lseek(descriptor, 0, os.SEEK_SET)
        else:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def _read(descriptor: int) -> Holder:
    os.lseek(descriptor, 0, os.SEEK_SET)
    try:
        data = json.loads(os.read(descriptor, 4096))
        return Holder(int(data["pid"]), str(data["host"]))
    except (ValueError, KeyError, TypeError):
        return Holder(None, None)
