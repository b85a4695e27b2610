"""What modules register, kept as data, so that an unchanged module is not imported to check a document."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from modelspec import __version__
from modelspec.catalog.load import cache_folder, installed_keras_version
from modelspec.link.registered.module import FileState, Module, unchanged

# The layout of what is kept; files of another are left alone.
_FORMAT = 1

Described = Mapping[str, Mapping[str, Any]]


def kept_path(modules: Iterable[Module], backend: str) -> Path:
    """Where the description of these modules is kept.

    Args:
        backend: that Keras runs on, which a module may ask for.
    """
    from modelspec.compiler.code_stamp import code_stamp

    key = json.dumps(
        [
            _FORMAT,
            __version__,
            code_stamp(),
            installed_keras_version(),
            backend,
            [[module.name, str(module.file), module.stamp] for module in modules],
        ]
    )
    return cache_folder() / "registered" / f"{hashlib.sha256(key.encode()).hexdigest()}.json"


def read_description(path: Path) -> tuple[Described, tuple[FileState, ...]] | None:
    """What is kept, and the sources it was read from; `None` where there is nothing, or one has changed."""
    try:
        data = json.loads(path.read_bytes())
        files = tuple((str(name), int(size), int(time)) for name, size, time in data["files"])
        described = dict(data["described"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return (described, files) if unchanged(files) else None


def write_description(path: Path, described: Described, files: tuple[FileState, ...]) -> None:
    """Keep a description; a folder that cannot be written to is left alone."""
    from modelspec.archive.atomic import write_atomically
    from modelspec.compiler.cache import prune

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json.dumps({"files": files, "described": described}).encode())
        prune(path.parent)
    except OSError:
        return
