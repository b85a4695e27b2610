"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
import sys
from importlib import metadata
from importlib.util import find_spec

BACKENDS = ("jax", "torch", "tensorflow")
_PACKAGES = ("keras", "jax", "torch", "tensorflow", "tensorflow-cpu", "numpy", "h5py", "pydantic")


def installed_backends() -> tuple[str, ...]:
    """The backends that this Python finds, in the order of what they cost to import."""
    return tuple(name for name in BACKENDS if find_spec(name) is not None)


def describe() -> str:
    """Cores, system and versions in one line."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    versions = [f"{name} {metadata.version(name)}" for name in _PACKAGES if _has(name)]
    python = ".".join(map(str, sys.version_info[:3]))
    return f"{cores} cores, {platform.system()} {platform.machine()}, Python {python}, {', '.join(versions)}"


def _has(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True
