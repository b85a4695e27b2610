"""Modules that the caller allows: their names, where they lie and whether their sources have changed, all
known without importing them.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
from pathlib import Path

from modelspec.frozen import dataclass

FileState = tuple[str, int, int]
"""A file's path, size and time of change; sizes of -1 for one that is not there."""


@dataclass(frozen=True, slots=True)
class Module:
    """A module to import.

    Args:
        name: of the module, dotted; of a Python file, its stem.
        file: the Python file, where one is named instead of a module.
        stamp: changes when a source of its package does.
    """

    name: str
    file: Path | None
    stamp: str

    @property
    def package(self) -> str:
        """The package it belongs to."""
        return self.name.partition(".")[0]

    @property
    def shown(self) -> str:
        """What messages call it."""
        return self.name if self.file is None else self.file.name


def file_module(path: Path) -> Module:
    """The module that a Python file is."""
    return Module(path.stem, path, _stamp((path,)))


def dotted_module(name: str) -> Module:
    """The module of a dotted name, whether it is there or not."""
    return Module(name, None, _stamp(sources_of(name.partition(".")[0])))


def state_of(path: Path) -> FileState:
    """What tells that a file has changed."""
    try:
        found = path.stat()
    except OSError:
        return str(path), -1, -1
    return str(path), found.st_size, found.st_mtime_ns


def unchanged(files: tuple[FileState, ...]) -> bool:
    """Whether these files are what they were."""
    return all(state_of(Path(file[0])) == file for file in files)


def _stamp(files: tuple[Path, ...]) -> str:
    return hashlib.sha256(json.dumps([state_of(path) for path in files]).encode()).hexdigest()


def sources_of(package: str) -> tuple[Path, ...]:
    """The Python files of a package; none for one that is not there."""
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError):
        return ()
    if spec is None:
        return ()
    folders = [Path(folder) for folder in spec.submodule_search_locations or ()]
    if folders:
        return tuple(sorted(path for folder in folders for path in folder.rglob("*.py")))
    return (Path(spec.origin),) if spec.origin is not None and Path(spec.origin).is_file() else ()
