"""A document has the same hashes whatever Keras is installed, and so has what Keras saves of its model."""

from __future__ import annotations

import json
import zipfile

import keras
import pytest
from config_hashes import CONFIGS, KEPT, hashes_of

import modelspec
from modelspec.compiler.identity import identity_of

WANTED = json.loads(KEPT.read_text())
# A class that the oldest releases lack, by the document that requires it.
LATER = {"gpt": "ReversibleEmbedding"}
HERE = [name for name in WANTED if name not in LATER or hasattr(keras.layers, LATER[name])]


def test_every_document_has_its_hashes():
    assert sorted(WANTED) == sorted(path.stem for path in CONFIGS.glob("*.yaml"))
    assert len({found["architecture"]["structure"] for found in WANTED.values()}) == len(WANTED)


@pytest.mark.parametrize("name", HERE)
def test_the_hashes_are_those_of_every_release(name):
    assert hashes_of(name) == WANTED[name]


@pytest.mark.skipif(
    tuple(map(int, keras.__version__.split(".")[:2])) < (3, 11),
    reason="a model that is loaded has lists of one for its input and output, and is saved so",
)
def test_an_archive_that_keras_saves_anew_has_the_hashes_of_the_document(tmp_path):
    model = modelspec.load(CONFIGS / "mnist_cnn.yaml").model()
    model.save(tmp_path / "saved.keras")
    with zipfile.ZipFile(tmp_path / "saved.keras") as members:
        found = identity_of(json.loads(members.read("config.json")), None).record
    assert {**found, "variables": WANTED["mnist_cnn"]["variables"]} == WANTED["mnist_cnn"]
