"""Registered objects as data, in the form of the harvest, so that the catalog can check what names them."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from modelspec.catalog.families import CUSTOM
from modelspec.catalog.registered import FUNCTION
from modelspec.link.harvest.documentation import class_documentation, function_documentation
from modelspec.link.harvest.families import family_of
from modelspec.link.registered.signatures import (
    call_kinds_of,
    call_of,
    own_of_keras,
    reads_itself,
    signature_of,
)

# Families whose objects are called on tensors in the graph.
_CALLED = frozenset({"layer", "cell", "model"})


def describe(objects: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Each object by its name, sorted; what is neither a class nor a function is left out."""
    found = {name: _described(objects[name]) for name in sorted(objects)}
    return {name: data for name, data in found.items() if data is not None}


def document(objects: Mapping[str, Any]) -> dict[str, dict[str, dict[str, Any]]]:
    """What each object says of itself, as Keras' documentation is: `classes` and `functions` by name.

    For people only: no build reads it.
    """
    found: dict[str, dict[str, dict[str, Any]]] = {"classes": {}, "functions": {}}
    for name in sorted(objects):
        symbol = objects[name]
        if inspect.isclass(symbol):
            found["classes"][name] = class_documentation(symbol, {})
        elif inspect.isroutine(symbol):  # of any other callable the docstring is its class's
            found["functions"][name] = function_documentation(symbol)
    return found


def _described(symbol: Any) -> dict[str, Any] | None:
    if not callable(symbol):
        return None
    # A function may be registered as a partial or a method, which has no module of its own.
    home = str(getattr(symbol, "__module__", None) or type(symbol).__module__)
    entry: dict[str, Any] = {"home": home}
    if not inspect.isclass(symbol):
        return entry | {"class": getattr(symbol, "__name__", type(symbol).__name__), "family": FUNCTION}
    family = family_of(symbol) or CUSTOM
    signature = signature_of(symbol)
    itself, keys = reads_itself(symbol)
    read = {key: {"opaque": "of its `from_config`"} for key in keys if key not in signature.arguments}
    call, open_call = call_of(symbol) if family in _CALLED else ({}, False)
    return entry | {
        "class": symbol.__name__,
        "family": family,
        "arguments": signature.arguments | read,
        "legacy": [name for name in signature.legacy if name not in read],
        "open": signature.is_open,
        "call": call,
        "call_kinds": call_kinds_of(symbol) if family in _CALLED else {},
        "open_call": open_call,
        "reads_itself": itself,
        "by_keras": sorted(own_of_keras(symbol)),
    }
