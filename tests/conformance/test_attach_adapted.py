"""What a layer has learned of data before any training goes along: statistics, and vocabularies."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import keras
import numpy as np
import pytest

import modelspec

DOCUMENT = """\
modelspec: 1
inputs: {n: [3]}
layers:
  - Normalization:
    name: scale
  - Dense: {units: 2}
    name: head
weights:
  load:
    - file: old.keras
      rename: {norm: scale}
      except: [head]
"""

WORDS = """\
modelspec: 1
inputs: {t: {shape: [], dtype: string}}
layers:
  - StringLookup:
    name: terms
  - Embedding: {input_dim: 10, output_dim: 3}
    name: vectors
weights:
  load: [{file: old.keras, rename: {words: terms}}]
"""


def test_the_statistics_of_a_normalization_go_along(tmp_path: Path) -> None:
    normalization = keras.layers.Normalization(name="norm")
    normalization.adapt(np.random.default_rng(0).normal(5.0, 3.0, (100, 3)))
    keras.Sequential([keras.Input((3,)), normalization]).save(tmp_path / "old.keras")
    (tmp_path / "net.yaml").write_text(DOCUMENT)
    model = modelspec.load(tmp_path / "net.yaml").model()
    batch = np.random.default_rng(1).normal(size=(4, 3)).astype("float32")
    ours = keras.ops.convert_to_numpy(model.get_layer("scale")(batch))
    np.testing.assert_array_equal(ours, keras.ops.convert_to_numpy(normalization(batch)))


@pytest.mark.skipif(importlib.util.find_spec("tensorflow") is None, reason="lookups of text need TensorFlow")
def test_a_vocabulary_goes_along(tmp_path: Path) -> None:
    old = words("words")
    old.get_layer("words").adapt(["red", "green", "green"])
    old.save(tmp_path / "old.keras")
    (tmp_path / "net.yaml").write_text(WORDS)
    model = modelspec.load(tmp_path / "net.yaml").model()
    assert model.get_layer("terms").get_vocabulary() == ["[UNK]", "green", "red"]

    live = words("terms")
    assert live.get_layer("terms").get_vocabulary() == ["[UNK]"]
    modelspec.attach(live, tmp_path / "old.keras", rename={"words": "terms"})
    assert live.get_layer("terms").get_vocabulary() == ["[UNK]", "green", "red"]


def words(name: str) -> keras.Model:
    """Words as vectors; the lookup knows none yet."""
    inputs = keras.Input((), dtype="string")
    vectors = keras.layers.Embedding(10, 3, name="vectors")
    return keras.Model(inputs, vectors(keras.layers.StringLookup(name=name)(inputs)))
