"""Wrappers around many layers, cells in every recurrent layer, and the models that Keras has as classes."""

from __future__ import annotations

import json

import numpy as np
import pytest
from held_to_twin import (
    Variant,
    assert_predicts_same,
    assert_same,
    compiled_of,
    document_of,
    loaded_from,
    reloaded,
    twin_of,
)

from modelspec.diagnostics import SpecError

INPUTS = {"sequence": [6, 4], "vector": [4], "images": [3, 8, 8, 2], "image": [8, 8, 2]}
CELLS = {
    "lstm": {"LSTMCell": {"units": 3}},
    "gru": {"GRUCell": {"units": 3, "reset_after": False}},
    "simple": {"SimpleRNNCell": {"units": 3}},
    "stack": {"StackedRNNCells": {"cells": [{"GRUCell": {"units": 3}}, {"LSTMCell": {"units": 2}}]}},
    "list": [{"LSTMCell": {"units": 3}}, {"GRUCell": {"units": 4}}, {"SimpleRNNCell": {"units": 2}}],
}
RECURRENT = {
    "lstm": {"LSTM": {"units": 3}},
    "gru": {"GRU": {"units": 3}},
    "simple": {"SimpleRNN": {"units": 3}},
    "rnn": {"RNN": {"cell": {"GRUCell": {"units": 3}}}},
    "sequences": {"LSTM": {"units": 3, "return_sequences": True}},
}
INNER = {
    "dense": {"Dense": {"units": 3, "activation": "relu"}},
    "bare": {"Flatten": {}},
    "normalized": {"LayerNormalization": {}},
    "dropped": {"Dropout": {"rate": 0.25, "seed": 7}},
    "spectral": {"SpectralNormalization": {"layer": {"Dense": {"units": 3}}}},
    "chain": {"Sequential": {"layers": [{"Dense": {"units": 3}}, {"ReLU": {}}, {"Dense": {"units": 2}}]}},
}
SPECTRAL = {
    "dense": ("vector", {"Dense": {"units": 3}}),
    "einsum": ("vector", {"EinsumDense": {"equation": "ab,bc->ac", "output_shape": [3]}}),
    "conv": ("image", {"Conv2D": {"filters": 3, "kernel_size": 3}}),
    "transposed": ("image", {"Conv2DTranspose": {"filters": 3, "kernel_size": 3}}),
    "embedding": ("words", {"Embedding": {"input_dim": 9, "output_dim": 4}}),
}
VARIANTS = {
    "RNN": [Variant(f"of_{name}", "RNN", {"cell": cell}, "sequence") for name, cell in CELLS.items()],
    "Bidirectional": [
        *(
            Variant(f"of_{name}", "Bidirectional", {"layer": layer}, "sequence")
            for name, layer in RECURRENT.items()
        ),
        *(
            Variant(
                f"by_{mode}", "Bidirectional", {"layer": RECURRENT["gru"], "merge_mode": mode}, "sequence"
            )
            for mode in ("sum", "mul", "ave", "concat", None)
        ),
        Variant(
            "two",
            "Bidirectional",
            {"layer": RECURRENT["lstm"], "backward_layer": {"GRU": {"units": 3, "go_backwards": True}}},
            "sequence",
        ),
    ],
    "TimeDistributed": [
        *(
            Variant(f"of_{name}", "TimeDistributed", {"layer": layer}, "sequence")
            for name, layer in INNER.items()
        ),
        Variant("of_conv", "TimeDistributed", {"layer": SPECTRAL["conv"][1]}, "images"),
        Variant("of_pool", "TimeDistributed", {"layer": {"GlobalAveragePooling2D": {}}}, "images"),
    ],
    "SpectralNormalization": [
        Variant(f"of_{name}", "SpectralNormalization", {"layer": layer}, feed)
        for name, (feed, layer) in SPECTRAL.items()
    ],
    "Sequential": [
        Variant("one", "Sequential", {"layers": [{"Dense": {"units": 3}}]}, "vector"),
        Variant(
            "deep",
            "Sequential",
            {"layers": [{"Dense": {"units": 3}}, {"Sequential": {"layers": [{"Dense": {"units": 2}}]}}]},
            "vector",
        ),
    ],
}
SHAPES = {**INPUTS, "words": {"shape": [5], "dtype": "int32"}}


@pytest.mark.parametrize("wrapper", VARIANTS)
def test_a_wrapper_around_each_layer_equals_its_twin(wrapper):
    variants = VARIANTS[wrapper]
    ours = loaded_from(compiled_of(document_of(variants, SHAPES), quick=True))
    theirs = reloaded(twin_of(variants, SHAPES))
    assert_same(ours, theirs, frozenset({*SHAPES, *(variant.name for variant in variants)}))


@pytest.mark.parametrize("wrapper", ["RNN", "Bidirectional", "TimeDistributed"])
def test_a_wrapper_predicts_what_its_twin_does_with_its_values(wrapper):
    variants = [one for one in VARIANTS[wrapper] if one.feed == "sequence" and one.name != "of_dropped"]
    ours = loaded_from(compiled_of(document_of(variants, SHAPES)))
    theirs = reloaded(twin_of(variants, SHAPES))
    batch = np.random.default_rng(0).normal(size=(2, 6, 4)).astype("float32")
    assert_predicts_same(ours, theirs, batch)


@pytest.mark.parametrize(
    ("key", "arguments"),
    [
        ("keras.Model", {}),
        (
            "keras.distillation.Distiller",
            {"teacher": "Flatten", "student": "Flatten", "distillation_losses": []},
        ),
        ("keras.distillation.LogitsDistillation", {}),
        ("keras.distillation.FeatureDistillation", {}),
        ("keras.distillation.DistillationLoss", {}),
    ],
)
def test_what_is_no_layer_of_a_model_is_refused_as_an_item(key, arguments):
    page = {"modelspec": 1, "inputs": {"vector": [4]}, "layers": [{key: arguments}]}
    with pytest.raises(SpecError):
        compiled_of(json.dumps(page))
