"""What is in the folder of a run, where it has to travel between machines."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from pathlib import Path

from modelspec.frozen import dataclass

RESULT = "result.json"
_PART = ".part"

Content = Mapping[str, bytes]  # by the path below the folder, with slashes


@dataclass(frozen=True, slots=True)
class Read:
    """What was read of a folder.

    Args:
        content: of the files that there was room for.
        too_large: the others, with their sizes in bytes.
    """

    content: Content
    too_large: tuple[tuple[str, int], ...]


def read_folder(folder: Path, *, limit: int, without: Collection[str] = ()) -> Read:
    """The files of a folder and of those in it, the smallest first, as many as have room in `limit` bytes.

    Links are left out: what they lead to is not the run's.
    """
    found = sorted(
        (path.stat().st_size, path.relative_to(folder).as_posix())
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink()
    )
    content, too_large, room = {}, [], limit
    for size, name in found:
        if name in without:
            continue
        if size > room:
            too_large.append((name, size))
            continue
        content[name] = (folder / name).read_bytes()
        room -= len(content[name])
    return Read(content, tuple(too_large))


def write_files(folder: Path, content: Content) -> None:
    """Write files into a folder, each whole or not at all, and `result.json` after all others.

    Raises:
        OSError: a file cannot be written.
    """
    for name in sorted(content, key=lambda name: (name == RESULT, name)):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + _PART)
        try:
            with part.open("wb") as file:
                file.write(content[name])
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
