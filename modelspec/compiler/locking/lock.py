"""A lock as a value."""

from __future__ import annotations

from collections.abc import Mapping

from modelspec.compiler.identity import Identity
from modelspec.frozen import dataclass

FORMAT = 1
"""Of the file. It changes when an older modelspec would misread it."""

NAME = "modelspec.lock"
"""What the file is called, at the project's root."""


@dataclass(frozen=True, slots=True)
class LockedFile:
    """A file that a document is made of.

    Args:
        sha256: of its bytes, in hexadecimal digits; of a folder, of the names and hashes of the files in it.
        size: bytes.
    """

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class LockedCode:
    """A package of code that registers classes.

    Args:
        version: of the distribution it came with; `None` for what was not installed.
        sha256: of its Python files, by name.
    """

    version: str | None
    sha256: str


@dataclass(frozen=True, slots=True)
class LockedDocument:
    """What one document is made of, and what it comes to.

    Args:
        files: by path from the lock's folder, the document itself among them.
        code: by name of the module or file that the document uses.
    """

    identity: Identity
    params: int
    seed: int
    files: Mapping[str, LockedFile]
    code: Mapping[str, LockedCode]


@dataclass(frozen=True, slots=True)
class Lock:
    """All that a lock file says.

    Args:
        modelspec: the version that wrote it.
        keras: the version that it was written with.
        documents: by path from the lock's folder.
    """

    modelspec: str
    keras: str
    documents: Mapping[str, LockedDocument]
