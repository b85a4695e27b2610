"""Which names Keras shows: the canonical one of each symbol, and every other public spelling."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from modelspec.catalog.own import is_of_keras
from modelspec.link.harvest import private

# Functions of these modules serve as activations, losses and metrics; the rest of Keras' functions
# (files, datasets, global settings) is nothing that a model is described with.
FUNCTION_MODULES = ("keras.activations", "keras.losses", "keras.metrics")
NOT_FUNCTIONS = ("serialize", "deserialize", "get")

# Of no use in a document: what Keras 3 keeps of Keras 2 outside its public names, and a base class whose
# constructor differs from backend to backend.
_LEFT_OUT = ("keras._legacy.", "keras.legacy.", "keras.optimizers.legacy.")
_ABSTRACT = frozenset({"keras.Optimizer"})


@dataclass(frozen=True)
class Surface:
    """The public names of a Keras.

    Args:
        canonical: canonical name to symbol, sorted; the name `serialize_keras_object` writes.
        aliases: every public spelling of a symbol, by the symbol's canonical name.
    """

    canonical: dict[str, Any]
    aliases: dict[str, list[str]]

    def classes(self) -> Iterator[tuple[str, type]]:
        """The classes by canonical name."""
        for name, symbol in self.canonical.items():
            if inspect.isclass(symbol) and not name.startswith(_LEFT_OUT) and name not in _ABSTRACT:
                yield name, symbol

    def functions(self) -> Iterator[tuple[str, Any]]:
        """The functions that can stand as an argument, by canonical name."""
        for name, symbol in self.canonical.items():
            module, _, short = name.rpartition(".")
            if module in FUNCTION_MODULES and inspect.isfunction(symbol) and short not in NOT_FUNCTIONS:
                yield name, symbol

    def operations(self) -> Iterator[tuple[str, Any]]:
        """The functions of `keras.ops`, by their canonical name below it."""
        for name, symbol in self.canonical.items():
            if name.startswith("keras.ops.") and inspect.isfunction(symbol):
                yield name.removeprefix("keras.ops."), symbol

    def aliases_of(self, symbol: Any) -> list[str]:
        """The public spellings of a symbol other than the canonical one, sorted."""
        return self.aliases.get(canonical_name(symbol) or "", [])


def canonical_name(symbol: Any) -> str | None:
    """The name Keras serialises a symbol under; a private layer's own module and name."""
    name = private.public_name(symbol)
    if name is not None:
        return name
    return f"{symbol.__module__}.{symbol.__name__}" if private.is_private_layer(symbol) else None


def read_surface() -> Surface:
    """Read the names of the installed Keras."""
    import keras

    private.import_private_layers()
    canonical = {**private.public_names()}
    for layer in _subclasses(keras.Layer):
        if private.public_name(layer) is None and private.is_private_layer(layer):
            canonical[f"{layer.__module__}.{layer.__name__}"] = layer
    spellings: dict[str, set[str]] = {}
    for spelling, symbol in _public(keras, seen={"keras"}):
        name = canonical_name(symbol)
        if name is not None and name != spelling:
            spellings.setdefault(name, set()).add(spelling)
    return Surface(
        canonical={name: canonical[name] for name in sorted(canonical)},
        aliases={name: sorted(found) for name, found in spellings.items()},
    )


def _subclasses(cls: type) -> Iterator[type]:
    children: list[type] = cls.__subclasses__()
    for child in children:
        yield child
        yield from _subclasses(child)


def _public(module: ModuleType, *, seen: set[str]) -> Iterator[tuple[str, Any]]:
    # Until 3.8 the modules behind the public names called themselves `keras.api…`.
    shown = module.__name__.replace("keras.api", "keras", 1)
    for name, symbol in sorted(vars(module).items()):
        if name.startswith("_"):
            continue
        if inspect.ismodule(symbol):
            inner = symbol.__name__
            if is_of_keras(inner) and not private.is_inner_module(inner) and inner not in seen:
                seen.add(inner)
                yield from _public(symbol, seen=seen)
        elif inspect.isclass(symbol) or inspect.isfunction(symbol):
            yield f"{shown}.{name}", symbol
