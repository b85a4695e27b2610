"""A live model of an archive, as Keras loads it, with the adapters of LoRA ready to train."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras

from modelspec.link.adapters import start_adapters
from modelspec.link.linked import Linked
from modelspec.link.registered.registry import Registry
from modelspec.link.scopes import safe_mode


def restore(path: Path, registry: Registry, *, allow_unsafe: bool) -> Any:
    """The model of an archive. The registry's registered objects are to be found already."""
    # Keras takes its global flag over its argument.
    with safe_mode(allow_unsafe=allow_unsafe):
        return keras.saving.load_model(path, custom_objects=dict(registry.custom), safe_mode=not allow_unsafe)


def restore_new(path: Path, linked: Linked, registry: Registry, *, seed: int, allow_unsafe: bool) -> Any:
    """The same of an archive that has initial values: adapters, which Keras loads as zeros, get theirs.

    Args:
        linked: that the archive was written of.
        seed: of the document.
    """
    model = restore(path, registry, allow_unsafe=allow_unsafe)
    if linked.adapters:
        start_adapters(model, linked.adapters, seed=seed)
    return model
