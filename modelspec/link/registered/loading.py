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
from dataclasses import dataclass, replace
from pathlib import Path
from traceback import extract_tb
from types import ModuleType
from typing import Any

import keras

from modelspec.link import private
from modelspec.link.registered.module import FileState, Module, state_of, unchanged
from modelspec.link.registered.territory import imported_by, is_of_user, package_of, source_of


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a module registers.

    Args:
        objects: by registered name.
        twice: names that two of its objects claim.
        files: the user's source files that it was read from, as they were then.
    """

    objects: Mapping[str, Any]
    twice: tuple[str, ...]
    files: tuple[FileState, ...]


class ImportFailedError(Exception):
    """A module cannot be imported; the text says why and where.

    Args:
        help: a way out, where one is known.
    """

    def __init__(self, message: str, *, help: str | None = None) -> None:
        super().__init__(message)
        self.help = help


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

    def is_current(self) -> bool:
        """Whether the sources are what they were when they were run."""
        return all(isinstance(found, Loaded) and unchanged(found.files) for found in self.loaded.values())

    def is_held(self) -> bool:
        """Whether the process itself holds one of the modules, so that it cannot be run anew."""
        return any(module.name in sys.modules for module in self.loaded)


# The worlds of this process. Each set of modules is run once, so that its classes stay the same ones.
_WORLDS: dict[tuple[tuple[str, Path | None], ...], World] = {}


def load_modules(modules: tuple[Module, ...]) -> World:
    """Import the modules, and give what each registers.

    One that the process has imported by itself is left as it is, and gives what is registered of it. Any
    other is run anew once its sources have changed.
    """
    key = tuple((module.name, module.file) for module in modules)
    known = _WORLDS.get(key)
    if known is not None and known.is_of_now() and (known.is_current() or known.is_held()):
        return replace(known, loaded=dict(zip(modules, known.loaded.values(), strict=True)))
    importlib.invalidate_caches()
    before = dict(sys.modules)
    loaded = {module: _load(module, modules) for module in modules}
    of_process = {name: before[name] for name, _ in key if name in before}
    world = World(loaded, _taken_out(loaded, frozenset(before)), of_process)
    if all(isinstance(found, Loaded) for found in loaded.values()):
        _WORLDS[key] = world
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


def _load(module: Module, modules: tuple[Module, ...]) -> Loaded | ImportFailedError:
    before = dict(sys.modules)
    packages = frozenset(other.package for other in modules)
    with _captured() as captured:
        try:
            made = _import(module)
        except ImportFailedError as error:
            return error
        except Exception as error:
            _forget_new(frozenset(before), packages)
            return ImportFailedError(_reason(error, module), help=_way_out(error, module))
        except SystemExit:
            _forget_new(frozenset(before), packages)
            return ImportFailedError("it ends the program when it is imported")
    objects = dict(captured.objects)
    if before.get(module.name) is made:
        objects |= _already_registered(module, objects)
    sources = (source_of(found) for found in imported_by(made, packages=packages).values())
    files = sorted({state_of(path) for path in sources if path is not None})
    return Loaded(objects, captured.twice, tuple(files))


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
    there = sys.modules.get(module.name)
    if there is not None and getattr(there, "__file__", None) == str(module.file):
        return there
    if module.name in sys.stdlib_module_names:
        raise ImportFailedError(
            f"Python itself has a module called `{module.name}`", help="call the file something else"
        )
    spec = importlib.util.spec_from_file_location(module.name, module.file)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules[module.name] = made
    try:
        spec.loader.exec_module(made)
    finally:
        if there is not None:  # another file of that name, which has the name for the process
            sys.modules[module.name] = there
    return made


def _already_registered(module: Module, found: Mapping[str, Any]) -> dict[str, Any]:
    """What the module registered when the process imported it before us: that stays where it is.

    Where the process has cleared Keras' registry since, as Keras' own guide does, the names are still there.
    """
    named = {name: known for known, name in private.registered_names().items()}
    objects = keras.saving.get_custom_objects()
    # Of an object's names that which Keras writes comes last, as in a module that is run.
    ordered = {name: known for name, known in objects.items() if name not in named} | named | objects
    return {
        name: known
        for name, known in ordered.items()
        if name not in found and package_of(known) == module.package
    }


def _taken_out(
    loaded: Mapping[Module, Loaded | ImportFailedError], before: frozenset[str]
) -> dict[str, ModuleType]:
    """Take the user's modules, and what else has registered something, out of what Python has imported."""
    packages = frozenset(module.package for module in loaded)
    for found in loaded.values():
        if isinstance(found, Loaded):
            packages |= {package_of(known) for known in found.objects.values()} - {"keras"}
    new = [name for name in sys.modules if name not in before and is_of_user(name, packages=packages)]
    return {name: sys.modules.pop(name) for name in new}


def _forget_new(before: frozenset[str], packages: frozenset[str]) -> None:
    """Forget the user's modules that were half imported; libraries stay, for many cannot be run twice."""
    for name in [name for name in sys.modules if name not in before]:
        if is_of_user(name, packages=packages):
            del sys.modules[name]


def _way_out(error: Exception, module: Module) -> str | None:
    if isinstance(error, ModuleNotFoundError) and error.name is not None:
        if error.name == module.package:
            return "a module must be installed or lie on `PYTHONPATH`; a file is named by its path"
        if error.name.partition(".")[0] == module.package:
            return f"`{module.package}` is there, and has no such module"
    return None


def _reason(error: Exception, module: Module) -> str:
    """Why importing failed, with the line of the user's code it came from."""
    if isinstance(error, ModuleNotFoundError) and error.name == module.package:
        return f"there is no module `{error.name}`"
    text = f"{type(error).__name__}: {error}".strip().rstrip(".").rstrip(":")
    if isinstance(error, SyntaxError) and error.filename:
        return f"{type(error).__name__}: {error.msg}, at {Path(error.filename).name}:{error.lineno}"
    frames = [frame for frame in extract_tb(error.__traceback__) if _is_told(frame.filename)]
    where = f", at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{text.splitlines()[0]}{where}"


def _is_told(filename: str) -> bool:
    ours = Path(__file__).parents[2]
    return (
        not filename.startswith("<")
        and not Path(filename).is_relative_to(ours)
        and "importlib" not in filename
    )
