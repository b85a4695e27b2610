"""What layers have learnt from data stands in the document, or it is told that the file does not hold it."""

from __future__ import annotations

import importlib.util
import json
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import modelspec
from modelspec.archive.checkpoint import open_checkpoint
from modelspec.compiler.decompiled import Asked, Decompiled, decompile_file
from modelspec.compiler.values import Options
from modelspec.diagnostics import Report

needs_tensorflow = pytest.mark.skipif(
    importlib.util.find_spec("tensorflow") is None, reason="TensorFlow is not installed"
)
Json = Any


def chain(cls: str, **config: Json) -> Json:
    """A model of Keras 2 with one layer."""
    config = {"name": "one", "batch_input_shape": [None, 2], **config}
    layers = [{"class_name": cls, "config": config}]
    return {"class_name": "Sequential", "config": {"name": "net", "layers": layers}}


def told(data: Json, folder: Path) -> tuple[Decompiled, list[str]]:
    (folder / "old.json").write_text(json.dumps({**data, "keras_version": "2.15.0"}))
    report = Report()
    done = decompile_file(Asked(folder / "old.json"), report, options=Options())
    return done, [found.message for found in report.warnings if found.code == "not-learnt"]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (chain("StringLookup", vocabulary=None), "the vocabulary of `one` is not in"),
        (chain("TextVectorization"), "the vocabulary of `one` is not in"),
        (chain("Discretization", num_bins=4, bin_boundaries=None), "the boundaries of `one` are not in"),
    ],
)
def test_what_a_layer_has_learnt_and_its_file_does_not_hold_is_told(
    data: Json, expected: str, tmp_path: Path
) -> None:
    _, (message,) = told(data, tmp_path)
    assert message == f"{expected} `{tmp_path / 'old.json'}`"


@pytest.mark.parametrize(
    "data",
    [
        chain("IntegerLookup", vocabulary=[1, 2], vocabulary_size=3),
        chain("Discretization", bin_boundaries=[0.0], num_bins=None),
        chain("Dense", units=2),
    ],
)
def test_nothing_is_told_of_a_layer_that_was_given_all(data: Json, tmp_path: Path) -> None:
    assert told(data, tmp_path)[1] == []


def test_a_vocabulary_in_a_file_elsewhere_is_told_and_not_opened(tmp_path: Path) -> None:
    done, (message,) = told(chain("StringLookup", vocabulary="C:/data/words.txt"), tmp_path)
    assert (
        message == f"the vocabulary of `one` is not in `{tmp_path / 'old.json'}`, but in `C:/data/words.txt`"
    )
    assert "words.txt" not in done.text


def learnt() -> Json:
    """A model of Keras 3 whose layers have learnt what they need."""
    texts = keras.Input((1,), dtype="string", name="texts")
    words = keras.layers.TextVectorization(name="words", output_mode="tf_idf")
    words.adapt(np.array([["red green"], ["the Green; house"]]))
    lookup = keras.layers.StringLookup(name="lookup")
    lookup.adapt(np.array([["red"], ["red"], ["a"]]))
    inner_texts = keras.Input((1,), dtype="string", name="inner_texts")
    inner = keras.Model(inner_texts, lookup(inner_texts), name="inner")
    return keras.Model(texts, [words(texts), inner(texts)], name="learnt")


@needs_tensorflow
def test_a_vocabulary_that_a_model_of_keras_3_has_learnt_is_in_the_document(tmp_path: Path) -> None:
    model = learnt()
    model.save(tmp_path / "old.keras")
    report = Report()
    asked = Asked(tmp_path / "old.keras", tmp_path / "net.yaml", weights=True)
    text = decompile_file(asked, report, options=Options()).text
    assert "vocabulary: [green, the, red, house]" in text
    assert "StringLookup: {vocabulary: [red, a]}" in text
    assert [found.code for found in report.warnings] == []
    modelspec.load(tmp_path / "net.yaml").build(tmp_path / "net.keras")
    rebuilt = keras.saving.load_model(tmp_path / "net.keras")
    given = np.array([["the red sea"], ["house"]])
    for name in ("words", "inner"):
        one, two = (found.get_layer(name) for found in (model, rebuilt))
        one, two = (found.get_layer("lookup") if name == "inner" else found for found in (one, two))
        np.testing.assert_array_equal(np.asarray(one(given)), np.asarray(two(given)))


@needs_tensorflow
def test_a_vocabulary_that_is_damaged_is_told(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((1,), dtype="int64"), keras.layers.IntegerLookup(name="one")])
    model.layers[0].adapt(np.array([[1], [2]]))
    model.save(tmp_path / "good.keras")
    with (
        zipfile.ZipFile(tmp_path / "good.keras") as good,
        zipfile.ZipFile(tmp_path / "old.keras", "w") as bad,
    ):
        for name in good.namelist():
            bad.writestr(name, b"-1\none\ntwo" if name.endswith("vocabulary.txt") else good.read(name))
    report = Report()
    decompile_file(Asked(tmp_path / "old.keras"), report, options=Options())
    (found,) = report.warnings
    assert found.code == "not-learnt"
    assert "cannot be read: invalid literal for int() with base 10: 'one'" in found.message


def test_an_archive_of_keras_2_has_its_vocabularies_at_the_addresses_of_today(tmp_path: Path) -> None:
    packed = Path(__file__).parents[2] / "conformance" / "prepared" / "tf2.13.tar.xz"
    with tarfile.open(packed) as archive:
        archive.extract("two.keras", tmp_path, filter="data")
    checkpoint = open_checkpoint(tmp_path / "two.keras", Report())
    assert checkpoint is not None
    with checkpoint:
        assert set(checkpoint.assets) == {
            "layers/integer_lookup/vocabulary.txt",
            "layers/string_lookup_1/vocabulary.txt",
        }
        assert checkpoint.asset("layers/string_lookup_1/vocabulary.txt").split(b"\n")[-1] in (
            b"red",
            b"violet",
        )
