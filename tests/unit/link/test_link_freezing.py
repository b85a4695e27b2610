from __future__ import annotations

import keras
import pytest

import modelspec

FROZEN = """\
modelspec: 1
inputs: {x: SHAPE}
layers:
  - LAYER
    name: target
weights: {freeze: [target]}
"""
WRAPPERS = {
    "Bidirectional": "Bidirectional: {layer: {LSTM: {units: 3}}}",
    "backward_layer": "Bidirectional: {layer: {LSTM: {units: 3}}, "
    "backward_layer: {GRU: {units: 3, go_backwards: true}}}",
    "TimeDistributed": "TimeDistributed: {layer: {Dense: {units: 3}}}",
    "SpectralNormalization": "SpectralNormalization: {layer: {Conv1D: {filters: 3, kernel_size: 2}}}",
    "cells": "RNN: {cell: [{LSTMCell: {units: 3}}, {GRUCell: {units: 3}}]}",
    "StackedRNNCells": "RNN: {cell: {StackedRNNCells: {cells: [{LSTMCell: {units: 3}}]}}}",
    "nested": "TimeDistributed: {layer: {Bidirectional: {layer: {GRU: {units: 3}}}}}",
}


@pytest.mark.parametrize("name", WRAPPERS)
def test_a_frozen_wrapper_stays_frozen_once_keras_has_loaded_it(name, tmp_path):
    shape = "[2, 6, 8]" if name == "nested" else "[6, 8]"
    document = modelspec.loads(FROZEN.replace("SHAPE", shape).replace("LAYER", WRAPPERS[name]))
    assert document.check() == ()
    document.build(tmp_path / "net.keras")
    loaded = keras.saving.load_model(tmp_path / "net.keras", safe_mode=True)
    assert loaded.variables
    assert loaded.trainable_variables == []


def test_a_wrapper_that_is_not_frozen_leaves_its_layer_as_it_is(tmp_path):
    text = FROZEN.replace("SHAPE", "[6, 8]").replace("LAYER", WRAPPERS["TimeDistributed"])
    document = modelspec.loads(text.replace("freeze: [target]", "seed: 1"))
    document.build(tmp_path / "net.keras")
    loaded = keras.saving.load_model(tmp_path / "net.keras", safe_mode=True)
    assert len(loaded.trainable_variables) == 2


def test_a_frozen_wrapper_of_what_no_config_freezes_is_told():
    inner = "TimeDistributed: {layer: {Bidirectional: {layer: {GRU: {units: 3}}}}}"
    attention = FROZEN.replace("SHAPE", "[6, 8]").replace(
        "LAYER", "MultiHeadAttention: {num_heads: 2, key_dim: 4}\n    from: {query: x, value: x}"
    )
    assert [found.code for found in modelspec.loads(attention).check()] == ["thawed-at-loading"]
    nested = FROZEN.replace("SHAPE", "[2, 6, 8]").replace("LAYER", inner)
    assert modelspec.loads(nested).check() == ()
