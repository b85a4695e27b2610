"""Which modules are the user's own, and which of them a module imports."""

from __future__ import annotations

import ast
import sys
import sysconfig
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

_LIBRARIES = ("stdlib", "platstdlib", "purelib", "platlib")


def package_of(found: Any) -> str:
    """The package of a class or function; empty where it does not say its module."""
    return str(getattr(found, "__module__", "")).partition(".")[0]


def is_of_user(name: str, *, packages: frozenset[str]) -> bool:
    """Whether a module that Python has imported is the user's own, not a library's.

    Args:
        name: of the module.
        packages: those that the caller allows, which are the user's wherever they are installed.
    """
    package = name.partition(".")[0]
    if package in packages:
        return True
    file = getattr(sys.modules.get(name), "__file__", None)
    if not isinstance(file, str) or package in sys.stdlib_module_names or package == "modelspec":
        return False
    return not any(Path(file).is_relative_to(folder) for folder in _library_folders())


def imported_by(module: ModuleType, *, packages: frozenset[str]) -> dict[str, ModuleType]:
    """A module and the user's own modules that it imports, directly or not, by name.

    Read from the sources: what Python had imported before is among them all the same.
    """
    found: dict[str, ModuleType] = {}
    stack = [module]
    while stack:
        current = stack.pop()
        if current.__name__ in found:
            continue
        found[current.__name__] = current
        for name in _names_in(current):
            inner = sys.modules.get(name)
            if inner is not None and is_of_user(name, packages=packages):
                stack.append(inner)
    return found


def source_of(module: ModuleType) -> Path | None:
    """The Python file of a module."""
    file = getattr(module, "__file__", None)
    return Path(file) if isinstance(file, str) and file.endswith(".py") and Path(file).is_file() else None


def _names_in(module: ModuleType) -> Iterator[str]:
    """The names that a module's source imports, and the packages around each."""
    path = source_of(module)
    if path is None:
        return
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError, OSError):
        return
    package = getattr(module, "__package__", None) or ""
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                names = [alias.name for alias in node.names]
            case ast.ImportFrom(module=inner, level=level):
                steps = package.split(".")[: len(package.split(".")) - level + 1] if level else []
                whole = ".".join([*steps, *([inner] if inner else [])])
                names = [whole, *(f"{whole}.{alias.name}" for alias in node.names)]
            case _:
                continue
        for name in names:
            steps = name.split(".")
            yield from (".".join(steps[:count]) for count in range(1, len(steps) + 1))


@cache
def _library_folders() -> tuple[Path, ...]:
    found = {Path(sysconfig.get_path(name)) for name in _LIBRARIES}
    return tuple(sorted(found))
