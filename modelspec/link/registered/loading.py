"""Modules that the caller allows, imported, and what each registers with Keras.

What a module registers is taken out of Keras' registry again, so that a build finds only what its own
document uses. Python imports a module once in a process; what it registered then is remembered beside it.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from traceback import extract_tb
from types import ModuleType
from typing import Any

import keras

from modelspec.link import private
from modelspec.link.registered.module import Module


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a module registers.

    Args:
        objects: by registered name.
        twice: names that two of its objects claim.
        files: the source files that importing it has read.
    """

    objects: Mapping[str, Any]
    twice: tuple[str, ...]
    files: tuple[Path, ...]


class ImportFailedError(Exception):
    """A module cannot be imported; the text says why and where."""


# What modules have registered, by name. It goes with `sys.modules`: Python runs no module twice.
_LOADED: dict[str, tuple[str, Loaded]] = {}


def load_module(module: Module) -> Loaded:
    """Import a module, unless it is imported, and give what it registers.

    Raises:
        ImportFailedError: it cannot be imported.
    """
    known = _LOADED.get(module.name)
    if known is not None and known[0] == module.stamp:
        return known[1]
    if known is not None:
        _forget(module)
    before = frozenset(sys.modules)
    with _captured() as captured:
        try:
            _import(module)
        except Exception as error:
            _forget_new(before)
            raise ImportFailedError(_reason(error, module)) from error
        except SystemExit as error:
            _forget_new(before)
            raise ImportFailedError("it ends the program when it is imported") from error
    objects = captured.objects | _already_registered(module, captured.objects)
    loaded = Loaded(objects, captured.twice, _files(module, before))
    _LOADED[module.name] = (module.stamp, loaded)
    return loaded


class _Captured:
    """What was registered meanwhile."""

    def __init__(self) -> None:
        self.objects: dict[str, Any] = {}
        self.twice: tuple[str, ...] = ()


@contextmanager
def _captured() -> Iterator[_Captured]:
    """Keras' registry is empty meanwhile, and what was in it is put back."""
    captured = _Captured()
    objects, names = keras.saving.get_custom_objects(), private.registered_names()
    before = dict(objects), dict(names)
    objects.clear()
    names.clear()
    try:
        yield captured
    finally:
        captured.objects = dict(objects)
        # Each object has a name, and the one registered last has the name's place.
        given = list(names.values())
        captured.twice = tuple(sorted({name for name in given if given.count(name) > 1}))
        for table, content in zip((objects, names), before, strict=True):
            table.clear()
            table.update(content)


def _import(module: Module) -> ModuleType:
    if module.file is None:
        return importlib.import_module(module.name)
    spec = importlib.util.spec_from_file_location(module.name, module.file)
    assert spec is not None
    assert spec.loader is not None
    there = sys.modules.get(module.name)
    if there is not None:
        if getattr(there, "__file__", None) == str(module.file):
            return there
        raise ImportError(f"another module is called {module.name}", name=module.name)
    made = importlib.util.module_from_spec(spec)
    sys.modules[module.name] = made
    spec.loader.exec_module(made)
    return made


def _already_registered(module: Module, found: Mapping[str, Any]) -> dict[str, Any]:
    """What the module registered when the process imported it before us: that stays where it is."""
    return {
        name: known
        for name, known in keras.saving.get_custom_objects().items()
        if name not in found and str(getattr(known, "__module__", "")).partition(".")[0] == module.package
    }


def _forget(module: Module) -> None:
    """Take a module, and all below its package, out of the modules that are imported."""
    for name in [name for name in sys.modules if name.partition(".")[0] == module.package]:
        del sys.modules[name]
    for name in [name for name in _LOADED if name.partition(".")[0] == module.package]:
        del _LOADED[name]
    importlib.invalidate_caches()


def _forget_new(before: frozenset[str]) -> None:
    for name in [name for name in sys.modules if name not in before]:
        del sys.modules[name]


def _files(module: Module, before: frozenset[str]) -> tuple[Path, ...]:
    """The Python sources among the modules that were imported, by path."""
    found = set()
    for name, made in list(sys.modules.items()):
        file = getattr(made, "__file__", None)
        new = name not in before or name.partition(".")[0] == module.package
        if new and isinstance(file, str) and file.endswith(".py") and Path(file).is_file():
            found.add(Path(file))
    return tuple(sorted(found))


def _reason(error: Exception, module: Module) -> str:
    """Why importing failed, with the line of the user's code it came from."""
    if isinstance(error, ModuleNotFoundError) and error.name == module.package:
        return f"there is no module `{error.name}`"
    text = f"{type(error).__name__}: {error}".strip().rstrip(".").rstrip(":")
    if isinstance(error, SyntaxError) and error.filename:
        return f"{type(error).__name__}: {error.msg}, at {Path(error.filename).name}:{error.lineno}"
    frames = [frame for frame in extract_tb(error.__traceback__) if _is_of_user(frame.filename)]
    where = f", at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{text.splitlines()[0]}{where}"


def _is_of_user(filename: str) -> bool:
    ours = Path(__file__).parents[2]
    return (
        not filename.startswith("<")
        and not Path(filename).is_relative_to(ours)
        and "importlib" not in filename
    )
