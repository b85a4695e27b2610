"""What a document may name besides Keras' own: the modules it uses, those of them that the caller allows, and
what they register, from the cache where their source has not changed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from pathlib import Path
from typing import Any

from modelspec.catalog.lookup import Catalog
from modelspec.catalog.registered import Registered, read_registered
from modelspec.compiler.allowed import Allowed, allowed_by_caller
from modelspec.compiler.kept_descriptions import Described, kept_path, read_description, write_description
from modelspec.compiler.shadows import without_shadows
from modelspec.compiler.values import Options
from modelspec.diagnostics import Place, Report, Source
from modelspec.frozen import dataclass
from modelspec.language.closed import ClosedSpec
from modelspec.language.load import Loader
from modelspec.language.values import Origin, Plain
from modelspec.language.words import is_file
from modelspec.link.registered.module import FileState, Module, dotted_module, file_module, unchanged


@dataclass(frozen=True, slots=True)
class Custom:
    """The modules of a document and of those it nests, and the objects the caller gives.

    Args:
        modules: those that are allowed, each with the place that names it.
        objects: the caller's `custom_objects`.
        files: the sources of the modules, with what tells that they have changed.
        by_hand: names whose source nobody watches, so that what uses them is not kept.
        backend: that Keras runs on, where there are modules, which may ask for it.
    """

    modules: Mapping[Module, Origin] = field(default_factory=dict)
    objects: Mapping[str, Any] = field(default_factory=dict)
    files: tuple[FileState, ...] = ()
    by_hand: frozenset[str] = frozenset()
    backend: str | None = None

    @property
    def stamp(self) -> list[object]:
        """What the compiled model depends on of all this."""
        modules = [[module.name, module.stamp] for module in self.modules]
        return [self.backend, modules, [list(file) for file in self.files]]


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


def caller_of(options: Options) -> Caller:
    """What the options of a caller say of it."""
    return Caller(options.allow, options.custom_objects, options.backend, options.cpu_only, options.use_cache)


def find_custom(
    spec: ClosedSpec, loader: Loader, caller: Caller, catalog: Catalog, report: Report
) -> tuple[Catalog, Custom]:
    """The catalog with what the document's modules and the caller register, and where that came from.

    Modules that are not allowed are left to the catalog to report. Keras and the modules are imported only
    where something was never read, or has changed.
    """
    uses = tuple(_uses(spec))
    caller = _with_scope(caller)
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
    # What a module that fails would have registered is not missed as well.
    skipped = frozenset(str(use.value) for use in uses) if report.has_errors else frozenset()
    return catalog.with_registered(read_registered(own, refused=frozenset(refused), skipped=skipped)), custom


def custom_of_caller(caller: Caller, catalog: Catalog, report: Report) -> tuple[Catalog, Custom]:
    """The same for a file that cannot name modules itself: all that the caller allows are looked into.

    Raises:
        SpecError: a module does not exist, or cannot be imported, or claims a name that is taken.
    """
    caller = _with_scope(caller)
    by_hand = bool(caller.custom_objects) or _process_has_registered()
    modules = modules_named(caller.allow, report)
    report.raise_if_errors()
    if not modules and not by_hand:
        return catalog, Custom()
    described, custom = _described(modules, caller, report, by_hand=by_hand)
    own = without_shadows(described, catalog, modules, report)
    report.raise_if_errors()
    return catalog.with_registered(read_registered(own)), custom


def modules_named(allow: tuple[str, ...], report: Report) -> dict[Module, Origin]:
    """The modules and Python files that the command line names; those that are not there are reported."""
    here = Path.cwd()
    for text in allow:
        if is_file(text) and not (here / text).is_file():
            what = "is a folder" if (here / text).is_dir() else "does not exist"
            report.add(
                "file-not-found", f"`{text}` {what}", _place(text), help="name a Python file or a module"
            )
    return {module_named(text, here): Origin(_place(text)) for text in dict.fromkeys(allow)}


def _place(text: str) -> Place:
    return Place(Source(f"--allow {text}", text, inline=True), 0, len(text))


def _with_scope(caller: Caller) -> Caller:
    """The caller with what stands in Keras' custom object scope."""
    if "keras" not in sys.modules:
        return caller
    from modelspec.link.registered.registry import objects_in_scope

    return replace(caller, custom_objects={**objects_in_scope(), **caller.custom_objects})


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
        return file_module(path) if path is not None and allowed.has_file(path) else None
    return dotted_module(text) if allowed.has_module(text) else None


def module_named(text: str, here: Path) -> Module:
    """The module, or the Python file relative to `here`, that the caller names."""
    return file_module((here / text).resolve()) if is_file(text) else dotted_module(text)


def _described(
    modules: Mapping[Module, Origin], caller: Caller, report: Report, *, by_hand: bool
) -> tuple[Described, Custom]:
    from modelspec.link.backend import choose_backend, import_keras

    backend = choose_backend(report, asked=caller.backend)
    report.raise_if_errors()
    assert backend is not None
    kept = kept_path(modules, backend.name)
    # What is registered by hand lives in this process, where Keras is imported already.
    keep = caller.use_cache and not by_hand
    known = read_description(kept) if keep else None
    if known is not None:
        return known[0], Custom(modules, files=known[1], backend=backend.name)
    import_keras(backend, cpu_only=caller.cpu_only)
    from modelspec.link.registered.collect import collect

    found = collect(modules, caller.custom_objects, report)
    watched = unchanged(found.files)
    if keep and watched and not report.has_errors:
        write_description(kept, found.described, found.files)
    unwatched = found.by_hand if watched else frozenset(found.described)
    return found.described, Custom(modules, caller.custom_objects, found.files, unwatched, backend.name)
