"""What the caller of a sweep decided, as JSON values: a run in a process of its own decides the same."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from modelspec.catalog.target import ANY, read_target
from modelspec.compiler.values import Options
from modelspec.language.words import is_file

KEPT = ("backend", "max_params", "use_cache", "target")
"""The settings that the folder of a sweep is believed."""


def settings_of(options: Options) -> dict[str, object]:
    """What the folder of a sweep keeps of the options: what is built of its documents, and nothing that they
    may do. The folder may come from anybody, and whoever goes on with it says anew what it may.
    """
    return {
        "backend": options.backend or os.environ.get("KERAS_BACKEND") or None,
        "max_params": options.max_params,
        "use_cache": options.use_cache,
        "target": None if options.target == ANY else str(options.target),
    }


def trust_of(options: Options, *, start: Path) -> dict[str, object]:
    """What the caller lets documents do, for a run that this process starts.

    Args:
        start: of the relative paths among the options: the working folder.
    """
    return {
        "root": _path(options.root, start),
        "allowed_paths": [_path(path, start) for path in options.allowed_paths],
        "allow": [_module(text, start) for text in options.allow],
        "allow_unsafe": options.allow_unsafe,
    }


def options_from(settings: Mapping[str, Any], *, cpu_only: bool) -> Options:
    """The options of a run, from what is kept and what it is trusted with.

    Args:
        cpu_only: whether it only builds.
    """
    root = settings.get("root")
    return Options(
        root=Path(root) if root else None,
        allowed_paths=tuple(Path(path) for path in settings.get("allowed_paths", ())),
        backend=settings.get("backend"),
        max_params=settings["max_params"],
        use_cache=settings.get("use_cache", True),
        allow_unsafe=settings.get("allow_unsafe", False),
        cpu_only=cpu_only,
        allow=tuple(settings.get("allow", ())),
        target=read_target(settings.get("target")),
    )


def _path(path: Path | None, start: Path) -> str | None:
    return None if path is None else str((start / path).absolute())


def _module(text: str, start: Path) -> str:
    """A file of Python by its full path; a module by its name."""
    return str((start / text).absolute()) if is_file(text) else text
