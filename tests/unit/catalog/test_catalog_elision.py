from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest

from modelspec.catalog.elision import elided
from modelspec.catalog.portable import Portable, load_portable
from modelspec.catalog.registered import read_registered
from modelspec.catalog.target import OLDEST

PORTABLE = load_portable()


def obj(name: str, /, module: str = "keras.layers", registered: str | None = None, **config: object) -> dict:
    return {"module": module, "class_name": name, "config": config, "registered_name": registered}


GLOROT = obj("GlorotUniform", "keras.initializers", seed=None, input_axes=None, output_axes=None)
POLICY = obj("DTypePolicy", "keras", name="float32")
DENSE = obj(
    "Dense",
    name="d",
    trainable=True,
    dtype=POLICY,
    units=3,
    activation="linear",
    use_bias=True,
    kernel_initializer=GLOROT,
    kernel_regularizer=None,
    quantization_config=None,
)


def config_of(data: dict) -> dict:
    return elided(data, PORTABLE)["config"]


def test_what_every_release_fills_in_itself_goes() -> None:
    assert config_of(DENSE) == {"name": "d", "trainable": True, "dtype": POLICY, "units": 3}


def test_the_dict_that_is_given_is_not_changed() -> None:
    before = copy.deepcopy(DENSE)
    elided(DENSE, PORTABLE)
    assert before == DENSE


def test_a_value_off_its_default_stays_and_leaves_out_within_itself() -> None:
    data = copy.deepcopy(DENSE)
    data["config"]["activation"] = "relu"
    data["config"]["kernel_initializer"]["config"]["seed"] = 7
    found = config_of(data)
    assert found["activation"] == "relu"
    assert found["kernel_initializer"]["config"] == {"seed": 7}


@pytest.mark.parametrize("value", [1, 1.0], ids=str)
def test_a_number_is_not_taken_for_a_truth_value(value: float) -> None:
    data = copy.deepcopy(DENSE)
    data["config"]["use_bias"] = value
    assert config_of(data)["use_bias"] == value


@pytest.mark.parametrize(
    ("data", "kept"),
    [
        # They are what `pool_size` is.
        (obj("MaxPooling2D", pool_size=[3, 3], strides=[3, 3], padding="valid"), {"pool_size", "strides"}),
        # Without it `from_config` makes no object.
        (obj("Rescaling", scale=0.5, offset=0.0), {"scale", "offset"}),
        (obj("Constant", "keras.initializers", value=0.0), {"value"}),
        # They follow settings of the process that opens the archive.
        (obj("Conv2D", dtype=POLICY, data_format="channels_last", groups=1), {"dtype", "data_format"}),
        (obj("Dropout", rate=0.5, seed=None, noise_shape=None), {"rate", "seed"}),
        (obj("Bidirectional", backward_layer=None, merge_mode="concat"), {"backward_layer"}),
    ],
    ids=lambda value: value["class_name"] if isinstance(value, dict) else "",
)
def test_what_a_release_would_fill_in_otherwise_stays(data: dict, kept: set[str]) -> None:
    assert config_of(data).keys() == kept


SHORT = obj("GlorotUniform", "keras.initializers", seed=None)


def held_by(entry: dict | None) -> dict:
    """What is left of an initializer that a registered class holds in an argument of its own."""
    described = {"home": "acme", "class": "Own", "family": "layer", "arguments": {}}
    known = {} if entry is None else read_registered({"acme>Own": described | entry}).classes
    data = obj("Own", "acme", "acme>Own", use_bias=True, held=GLOROT)
    return elided(data, PORTABLE, registered=known)["config"]


def test_a_registered_class_keeps_everything_and_what_keras_makes_for_it_does_not() -> None:
    assert held_by({"reads_itself": True}) == {"use_bias": True, "held": SHORT}
    assert held_by({"by_keras": ["held"]}) == {"use_bias": True, "held": SHORT}


def test_what_a_constructor_is_given_as_it_is_written_keeps_everything() -> None:
    assert held_by({}) == {"use_bias": True, "held": GLOROT}
    assert held_by(None) == {"use_bias": True, "held": GLOROT}


def test_the_layers_of_a_graph_of_a_class_of_its_own_are_made_by_keras() -> None:
    data = obj("Net", "acme", "acme>Net", layers=[DENSE], input_layers=[], output_layers=[], held=DENSE)
    found = config_of(data)
    assert "use_bias" not in found["layers"][0]["config"]
    assert "use_bias" in found["held"]["config"]


def test_a_class_that_only_shares_its_name_with_one_of_keras_keeps_everything() -> None:
    assert config_of(obj("Dense", None, "Dense", use_bias=True)) == {"use_bias": True}


def test_layers_in_layers_and_models_in_models_are_reached() -> None:
    inner = obj("Functional", "keras.src.models.functional", "Functional", layers=[DENSE])
    outer = obj("TimeDistributed", layer=inner)
    found = config_of(outer)["layer"]["config"]["layers"][0]["config"]
    assert "quantization_config" not in found


def test_compile_leaves_out_what_it_fills_in_and_never_what_to_compile_with() -> None:
    model = obj("Sequential", "keras", layers=[])
    model["compile_config"] = {
        "optimizer": obj("SGD", "keras.optimizers", learning_rate=0.5, nesterov=False),
        "loss": None,
        "metrics": None,
        "run_eagerly": False,
        "steps_per_execution": 4,
        "jit_compile": "auto",
    }
    assert elided(model, PORTABLE)["compile_config"] == {
        "optimizer": obj("SGD", "keras.optimizers", learning_rate=0.5),
        "loss": None,
        "metrics": None,
        "steps_per_execution": 4,
    }
    model |= {"module": "acme", "registered_name": "acme>Sequential"}
    assert elided(model, PORTABLE)["compile_config"].keys() == model["compile_config"].keys()


def test_ids_of_what_is_still_shared_are_counted_anew() -> None:
    shared = {**GLOROT, "shared_object_id": 1}
    policy = {**POLICY, "shared_object_id": 2}
    data = obj("Sequential", "keras", layers=[])
    for _ in range(2):
        layer = copy.deepcopy(DENSE)
        layer["config"] |= {"kernel_initializer": shared, "dtype": policy}
        data["config"]["layers"].append(layer)
    found = elided(data, PORTABLE)["config"]["layers"]
    assert [layer["config"]["dtype"]["shared_object_id"] for layer in found] == [1, 1]


def test_an_operation_loses_its_name_only_where_a_release_takes_none() -> None:
    concatenate = obj("Concatenate", "keras.src.ops.numpy", "Concatenate", name="c", axis=1)
    addition = obj("Add", "keras.src.ops.numpy", "Add", name="a")
    newest = len(PORTABLE.releases)
    assert elided(concatenate, PORTABLE, since=newest)["config"] == {"name": "c", "axis": 1}
    assert elided(concatenate, PORTABLE, since=0)["config"] == {"axis": 1}
    assert elided(addition, PORTABLE, since=0)["config"] == {"name": "a"}


def test_eliding_twice_is_eliding_once() -> None:
    once = elided(DENSE, PORTABLE)
    assert elided(once, PORTABLE) == once


def test_the_oldest_release_is_the_oldest_that_a_target_may_name() -> None:
    assert PORTABLE.releases[0].startswith(".".join(map(str, OLDEST)))


def test_a_release_between_two_that_are_known_counts_as_the_older() -> None:
    portable = Portable({"releases": ["3.5.0", "3.8.0", "3.11.3"], "compile": {}})
    asked = [(3, 5), (3, 7), (3, 8), (3, 8, 0), (3, 10), (3, 11), (3, 11, 1), (4,)]
    assert [portable.position(version) for version in asked] == [0, 0, 1, 1, 1, 2, 1, 2]


def test_the_packaged_data_is_as_the_harvest_lays_it_out() -> None:
    path = Path(load_portable.__wrapped__.__code__.co_filename).parent / "data" / "portable.json"
    data = json.loads(path.read_bytes())
    assert data["releases"] == sorted(data["releases"], key=lambda text: [*map(int, text.split("."))])
    assert {"classes", "operations", "compile", "strings", "format"} < data.keys()
