"""The files that releases of Keras 2 wrote, as `make_past_files.py` packed them."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILES = Path(__file__).parent / "files"
_SUFFIX = ".tar.xz"


@dataclass(frozen=True)
class Release:
    """What one release wrote.

    Args:
        folder: of the files.
        cases: what it said of each model, by name.
    """

    name: str
    folder: Path
    cases: dict[str, Any]


def release_names() -> tuple[str, ...]:
    return tuple(sorted(path.name.removesuffix(_SUFFIX) for path in FILES.glob(f"*{_SUFFIX}")))


def file_names() -> Iterator[tuple[str, str]]:
    """Every file, by release and name."""
    for name in release_names():
        with tarfile.open(FILES / f"{name}{_SUFFIX}") as archive:
            yield from ((name, member) for member in archive.getnames() if member != "cases.json")


def unpacked(name: str, folder: Path) -> Release:
    """The files of a release in a folder."""
    with tarfile.open(FILES / f"{name}{_SUFFIX}") as archive:
        archive.extractall(folder, filter="data")
    return Release(name, folder, json.loads((folder / "cases.json").read_text())["cases"])
