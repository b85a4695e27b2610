"""What a build may find by a registered name, and Keras' own registry set to it for a while."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import MappingProxyType, ModuleType
from typing import Any

import keras

from modelspec.link import private
from modelspec.link.registered.loading import present


@dataclass(frozen=True, slots=True)
class Registry:
    """Objects by the names that documents know them under.

    Args:
        registered: by the name that Keras registers them under (`acme>AttentionPool`).
        custom: what the caller gives by hand, as `custom_objects` of Keras are given.
        modules: those that bring the registered ones, where Python has not imported them for the process.
    """

    registered: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    custom: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    modules: Mapping[str, ModuleType] = field(default_factory=lambda: MappingProxyType({}))

    def objects(self) -> dict[str, Any]:
        """All of them, by name."""
        return {**self.registered, **self.custom}

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Keras finds and names these objects meanwhile, besides those of the process; put back afterwards.

        The registry is the process's, the custom objects are this thread's.
        """
        objects, names = keras.saving.get_custom_objects(), private.registered_names()
        before = dict(objects), dict(names)
        try:
            objects.update(self.registered)
            names.update({found: name for name, found in self.registered.items()})
            scope = keras.saving.custom_object_scope({**private.custom_objects_in_scope(), **self.custom})
            with scope, present(self.modules):
                yield
        finally:
            for table, content in zip((objects, names), before, strict=True):
                table.clear()
                table.update(content)

    def keep(self) -> None:
        """Leave these objects in Keras' registry, and Python their modules, as importing them does."""
        for name, module in self.modules.items():
            sys.modules.setdefault(name, module)
        keras.saving.get_custom_objects().update(self.registered)
        private.registered_names().update({found: name for name, found in self.registered.items()})


def registered_in_process() -> dict[str, Any]:
    """What the process has registered by itself, by registered name."""
    return dict(keras.saving.get_custom_objects())


def objects_in_scope() -> dict[str, Any]:
    """What the custom object scopes that the caller stands in give, by name."""
    return dict(private.custom_objects_in_scope())
