"""The registry of one build: what its modules, the caller and the process bring, each name claimed once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from modelspec.diagnostics import Report
from modelspec.language.values import Origin
from modelspec.link.registered.describe import describe
from modelspec.link.registered.loading import ImportFailedError, load_modules
from modelspec.link.registered.module import FileState, Module, unchanged
from modelspec.link.registered.registry import Registry, registered_in_process


@dataclass(frozen=True, slots=True)
class Collected:
    """What a build may find.

    Args:
        registry: the objects.
        described: what the catalog shall know of them.
        by_hand: the names that no module of the build brings.
        files: the user's sources that the modules were read from, as they were then.
    """

    registry: Registry
    described: Mapping[str, Mapping[str, Any]]
    by_hand: frozenset[str]
    files: tuple[FileState, ...]


def collect(modules: Mapping[Module, Origin], custom_objects: Mapping[str, Any], report: Report) -> Collected:
    """Import the modules and gather what may be named.

    Args:
        modules: each with the place where a document names it.
        custom_objects: of the caller.
        report: gets `module-failed`, `name-claimed-twice` where two objects have one name, and the warning
            `stale-module`.
    """
    registered: dict[str, Any] = {}
    claimants: dict[str, str] = {}
    files: set[FileState] = set()
    world = load_modules(tuple(modules))
    for module, loaded in world.loaded.items():
        origin = modules[module]
        if isinstance(loaded, ImportFailedError):
            report.add(
                "module-failed",
                f"importing `{module.shown}` fails: {loaded}",
                origin.place,
                help=loaded.help,
                frames=origin.frames,
            )
            continue
        files.update(loaded.files)
        if not unchanged(loaded.files):
            report.add(
                "stale-module",
                f"`{module.shown}` has changed since this process imported it, and its old code is used",
                origin.place,
                help="start the process anew",
                frames=origin.frames,
            )
        for name in loaded.twice:
            _report_twice(name, f"two objects of `{module.name}` claim", origin, report)
        for name, found in loaded.objects.items():
            if name in registered and registered[name] is not found:
                claim = f"`{claimants[name]}` and `{module.name}` claim"
                _report_twice(name, claim, origin, report)
            registered[name] = found
            claimants.setdefault(name, module.name)
    of_process = registered_in_process()
    for name in sorted(of_process.keys() & custom_objects.keys()):
        if of_process[name] is not custom_objects[name]:
            _report_twice(name, "your `custom_objects` and this process claim", None, report)
    by_hand = {**of_process, **custom_objects}
    for name, found in by_hand.items():
        if name in registered and registered[name] is not found:
            whose = "your `custom_objects`" if name in custom_objects else "this process"
            origin = next(place for module, place in modules.items() if module.name == claimants[name])
            _report_twice(name, f"`{claimants[name]}` and {whose} claim", origin, report)
    return Collected(
        Registry(registered, custom_objects, world.modules),
        describe({**by_hand, **registered}),
        frozenset(by_hand) - frozenset(registered),
        tuple(sorted(files)),
    )


def _report_twice(name: str, claim: str, origin: Origin | None, report: Report) -> None:
    report.add(
        "name-claimed-twice",
        f"{claim} the name `{name}`",
        origin.place if origin is not None else None,
        help="register one of them under another name, or in another package",
        frames=origin.frames if origin is not None else (),
    )
