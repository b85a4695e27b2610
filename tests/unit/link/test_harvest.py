from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
from importlib import resources

import keras
import pytest

from modelspec.catalog.load import packaged_versions
from modelspec.link.harvest import dump, harvest
from modelspec.link.harvest.classes import harvest_class
from modelspec.link.harvest.docstring import argument_texts
from modelspec.link.harvest.operations import operation_class
from modelspec.link.harvest.surface import read_surface

MINOR = ".".join(keras.__version__.split(".")[:2])
PACKAGED = resources.files("modelspec.catalog").joinpath("data", f"keras-{MINOR}.json")
DATA = json.loads(PACKAGED.read_text()) if PACKAGED.is_file() else None
SURFACE = read_surface()

packaged = pytest.mark.skipif(DATA is None, reason="no data is packaged for the installed Keras")
newest = pytest.mark.skipif(
    packaged_versions()[-1] != MINOR, reason="what is expected here is that of the newest release"
)


@pytest.fixture(autouse=True)
def _quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@packaged
@pytest.mark.parametrize(
    "name",
    [
        "keras.Sequential",
        "keras.layers.Bidirectional",
        "keras.layers.Conv2D",
        "keras.layers.Rescaling",
        "keras.layers.TextVectorization",
        "keras.optimizers.SGD",
        "keras.src.applications.convnext.LayerScale",
    ],
)
def test_the_packaged_data_is_what_a_class_shows(name):
    cls = SURFACE.canonical[name]
    family = DATA["classes"][name]["family"]
    found = harvest_class(name, cls, family=family, aliases=SURFACE.aliases_of(cls))
    assert json.loads(json.dumps(found)) == DATA["classes"][name]


@packaged
@pytest.mark.slow
def test_the_packaged_data_is_what_a_harvest_gives_to_the_byte():
    assert dump(harvest()) == PACKAGED.read_text()


@pytest.mark.slow
def test_the_command_writes_the_same_whatever_the_hash_seed(tmp_path):
    texts = []
    for seed in ("1", "2"):
        output = tmp_path / f"{seed}.json"
        command = [sys.executable, "-m", "modelspec.link.harvest", "-o", str(output)]
        subprocess.run(command, check=True, env={**os.environ, "PYTHONHASHSEED": seed})
        texts.append(output.read_bytes())
    assert texts[0] == texts[1]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1.json", "2.json"]


@newest
def test_what_needs_its_defaults_written_is_found_by_trying():
    fill = {
        name: entry["fill"]
        for name, entry in DATA["classes"].items()
        if "fill" in entry and "untried" not in entry
    }
    assert fill["keras.layers.Rescaling"] == ["offset"]
    assert fill["keras.initializers.Constant"] == ["value"]
    assert fill["keras.dtype_policies.DTypePolicyMap"] == ["policy_map"]
    assert fill["keras.quantizers.Int8QuantizationConfig"] == ["activation_quantizer"]
    assert "keras.layers.Dense" not in fill


@newest
def test_the_classes_that_need_tensorflow_are_known_without_it():
    found = {
        name.rpartition(".")[2] for name, entry in DATA["classes"].items() if entry.get("needs_tensorflow")
    }
    assert found == {"Hashing", "HashedCrossing", "IntegerLookup", "StringLookup", "TextVectorization"}


@newest
def test_every_class_but_the_expected_few_was_tried():
    untried = {name.rpartition(".")[2] for name, entry in DATA["classes"].items() if entry.get("untried")}
    assert untried == {
        # TensorFlow, or another library, or code in the config
        "FlaxLayer",
        "Hashing",
        "HashedCrossing",
        "IntegerLookup",
        "JaxLayer",
        "Lambda",
        "StringLookup",
        "TFSMLayer",
        "TextVectorization",
        "TorchModuleWrapper",
        # not made from a config alone
        "AWQConfig",
        "DistillationLoss",
        "Distiller",
        "FeatureDistillation",
        "FeatureSpace",
        "GPTQConfig",
        "MultiOptimizer",
        # a function, and one more library
        "LearningRateScheduler",
        "OrbaxCheckpoint",
    }


@packaged
def test_every_public_layer_is_there():
    public = {name for name in dir(keras.layers) if isinstance(getattr(keras.layers, name), type)}
    spelt = {
        spelling.rpartition(".")[2]
        for name, entry in DATA["classes"].items()
        for spelling in (name, *entry.get("aliases", ()))
    }
    assert public - spelt == {"InputSpec"}


@packaged
def test_every_public_operation_is_there():
    public = {
        name for name in dir(keras.ops) if not name.startswith("_") and callable(getattr(keras.ops, name))
    }
    spelt = {
        spelling
        for name, entry in DATA["operations"].items()
        for spelling in (name, *entry.get("aliases", ()))
    }
    assert public <= spelt


@pytest.mark.parametrize(
    ("operation", "name"),
    [
        (keras.ops.add, "Add"),
        (keras.ops.abs, "Absolute"),
        (keras.ops.pad, "Pad"),
        (keras.ops.linspace, "Linspace"),
        (keras.ops.einsum, "Einsum"),
        (keras.ops.shape, None),
    ],
)
def test_the_operation_behind_a_function_is_found(operation, name):
    found = operation_class(operation)
    assert (found.__name__ if found else None) == name


def test_the_operation_class_is_the_one_in_the_graph():
    x = keras.Input((2, 3))
    for function in (keras.ops.relu, keras.ops.abs, keras.ops.sum, keras.ops.softmax, keras.ops.expm1):
        assert type(function(x)._keras_history.operation) is operation_class(function)


def test_a_docstring_is_read_argument_by_argument():
    def function(a, b, c):
        """Do.

        Args:
            a: Integer, the
                first one.
            b, c: Others.

        Returns:
            d: nothing.
        """

    assert argument_texts(function) == {"a": "Integer, the first one.", "b": "Others.", "c": "Others."}
