"""Layers that Keras loads with another name or dtype policy, because their classes do not keep them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from modelspec.catalog.own import is_of_keras
from modelspec.language.values import Origin
from modelspec.link.made import Bench

_KEPT = (
    "begin the class's `get_config` with `config = super().get_config()`, and let `__init__` hand `**kwargs` "
    "to `super().__init__`"
)


def warn_of_changes(model: Any, again: Any, origins: Mapping[tuple[str, str], Origin], bench: Bench) -> None:
    """Warn of each layer, of a class that is not Keras' own, that comes back different from what it was.

    Args:
        model: of Keras.
        again: what Keras reads back of its config.
        origins: where each layer is written, by the names of its model and its own.
        bench: its report gets `changed-at-loading`.
    """
    for before, after, origin in _pairs(model, again, origins):
        changes = _changes(before, after)
        if changes and not is_of_keras(type(before).__module__):
            bench.report.add(
                "changed-at-loading",
                f"Keras loads `{before.name}` {' and '.join(changes)}, "
                f"for `{type(before).__name__}` does not save {'it' if len(changes) == 1 else 'them'}",
                origin.place,
                help=_KEPT,
                frames=origin.frames,
            )


def _pairs(
    before: Any, after: Any, origins: Mapping[tuple[str, str], Origin]
) -> Iterator[tuple[Any, Any, Origin]]:
    """The layers that are written as items, each with what became of it; of models that have them alike."""
    ones, twos = getattr(before, "layers", ()), getattr(after, "layers", ())
    if [type(layer) for layer in ones] != [type(layer) for layer in twos]:
        return
    for one, two in zip(ones, twos, strict=True):
        origin = origins.get((before.name, one.name))
        if origin is not None:
            yield one, two, origin
            yield from _pairs(one, two, origins)


def _changes(before: Any, after: Any) -> list[str]:
    names, policies = (before.name, after.name), (before.dtype_policy.name, after.dtype_policy.name)
    changes = [f"as `{names[1]}`"] if names[0] != names[1] else []
    return changes + ([f"with dtype `{policies[1]}`"] if policies[0] != policies[1] else [])
