"""Modules that the caller allows, imported, and what each registers with Keras.

What the modules of a document register is taken out of Keras' registry again, and they themselves out of
`sys.modules`: a build finds only what its own document uses, and whoever imports such a module afterwards has
it run, and registered, as ever. Both are remembered, and there again while a model is made.
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


@dataclass(frozen=True, slots=True)
class World:
    """The modules of a document, imported together.

    Args:
        loaded: what each registers that those before it have not, or why it cannot be imported.
        modules: what was taken out of `sys.modules`, by name.
        of_process: those that the process had imported by itself, by name.
    """

    loaded: Mapping[Module, Loaded | ImportFailedError]
    modules: Mapping[str, ModuleType]
    of_process: Mapping[str, ModuleType]

    def is_of_now(self) -> bool:
        """Whether the process has, by itself, imported the same ones since."""
        return all(
            sys.modules.get(name) is self.of_process[name]
            if name in self.of_process
            else sys.modules.get(name) in (None, self.modules.get(name))
            for name in (module.name for module in self.loaded)
        )


# The worlds of this process. Each set of modules is run once, so that its classes stay the same ones.
_WORLDS: dict[tuple[Module, ...], World] = {}


def load_modules(modules: tuple[Module, ...]) -> World:
    """Import the modules, and give what each registers.

    One that the process has imported by itself is left as it is, and gives what is registered of it.
    """
    known = _WORLDS.get(modules)
    if known is not None and known.is_of_now():
        return known
    names = {module.name for module in modules}
    for key in [key for key in _WORLDS if {module.name for module in key} == names]:
        del _WORLDS[key]  # their sources have changed
    importlib.invalidate_caches()
    before = dict(sys.modules)
    loaded = {module: _load(module) for module in modules}
    of_process = {name: before[name] for name in names if name in before}
    world = World(loaded, _taken_out(loaded, frozenset(before)), of_process)
    if all(isinstance(found, Loaded) for found in loaded.values()):
        _WORLDS[modules] = world
    return world


@contextmanager
def present(modules: Mapping[str, ModuleType]) -> Iterator[None]:
    """Python has these modules meanwhile, for functions that import them when they are called."""
    added = [name for name in modules if name not in sys.modules]
    sys.modules.update({name: modules[name] for name in added})
    try:
        yield
    finally:
        for name in added:
            sys.modules.pop(name, None)


def _load(module: Module) -> Loaded | ImportFailedError:
    before = frozenset(sys.modules)
    with _captured() as captured:
        try:
            _import(module)
        except Exception as error:
            _forget_new(before)
            return ImportFailedError(_reason(error, module))
        except SystemExit:
            _forget_new(before)
            return ImportFailedError("it ends the program when it is imported")
    objects = captured.objects | _already_registered(module, captured.objects)
    return Loaded(objects, captured.twice, _files(module, before))


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
    """What the module registered when the process imported it before us: that stays where it is.

    Where the process has cleared Keras' registry since, as Keras' own guide does, the names are still there.
    """
    named = {name: known for known, name in private.registered_names().items()}
    return {
        name: known
        for name, known in (named | keras.saving.get_custom_objects()).items()
        if name not in found and _package_of(known) == module.package
    }


def _taken_out(
    loaded: Mapping[Module, Loaded | ImportFailedError], before: frozenset[str]
) -> dict[str, ModuleType]:
    """Take the modules, and whatever else has registered something, out of what Python has imported."""
    packages = {module.package for module in loaded}
    for found in loaded.values():
        if isinstance(found, Loaded):
            packages |= {_package_of(known) for known in found.objects.values()} - {"keras"}
    new = [name for name in sys.modules if name not in before and name.partition(".")[0] in packages]
    return {name: sys.modules.pop(name) for name in new}


def _package_of(found: Any) -> str:
    return str(getattr(found, "__module__", "")).partition(".")[0]


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
