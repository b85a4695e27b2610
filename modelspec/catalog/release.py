"""The names of one Keras release, read from the harvested data once for all catalogs of it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from modelspec.catalog.entry import ClassEntry, OperationEntry, read_class, read_operation

# A private layer of Keras is known by its full name only, so that its short one stays free.
_PRIVATE = "keras.src."


class Release:
    """What Keras itself has, whatever is registered besides.

    Entries are read when they are first asked for.

    Args:
        data: what `modelspec.link.harvest` wrote.
    """

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._data = data
        self._classes: dict[str, ClassEntry] = {}

    def entry(self, name: str) -> ClassEntry | None:
        """The class with this full public name, the canonical one or an alias."""
        canonical = self.full_names.get(name)
        if canonical is None:
            return None
        found = self._classes.get(canonical)
        if found is None:
            found = self._classes[canonical] = read_class(canonical, self._data["classes"][canonical])
        return found

    @cached_property
    def operations(self) -> tuple[OperationEntry, ...]:
        """Every operation, by name."""
        found = self._data["operations"]
        return tuple(read_operation(name, found[name]) for name in sorted(found))

    @cached_property
    def full_names(self) -> Mapping[str, str]:
        """Every full public name of a class, to the canonical one."""
        names = {}
        for name, data in self._data["classes"].items():
            names[name] = name
            for alias in data.get("aliases", ()):
                names[alias] = name
        return names

    @cached_property
    def short_names(self) -> Mapping[str, tuple[str, ...]]:
        """Every short name of a class, to the canonical names it may mean."""
        names: dict[str, tuple[str, ...]] = {}
        for full, canonical in self.full_names.items():
            if full.startswith(_PRIVATE):
                continue
            short = full.rpartition(".")[2]
            known = names.get(short, ())
            if canonical not in known:
                names[short] = (*known, canonical)
        return names

    @cached_property
    def function_names(self) -> Mapping[str, str]:
        """Every name of a function, to the canonical one."""
        return _with_aliases(self._data["functions"])

    @cached_property
    def operation_names(self) -> Mapping[str, str]:
        """Every name of an operation below `keras.ops`, to the canonical one."""
        return _with_aliases(self._data["operations"])


def _with_aliases(entries: Mapping[str, Mapping[str, Any]]) -> Mapping[str, str]:
    names = {name: name for name in entries}
    for name, data in entries.items():
        for alias in data.get("aliases", ()):
            names.setdefault(alias, name)
    return names
