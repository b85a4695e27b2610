"""Files of data that a document names, read within a bound."""

from __future__ import annotations

import os
import stat
from pathlib import Path


def read_bounded(path: Path, most: int) -> bytes | None:
    """The bytes of a regular file; `None` where they are more than `most`.

    A pipe or a device that was put in the file's place meanwhile is not waited for.

    Raises:
        OSError: it cannot be read, or is no regular file.
    """
    flags = getattr(os, "O_NONBLOCK", 0)
    with open(path, "rb", opener=lambda name, mode: os.open(name, mode | flags)) as stream:
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            raise OSError("is no regular file")
        data = stream.read(most + 1)
    return data if len(data) <= most else None
