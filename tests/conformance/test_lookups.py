"""The layers that only TensorFlow can make: with it on every backend, without it a message and a way out."""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import keras
import numpy as np
import pytest
from catalogued import classes
from held_to_twin import (
    Variant,
    assert_same,
    comparable,
    compiled_of,
    document_of,
    layers_of,
    loaded_from,
    reloaded,
    serialized,
    twin_of,
)

from modelspec.diagnostics import SpecError

needs_tensorflow = pytest.mark.skipif(
    importlib.util.find_spec("tensorflow") is None, reason="TensorFlow is not installed"
)

INPUTS: Mapping[str, Any] = {
    "word": {"shape": [1], "dtype": "string"},
    "other_word": {"shape": [1], "dtype": "string"},
    "number": {"shape": [1], "dtype": "int64"},
}
_WORDS = ["red", "green", "blue"]
_WEIGHTS = [0.5, 0.25, 0.125]

# By class: what it reads, what it must be given, and values off its defaults with what they need beside them.
SAMPLES: Mapping[str, tuple[Any, Mapping[str, Any], Mapping[str, tuple[Any, Mapping[str, Any]]]]] = (
    MappingProxyType(
        {
            "StringLookup": (
                "word",
                {"vocabulary": _WORDS},
                {
                    "max_tokens": (9, {}),
                    "num_oov_indices": (2, {}),
                    "mask_token": ("", {}),
                    "oov_token": ("?", {}),
                    "idf_weights": (_WEIGHTS, {"output_mode": "tf_idf"}),
                    "invert": (True, {"feed": "number"}),
                    "output_mode": ("multi_hot", {}),
                    "pad_to_max_tokens": (True, {"max_tokens": 9, "output_mode": "multi_hot"}),
                    "sparse": (True, {"output_mode": "multi_hot"}),
                    "encoding": ("latin-1", {}),
                    "oov_method": ("farmhash", {}),
                    "salt": (7, {}),
                },
            ),
            "IntegerLookup": (
                "number",
                {"vocabulary": [10, 20, 30]},
                {
                    "max_tokens": (9, {}),
                    "num_oov_indices": (2, {}),
                    "mask_token": (0, {}),
                    "oov_token": (-7, {}),
                    "idf_weights": (_WEIGHTS, {"output_mode": "tf_idf"}),
                    "invert": (True, {}),
                    "output_mode": ("one_hot", {}),
                    "pad_to_max_tokens": (True, {"max_tokens": 9, "output_mode": "multi_hot"}),
                    "sparse": (True, {"output_mode": "multi_hot"}),
                    "oov_method": ("farmhash", {}),
                    "salt": (7, {"oov_method": "farmhash"}),
                },
            ),
            "TextVectorization": (
                "word",
                {"vocabulary": _WORDS},
                {
                    "max_tokens": (9, {}),
                    "standardize": ("lower", {}),
                    "split": ("character", {}),
                    "ngrams": (2, {}),
                    "output_mode": ("multi_hot", {}),
                    "output_sequence_length": (4, {}),
                    "pad_to_max_tokens": (True, {"max_tokens": 9, "output_mode": "multi_hot"}),
                    "idf_weights": (_WEIGHTS, {"output_mode": "tf_idf"}),
                    "sparse": (True, {"output_mode": "multi_hot"}),
                    "encoding": ("latin-1", {}),
                },
            ),
            "Hashing": (
                "word",
                {"num_bins": 3},
                {
                    "mask_value": ("red", {}),
                    "salt": (7, {}),
                    "output_mode": ("one_hot", {}),
                    "sparse": (True, {"output_mode": "multi_hot"}),
                },
            ),
            "HashedCrossing": (
                ["word", "other_word"],
                {"num_bins": 3},
                {"output_mode": ("one_hot", {}), "sparse": (True, {"output_mode": "one_hot"})},
            ),
        }
    )
)
# What every layer takes; `test_every_layer` has these.
OF_EVERY_LAYER = frozenset({"activity_regularizer", "autocast", "dtype", "name", "trainable"})
# Arguments without a value off their default that Keras takes on every backend.
REFUSED = frozenset({"IntegerLookup.vocabulary_dtype", "TextVectorization.ragged"})
ENTRIES = tuple(entry for entry in classes("layer") if entry.needs_tensorflow)


def variants_of(name: str) -> list[Variant]:
    feed, needs, off_defaults = SAMPLES[name]
    found = [Variant("default", name, needs, feed)]
    for argument, (value, besides) in off_defaults.items():
        if argument == "sparse" and keras.backend.backend() != "tensorflow":
            continue  # Keras refuses it, but for `Hashing`
        others = {key: other for key, other in besides.items() if key != "feed"}
        arguments = {**needs, **others, argument: value}
        found.append(Variant(f"off_{argument}", name, arguments, besides.get("feed", feed)))
    return found


def test_every_class_and_argument_has_a_sample():
    assert {entry.short for entry in ENTRIES} == SAMPLES.keys()
    for entry in ENTRIES:
        _, needs, off_defaults = SAMPLES[entry.short]
        known = {*needs, *off_defaults, *OF_EVERY_LAYER}
        left = {name for name in entry.arguments if name not in known}
        assert {f"{entry.short}.{name}" for name in left} <= REFUSED


@needs_tensorflow
@pytest.mark.parametrize("name", SAMPLES)
def test_with_tensorflow_a_lookup_equals_its_twin_with_its_vocabulary_inline(name):
    variants = variants_of(name)
    twin = twin_of(variants, INPUTS)
    theirs = layers_of(serialized(twin))
    ours = loaded_from(compiled_of(document_of(variants, INPUTS)))
    assert_same(ours, reloaded(twin), frozenset({*INPUTS, *theirs}))
    default = comparable(theirs["default"]["config"], frozenset()) | {"name": ""}
    for variant in variants[1:]:
        config = comparable(theirs[variant.name]["config"], frozenset()) | {"name": ""}
        assert config != default, variant.name
    _, needs, _ = SAMPLES[name]
    if "vocabulary" in needs:
        assert theirs["default"]["config"]["vocabulary"] == needs["vocabulary"]


@needs_tensorflow
def test_with_tensorflow_words_become_the_numbers_that_the_vocabulary_says():
    variants = [Variant("ids", "IntegerLookup", {"vocabulary": [10, 20, 30]}, "number")]
    ours = loaded_from(compiled_of(document_of(variants, INPUTS)))
    with warnings.catch_warnings():
        # JAX has no 64-bit numbers unless it is asked for them.
        warnings.filterwarnings("ignore", "Explicitly requested dtype int64")
        ids = ours(keras.ops.convert_to_tensor(np.array([[20], [30], [40]])))
    assert keras.ops.convert_to_numpy(ids[0] if isinstance(ids, list) else ids).tolist() == [[2], [3], [0]]


@needs_tensorflow
@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="only TensorFlow has tensors of text")
def test_on_tensorflow_texts_become_numbers_in_the_model():
    import tensorflow as tf

    variants = [
        Variant("words", "StringLookup", {"vocabulary": _WORDS}, "word"),
        Variant("texts", "TextVectorization", {"vocabulary": _WORDS}, "word"),
    ]
    ours = loaded_from(compiled_of(document_of(variants, INPUTS)))
    words, texts = ours(tf.constant([["green"], ["pink"]]))
    assert words.numpy().tolist() == [[2], [0]]
    assert texts.numpy().tolist() == [[3], [1]]


@pytest.mark.parametrize("name", SAMPLES)
def test_without_tensorflow_a_lookup_says_so_at_its_line_and_how_to_get_it(name, monkeypatch):
    monkeypatch.setattr("modelspec.link.backend._installed", lambda library: library != "tensorflow")
    with pytest.raises(SpecError) as caught:
        compiled_of(document_of(variants_of(name)[:1], INPUTS))
    (found,) = caught.value.diagnostics
    assert found.code == "needs-tensorflow"
    assert found.message == f"`{name}` needs TensorFlow, which is not installed"
    assert "modelspec[tensorflow]" in found.help
    assert found.place.line == 2


def test_without_tensorflow_a_lookup_inside_another_layer_is_found(monkeypatch):
    monkeypatch.setattr("modelspec.link.backend._installed", lambda library: library != "tensorflow")
    inner = {"layers": [{"Hashing": {"num_bins": 3}}]}
    with pytest.raises(SpecError, match="`Hashing` in `Pipeline` needs TensorFlow"):
        compiled_of(document_of([Variant("pipe", "Pipeline", inner, "word")], INPUTS))
