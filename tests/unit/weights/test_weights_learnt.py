"""What layers have learnt from data, read from what they keep of it."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from modelspec.weights.learnt import boundaries_of, entries_of, weights_of


@pytest.mark.parametrize(
    ("data", "name", "config", "expected"),
    [
        (b"[UNK]\nred\ngreen", "StringLookup", {"oov_token": "[UNK]"}, ["red", "green"]),
        (b"[UNK]\r\nred\r\ngreen", "StringLookup", {}, ["red", "green"]),
        (b"?\n?\nred", "StringLookup", {"oov_token": "?", "num_oov_indices": 2}, ["red"]),
        (b"-\n[UNK]\nred", "StringLookup", {"mask_token": "-"}, ["red"]),
        (b"[UNK]\nred", "StringLookup", {"mask_token": "-", "output_mode": "multi_hot"}, ["red"]),
        (b"red\ngreen", "StringLookup", {"num_oov_indices": 0}, ["red", "green"]),
        (b"\n[UNK]\nthe\nr\xc3\xb6d", "TextVectorization", {}, ["the", "r\u00f6d"]),
        (b"[UNK]\nthe", "TextVectorization", {"output_mode": "tf_idf"}, ["the"]),
        (b"-1\n20\n-4", "IntegerLookup", {"oov_token": -1}, [20, -4]),
        (b"0\n-1\n20", "IntegerLookup", {"mask_token": 0}, [20]),
        (b"[UNK]", "StringLookup", {}, []),
    ],
)
def test_a_vocabulary_is_what_stands_behind_the_tokens_of_keras(
    data: bytes, name: str, config: Any, expected: list[object]
) -> None:
    assert entries_of(data, name, config) == expected


@pytest.mark.parametrize(("data", "name"), [(b"\xff\xfe", "StringLookup"), (b"-1\nred", "IntegerLookup")])
def test_a_file_that_is_no_vocabulary_is_refused(data: bytes, name: str) -> None:
    with pytest.raises(ValueError):
        entries_of(data, name, {})


def test_the_weights_of_a_vocabulary_are_those_of_its_entries() -> None:
    stored = np.array([0.5, 1.0, 2.0, 0.0, 0.0], "float32")
    config = {"output_mode": "tf_idf", "max_tokens": 5, "pad_to_max_tokens": True}
    assert weights_of(stored, ["a", "b"], class_name="StringLookup", config=config) == [1.0, 2.0]
    with pytest.raises(ValueError, match="fewer"):
        weights_of(stored[:2], ["a", "b"], class_name="StringLookup", config=config)


@pytest.mark.parametrize("bins", [2, 3, 7, 400])
def test_boundaries_are_those_that_keras_makes_of_a_summary(bins: int) -> None:
    layer = keras.layers.Discretization(num_bins=bins, epsilon=0.02)
    layer.adapt(np.sin(np.arange(300.0)) * np.arange(300.0))
    assert boundaries_of(layer.summary, bins) == layer.bin_boundaries


@pytest.mark.parametrize(
    ("summary", "bins"), [(np.zeros((3, 2), "float32"), 2), (np.zeros(4), 2), (np.zeros((2, 3)), 0)]
)
def test_what_is_no_summary_is_refused(summary: Any, bins: int) -> None:
    with pytest.raises(ValueError, match="no summary"):
        boundaries_of(summary, bins)


def test_of_nothing_there_are_no_boundaries() -> None:
    assert boundaries_of(np.zeros((2, 0), "float32"), 4) == []
