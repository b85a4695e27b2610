"""What holds the members of a foreign archive: a zip file, or the folder it was unzipped to."""

from __future__ import annotations

import hashlib
import io
import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Lock
from typing import Protocol

from modelspec.archive.foreign import HEAD_SIZE, identify, identify_members
from modelspec.archive.limits import Limits
from modelspec.archive.member import Member
from modelspec.archive.member_names import ASSETS, CONFIG, is_own_name, name_problem, quoted
from modelspec.archive.refusal import Refused
from modelspec.archive.region import ReadRegion
from modelspec.archive.unpacking import member_blocks
from modelspec.archive.zip_directory import read_directory
from modelspec.archive.zip_end import has_end, unsafe
from modelspec.archive.zip_records import END_SIGNATURE, LOCAL_SIGNATURE


class Container(Protocol):
    """Members and the ways to their bytes."""

    @property
    def members(self) -> tuple[Member, ...]:
        """What it holds."""

    def blocks(self, member: Member) -> Iterator[bytes]:
        """The bytes of a member, unpacked and checked, in blocks; the check ends with the last."""

    def region(self, member: Member) -> ReadRegion:
        """The bytes of a member that is not packed, in place and unchecked."""

    def close(self) -> None:
        """Let go of the files; regions can be read no more."""


def open_container(path: Path, limits: Limits) -> Container:
    """Open what lies at a path.

    Raises:
        Refused: it is neither, or one that is not read.
        OSError: it cannot be read.
    """
    return _Folder(path, limits) if path.is_dir() else _Zip(path, limits)


class _Zip:
    """A zip file, open."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._lock = Lock()
        with ExitStack() as stack:
            self._file = stack.enter_context(open_regular(path))
            _check_is_zip(self._file)
            self.members = read_directory(self._file, limits)
            names = [member.name for member in self.members]
            if CONFIG not in names:
                raise _not_keras(*identify_members(names, unknown="a zip archive without a `config.json`"))
            stack.pop_all()

    def blocks(self, member: Member) -> Iterator[bytes]:
        return member_blocks(self._file, self._lock, member)

    def region(self, member: Member) -> ReadRegion:
        return ReadRegion(self._file, self._lock, start=member.start, size=member.stored_size)

    def close(self) -> None:
        self._file.close()


class _Folder:
    """An unzipped archive. What else lies in the folder (a repository, a README) is not looked at."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._path = path
        self._lock = Lock()
        self._open = ExitStack()
        self.members = tuple(_files_of(path, limits))
        if all(member.name != CONFIG for member in self.members):
            names = [entry.name for entry in path.iterdir()]
            raise _not_keras(*identify_members(names, unknown="a folder without a `config.json`"))

    def blocks(self, member: Member) -> Iterator[bytes]:
        with open_regular(self._path / member.name) as file:
            yield from member_blocks(file, self._lock, member)

    def region(self, member: Member) -> ReadRegion:
        file = self._open.enter_context(open_regular(self._path / member.name))
        return ReadRegion(file, self._lock, start=0, size=member.size)

    def close(self) -> None:
        self._open.close()


def open_regular(path: Path) -> io.FileIO:
    """Open a file for reading; never waits for a pipe and never reads a device."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    file = io.FileIO(os.open(path, flags), "r")
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise Refused("not-an-archive", "is no file, but a pipe or a device")
    return file


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits. Raises `OSError`."""
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check_is_zip(file: io.FileIO) -> None:
    head = file.read(HEAD_SIZE)
    if head.startswith((LOCAL_SIGNATURE, END_SIGNATURE)):
        return
    # An archive with something before it is refused as one, by what reads its records.
    if not has_end(file):
        raise _not_keras(*identify(head))


def _not_keras(what: str, help: str) -> Refused:
    return Refused("not-an-archive", f"is {what}, not a `.keras` archive", help=help)


def _files_of(root: Path, limits: Limits) -> Iterator[Member]:
    """The files of an unzipped archive, in order of their names."""
    folders = [""]
    count = 0
    while folders:
        prefix = folders.pop()
        with os.scandir(root / prefix) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
        for entry in found:
            name = f"{prefix}{entry.name}"
            if not (is_own_name(name) or f"{name}/" == ASSETS or name.startswith(ASSETS)):
                continue
            problem = name_problem(name)
            if problem:
                raise unsafe(f"has a file {quoted(name)} whose name {problem}")
            if entry.is_symlink():
                raise Refused(
                    "unsafe-archive",
                    f"has the symbolic link {quoted(name)} in it",
                    help="copy the folder with what its links lead to: `cp -rL`",
                )
            if entry.is_dir():
                folders.append(f"{name}/")
                continue
            count += 1
            if count > limits.members:
                raise Refused("archive-too-large", f"has more than {limits.members} files")
            size = entry.stat().st_size
            yield Member(name, size, size)
