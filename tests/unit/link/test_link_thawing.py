from __future__ import annotations

import keras

import modelspec

ATTENTION = """\
modelspec: 1
inputs: {x: [6, 8]}
layers:
  - MultiHeadAttention: {num_heads: 2, key_dim: 4}
    name: attention
    from: {query: x, value: x}
    trainable: false
  - Dense: {units: 2}
    name: head
    trainable: false
  - Dense: {units: 1}
"""


def told(text: str) -> list[tuple[str, str]]:
    return [(found.code, found.message) for found in modelspec.loads(text).check()]


def test_a_frozen_layer_that_keras_loads_trainable_is_told():
    assert told(ATTENTION) == [
        ("thawed-at-loading", "`attention` is frozen, and Keras loads it with variables that train")
    ]


def test_keras_does_load_it_so(tmp_path):
    modelspec.loads(ATTENTION).build(tmp_path / "net.keras")
    loaded = keras.saving.load_model(tmp_path / "net.keras", safe_mode=True)
    training = {variable.path.partition("/")[0] for variable in loaded.trainable_variables}
    assert training == {"attention", "dense"}


def test_what_trains_as_written_is_not_told():
    assert told(ATTENTION.replace("    trainable: false\n", "")) == []
