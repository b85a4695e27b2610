"""Documents of the numbered traps, what is found wrong with them, and the models that Keras loads of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import pytest

import modelspec
from modelspec import SpecError

USE = "acme.kinds, acme.layers, acme.models, acme.odd, acme.training"


def document(body: str, *, use: str = USE, **options: Any) -> modelspec.Document:
    """A document on one input of four numbers, unless its body says otherwise."""
    head = "" if "inputs:" in body else "inputs: {x: [4]}\n"
    uses = f"use: [{use}]\n" if use else ""
    return modelspec.loads(f"modelspec: 1\n{uses}{head}{body}\n", allow=("acme",), **options)


def items(*lines: str) -> str:
    """The items of `layers`, one a line."""
    return "\n".join(["layers:", *(f"  - {line}" for line in lines)])


def mistakes(made: modelspec.Document) -> list[tuple[str, str, str | None]]:
    """Code, message and help of each mistake."""
    with pytest.raises(SpecError) as caught:
        made.check()
    return [(found.code, found.message, found.help) for found in caught.value.diagnostics]


def codes(made: modelspec.Document) -> list[str]:
    """The codes of the mistakes."""
    return [code for code, _, _ in mistakes(made)]


def saved_and_loaded(model: keras.Model, folder: Path) -> keras.Model:
    """The same model through an archive that Keras writes and reads."""
    path = folder / "twin.keras"
    model.save(path)
    return keras.saving.load_model(path, safe_mode=True)
