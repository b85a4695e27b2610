"""What tests ask of processes."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

Found = TypeVar("Found")


def eventually(ask: Callable[[], Found], *, seconds: float = 20.0) -> Found:
    """The first answer that is true; fails where there is none in time."""
    deadline = time.monotonic() + seconds
    while not (found := ask()):
        assert time.monotonic() < deadline, f"not within {seconds:g} s"
        time.sleep(0.01)
    return found


def number_in(path: Path, *, seconds: float = 20.0) -> int:
    """The number that a process leaves in a file."""
    return int(eventually(lambda: path.exists() and path.read_text(), seconds=seconds))


def lives(pid: int) -> bool:
    """Whether a process is there, and more than a record of its end."""
    try:
        return Path("/proc", str(pid), "stat").read_bytes().rpartition(b") ")[2][:1] not in (b"Z", b"X")
    except OSError:
        return False


def session_of(pid: int) -> list[int]:
    """The living processes of a session."""
    return [one for one in _processes() if lives(one) and _session(one) == pid]


def running(argument: str) -> list[int]:
    """The living processes with such an argument."""
    return [one for one in _processes() if lives(one) and argument.encode() in _arguments(one)]


def _arguments(pid: int) -> list[bytes]:
    try:
        return Path("/proc", str(pid), "cmdline").read_bytes().split(b"\0")
    except OSError:
        return []


def _processes() -> Iterator[int]:
    return (int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit())


def _session(pid: int) -> int:
    try:
        return os.getsid(pid)
    except OSError:
        return -1
