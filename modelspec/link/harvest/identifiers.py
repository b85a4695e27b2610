"""The strings that Keras' own `get` takes, family by family, and the names of dtypes and policies."""

from __future__ import annotations

import inspect
from typing import Any

from modelspec.link.harvest import private
from modelspec.link.harvest.families import FAMILY_BASES
from modelspec.link.harvest.surface import Surface, canonical_name

# What `Model.compile` reads besides, whatever the case: it picks one by the shapes it sees.
COMPILE_WORDS = {"loss": ("crossentropy", "ce"), "metric": ("accuracy", "acc")}
_POLICIES = ("mixed_float16", "mixed_bfloat16")


def harvest_identifiers(surface: Surface) -> dict[str, dict[str, str]]:
    """By family, each string its `get` takes and the canonical name of what it stands for.

    Tried, not read off: a string in Keras' table whose object cannot be made without arguments is left out.
    """
    found: dict[str, dict[str, str]] = {}
    for family, (module, _) in FAMILY_BASES.items():
        if module is None:
            continue
        table, get = private.strings_of(module)
        found[family] = {
            string: _target(symbol)
            for string, symbol in sorted(table.items())
            if _target(symbol) in surface.canonical and _accepted(get, string)
        }
    return found


def harvest_dtypes() -> dict[str, list[str]]:
    """`names` that are read as a dtype or policy, and `prefixes` of quantized policies."""
    import keras

    candidates = {*private.dtype_names(), *_POLICIES, "int", "float"}
    names = sorted(
        name
        for name in candidates
        if _accepted(keras.dtype_policies.get, name) or _accepted(keras.backend.standardize_dtype, name)
    )
    return {"names": names, "prefixes": sorted(private.quantization_modes())}


def _target(symbol: Any) -> str:
    return canonical_name(symbol) or ""


def _accepted(get: Any, string: str) -> bool:
    try:
        result = get(string)
    except Exception:
        return False
    return result is not None and not inspect.isclass(result)
