"""Layers that are quantized, or get adapters, after their values were loaded from a file."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
from changed_twins import datasets

import modelspec

DOCUMENT = """\
modelspec: 1
name: net
inputs: {x: [8]}
layers:
  - Dense: {units: 16, activation: relu}
    name: hidden
  - Dense: {units: 4}
    name: out
"""
LOADING = DOCUMENT + "weights: {load: [{file: old.keras}], %s}\n"
QUANTIZE = "quantize: {layers: ['**'], mode: %s}"
LORA = "lora: {layers: [hidden], rank: 2}"


@pytest.fixture
def old(tmp_path: Path) -> keras.Model:
    """The model whose archive is loaded, with values that no seed draws."""
    modelspec.loads(DOCUMENT).build(tmp_path / "drawn.keras")
    model = keras.saving.load_model(tmp_path / "drawn.keras")
    rng = np.random.default_rng(5)
    model.set_weights([rng.normal(size=value.shape) for value in model.get_weights()])
    model.save(tmp_path / "old.keras")
    return model


def built(folder: Path, changes: str) -> Path:
    (folder / "net.yaml").write_text(LOADING % changes)
    return modelspec.load(folder / "net.yaml").build(folder / "net.keras").path


# Keras passes over the input, and says so.
@pytest.mark.filterwarnings("ignore:Layer InputLayer does not have:UserWarning")
@pytest.mark.parametrize("mode", ["int8", "float8", "int4"])
def test_what_is_quantized_is_what_was_loaded(mode: str, old: keras.Model, tmp_path: Path) -> None:
    ours = built(tmp_path, QUANTIZE % mode)
    old.quantize(mode)
    old.save(tmp_path / "twin.keras")
    assert datasets(ours) == datasets(tmp_path / "twin.keras")


def test_adapters_leave_the_kernel_that_was_loaded(old: keras.Model, tmp_path: Path) -> None:
    ours = built(tmp_path, LORA)
    old.get_layer("hidden").enable_lora(2)
    old.save(tmp_path / "twin.keras")
    assert datasets(ours) == datasets(tmp_path / "twin.keras")


def test_both_at_once_keep_the_quantized_values(old: keras.Model, tmp_path: Path) -> None:
    both = datasets(built(tmp_path, f"{LORA}, {QUANTIZE % 'int8'}"))
    assert both == datasets(built(tmp_path, QUANTIZE % "int8"))
