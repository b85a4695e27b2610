"""What a document may name besides Keras' own: the modules it uses, those of them that the caller allows, and
what they register, from the cache where their source has not changed.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from pathlib import Path
from typing import Any

from modelspec import __version__
from modelspec.catalog.load import cache_folder
from modelspec.catalog.lookup import Catalog
from modelspec.catalog.registered import Registered, read_registered
from modelspec.compiler.allowed import Allowed, allowed_by_caller, is_file
from modelspec.diagnostics import Report
from modelspec.frozen import dataclass
from modelspec.language.closed import ClosedSpec
from modelspec.language.load import Loader
from modelspec.language.values import Origin, Plain
from modelspec.link.registered.module import Module

# The layout of what is kept; files of another are left alone.
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Custom:
    """The modules of a document and of those it nests, and the objects the caller gives.

    Args:
        modules: those that are allowed, each with the place that names it.
        objects: the caller's `custom_objects`.
        files: the sources of the modules, with what tells that they have changed.
        by_hand: names whose source nobody watches, so that what uses them is not kept.
    """

    modules: Mapping[Module, Origin] = field(default_factory=dict)
    objects: Mapping[str, Any] = field(default_factory=dict)
    files: tuple[tuple[str, int, int], ...] = ()
    by_hand: frozenset[str] = frozenset()

    @property
    def stamp(self) -> list[object]:
        """What the compiled model depends on of all this."""
        return [[module.name, module.stamp] for module in self.modules] + [list(file) for file in self.files]


@dataclass(frozen=True, slots=True)
class Caller:
    """What the caller says of code that is not Keras' own.

    Args:
        allow: modules and files.
        custom_objects: by name.
        backend: that Keras shall run on if it has to be imported; `None` for the lightest.
        cpu_only: see `import_keras`.
        use_cache: whether what modules register is read from the cache and kept there.
    """

    allow: tuple[str, ...]
    custom_objects: Mapping[str, Any]
    backend: str | None
    cpu_only: bool
    use_cache: bool


def find_custom(
    spec: ClosedSpec, loader: Loader, caller: Caller, catalog: Catalog, report: Report
) -> tuple[Catalog, Custom]:
    """The catalog with what the document's modules and the caller register, and where that came from.

    Modules that are not allowed are left to the catalog to report. Keras and the modules are imported only
    where something was never read, or has changed.
    """
    uses = tuple(_uses(spec))
    if "keras" in sys.modules:
        from modelspec.link.registered.registry import objects_in_scope

        caller = replace(caller, custom_objects={**objects_in_scope(), **caller.custom_objects})
    by_hand = bool(caller.custom_objects) or _process_has_registered()
    if not uses and not by_hand:
        return catalog, Custom()
    allowed = allowed_by_caller(caller.allow, Path.cwd(), report) if uses else Allowed()
    modules: dict[Module, Origin] = {}
    refused = set()
    for use in uses:
        module = _module(str(use.value), use.origin, loader, allowed, report)
        if module is None:
            refused.add(str(use.value))
        else:
            modules.setdefault(module, use.origin)
    if report.has_errors:  # code is run only for a document that is right so far
        skipped = frozenset(str(use.value) for use in uses) - refused
        return catalog.with_registered(Registered(refused=frozenset(refused), skipped=skipped)), Custom()
    if not modules and not by_hand:
        return catalog.with_registered(Registered(refused=frozenset(refused))), Custom()
    described, custom = _described(modules, caller, report, by_hand=by_hand)
    own = without_shadows(described, catalog, modules, report)
    return catalog.with_registered(read_registered(own, frozenset(refused))), custom


def _uses(spec: ClosedSpec) -> Iterator[Plain]:
    """The entries of `use`, of the documents that are nested too."""
    yield from spec.use
    for model in spec.models:
        if model.spec is not None:
            yield from _uses(model.spec)


def _process_has_registered() -> bool:
    """Whether Keras is imported, and something registered with it."""
    keras = sys.modules.get("keras")
    return keras is not None and bool(keras.saving.get_custom_objects())


def _module(text: str, origin: Origin, loader: Loader, allowed: Allowed, report: Report) -> Module | None:
    """The module that an entry of `use` means; `None` where it is not allowed or not there."""
    if is_file(text):
        path = loader.resolve(text, origin.place, report)
        return _file_module(path) if path is not None and allowed.has_file(path) else None
    return _dotted_module(text) if allowed.has_module(text) else None


def module_named(text: str, here: Path) -> Module:
    """The module, or the Python file relative to `here`, that the caller names."""
    return _file_module((here / text).resolve()) if is_file(text) else _dotted_module(text)


def _file_module(path: Path) -> Module:
    return Module(path.stem, path, _stamp((path,)))


def _dotted_module(name: str) -> Module:
    return Module(name, None, _stamp(_sources_of(name.partition(".")[0])))


def _sources_of(package: str) -> tuple[Path, ...]:
    """The Python files of a package, found without importing it; none for one that is not there."""
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


def _stamp(files: tuple[Path, ...]) -> str:
    """Changes when one of the files does."""
    return hashlib.sha256(json.dumps([_state(path) for path in files]).encode()).hexdigest()


def _state(path: Path) -> tuple[str, int, int]:
    try:
        found = path.stat()
    except OSError:
        return str(path), -1, -1
    return str(path), found.st_size, found.st_mtime_ns


def _described(
    modules: Mapping[Module, Origin], caller: Caller, report: Report, *, by_hand: bool
) -> tuple[Mapping[str, Mapping[str, Any]], Custom]:
    kept = _kept_path(modules)
    # What is registered by hand lives in this process, where Keras is imported already.
    if caller.use_cache and not by_hand:
        known = _read(kept)
        if known is not None:
            return known[0], Custom(modules, files=known[1])
    from modelspec.link.backend import choose_backend, import_keras

    backend = choose_backend(report, asked=caller.backend)
    report.raise_if_errors()
    assert backend is not None
    import_keras(backend, cpu_only=caller.cpu_only)
    from modelspec.link.registered.collect import collect

    found = collect(modules, caller.custom_objects, report)
    files = tuple(_state(path) for path in found.files)
    if caller.use_cache and not by_hand and not report.has_errors:
        _write(kept, found.described, files)
    return found.described, Custom(modules, caller.custom_objects, files, found.by_hand)


def _kept_path(modules: Mapping[Module, Origin]) -> Path:
    from modelspec.catalog.load import installed_keras_version

    key = json.dumps(
        [_FORMAT, __version__, installed_keras_version(), [[module.name, module.stamp] for module in modules]]
    )
    return cache_folder() / "registered" / f"{hashlib.sha256(key.encode()).hexdigest()}.json"


def _read(path: Path) -> tuple[dict[str, Any], tuple[tuple[str, int, int], ...]] | None:
    """What is kept, unless one of the sources it was read from has changed."""
    try:
        data = json.loads(path.read_bytes())
        files = tuple((str(name), int(size), int(time)) for name, size, time in data["files"])
        described = dict(data["described"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return (described, files) if all(_state(Path(file[0])) == file for file in files) else None


def _write(path: Path, described: Mapping[str, Any], files: tuple[tuple[str, int, int], ...]) -> None:
    from modelspec.archive.atomic import write_atomically

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json.dumps({"files": files, "described": described}).encode())
    except OSError:
        return  # a cache that cannot be written to is left alone


def without_shadows(
    described: Mapping[str, Mapping[str, Any]],
    catalog: Catalog,
    modules: Mapping[Module, Origin],
    report: Report,
) -> dict[str, Mapping[str, Any]]:
    """What is described but for plain custom names that are Keras', which are reported."""
    shadows = {name for name in described if ">" not in name and catalog.has_name(name)}
    for name in sorted(shadows):
        _report_shadow(name, str(described[name]["home"]), modules, report)
    return {name: data for name, data in described.items() if name not in shadows}


def _report_shadow(name: str, home: str, modules: Mapping[Module, Origin], report: Report) -> None:
    """Report a plain custom name that is Keras': Keras would take the custom object wherever the built-in is
    meant.
    """
    origin = next((place for module, place in modules.items() if home.startswith(module.name)), None)
    report.add(
        "shadows-builtin",
        f"`{home}` gives its own object the name `{name}`, which is Keras'",
        origin.place if origin is not None else None,
        help=f"register it in a package: `acme>{name}`",
    )
