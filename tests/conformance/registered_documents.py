"""Documents that name what is not Keras' own, what is found wrong with them, and what Keras loads of them."""

from __future__ import annotations

import importlib
import os
from pathlib import Path

import keras
import pytest

import modelspec
from modelspec import SpecError

PACKAGES = Path(__file__).parents[1] / "packages"


def document(body: str, *, use: str = "acme", **options: object) -> modelspec.Document:
    allow = ("acme",) if "allow" not in options else options.pop("allow")
    text = f"modelspec: 1\nuse: [{use}]\n{body}" if use else f"modelspec: 1\n{body}"
    return modelspec.loads(text, allow=allow, **options)


def mistakes(made: modelspec.Document) -> list[tuple[str, str, str | None]]:
    with pytest.raises(SpecError) as caught:
        made.check()
    return [(found.code, found.message, found.help) for found in caught.value.diagnostics]


def items(*lines: str, head: str = "inputs: {x: [6, 8]}") -> str:
    return "\n".join([head, "layers:", *(f"  - {line}" for line in lines)])


def reloaded(made: modelspec.Document, folder: Path, objects: dict[str, object] | None = None) -> keras.Model:
    path = folder / "net.keras"
    made.build(path)
    return keras.saving.load_model(path, custom_objects=objects, safe_mode=True)


def acme(module: str, name: str):
    """A class of the package, which is then registered in this process as a user's import does."""
    return getattr(importlib.import_module(f"acme.{module}"), name)


def environment() -> dict[str, str]:
    """Of a process on the same backend."""
    return {**os.environ, "KERAS_BACKEND": keras.config.backend()}
