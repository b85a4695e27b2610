"""The SHA-256 that a document demands of a file."""

from __future__ import annotations

from pathlib import Path

from modelspec.archive.container import sha256_of
from modelspec.archive.refusal import Refused


def check_sha256(path: Path, expected: str) -> None:
    """Read a whole file and compare.

    Raises:
        Refused: it is another, or a folder, which has none.
        OSError: it cannot be read.
    """
    if path.is_dir():
        raise Refused(
            "wrong-checksum",
            "is a folder, which has no checksum",
            help="take `sha256` away, or give the `.keras` archive",
        )
    found = sha256_of(path)
    if found != expected.strip().lower():
        raise Refused(
            "wrong-checksum",
            f"has the SHA-256 `{found}`, not the one that is demanded",
            help="get the file again; if this one is right, write its checksum",
        )
