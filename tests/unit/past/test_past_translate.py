"""What of Keras 2 becomes what in Keras 3, a case each."""

from __future__ import annotations

import base64
import marshal
from typing import Any

import pytest

from modelspec.catalog.load import installed_keras_version, load_catalog
from modelspec.past.refusal import Unreadable
from modelspec.past.translate import translate
from modelspec.past.values import Origin, Past

Json = Any


def past_of(config: Json, training: Json = None) -> Past:
    catalog = load_catalog(installed_keras_version())
    return translate(Origin("json", "2.2.4", "tensorflow", config, training), catalog)


def chain(*layers: tuple[str, Json]) -> Json:
    """A sequential model as Keras 2.2 wrote it."""
    found = [
        {"class_name": name, "config": {"name": f"layer_{n}", **config}}
        for n, (name, config) in enumerate(layers)
    ]
    found[0]["config"].setdefault("batch_input_shape", [None, 4])
    return {"class_name": "Sequential", "config": found}


def only(name: str, config: Json) -> Json:
    """What the layer becomes: its class and config without the usual."""
    past = past_of(chain((name, config)))
    layer = past.config["config"]["layers"][1]
    kept = {key: value for key, value in layer["config"].items() if key not in ("name", "dtype", "trainable")}
    return layer["class_name"], kept


@pytest.mark.parametrize(
    ("name", "config", "expected"),
    [
        ("Dense", {"units": 2, "dtype": "float32"}, ("Dense", {"units": 2})),
        ("LeakyReLU", {"alpha": 0.2}, ("LeakyReLU", {"negative_slope": 0.2})),
        (
            "ReLU",  # as Keras 2.12 wrote numbers of NumPy into archives
            {"threshold": {"class_name": "__numpy__", "config": {"value": 0.5, "dtype": "float32"}}},
            ("ReLU", {"threshold": 0.5}),
        ),
        ("Hashing", {"num_bins": 3, "salt": [956888297470] * 2}, ("Hashing", {"num_bins": 3, "salt": None})),
        ("Hashing", {"num_bins": 3, "salt": [1, 2]}, ("Hashing", {"num_bins": 3, "salt": [1, 2]})),
        (
            "StringLookup",
            {"vocabulary": ["a"], "vocabulary_size": 2, "has_input_vocabulary": True},
            ("StringLookup", {"vocabulary": ["a"]}),
        ),
        ("ThresholdedReLU", {"theta": 0.4}, ("ReLU", {"threshold": 0.4})),
        ("BatchNormalization", {"axis": [3], "fused": True}, ("BatchNormalization", {"axis": 3})),
        ("BatchNormalizationV2", {"axis": 1}, ("BatchNormalization", {"axis": 1})),
        ("LSTMV2", {"units": 2, "time_major": False, "implementation": 2}, ("LSTM", {"units": 2})),
        ("GRU", {"units": 2}, ("GRU", {"units": 2, "reset_after": False})),
        (
            "CuDNNGRU",
            {"units": 2},
            (
                "GRU",
                {"units": 2, "reset_after": True, "activation": "tanh", "recurrent_activation": "sigmoid"},
            ),
        ),
        (
            "Embedding",
            {"input_dim": 9, "output_dim": 2, "input_length": 4},
            ("Embedding", {"input_dim": 9, "output_dim": 2}),
        ),
        (
            "DepthwiseConv2D",
            {"kernel_size": [3, 3], "groups": 1},
            ("DepthwiseConv2D", {"kernel_size": [3, 3]}),
        ),
        (
            "CategoryEncoding",
            {"max_tokens": 4, "output_mode": "binary"},
            ("CategoryEncoding", {"num_tokens": 4, "output_mode": "multi_hot"}),
        ),
        (
            "GlobalMaxPool2D",
            {"data_format": "channels_last"},
            ("GlobalMaxPooling2D", {"data_format": "channels_last"}),
        ),
        ("SyncBatchNormalization", {}, ("BatchNormalization", {"synchronized": True})),
    ],
)
def test_a_layer_becomes(name: str, config: Json, expected: Json) -> None:
    assert only(name, config) == expected


def test_a_merge_is_the_layer_of_its_mode() -> None:
    assert only("Merge", {"mode": "concat", "concat_axis": 1}) == ("Concatenate", {"axis": 1})
    assert only("Merge", {"mode": "cos", "dot_axes": 2}) == ("Dot", {"axes": 2, "normalize": True})


def test_a_loss_of_tensors_inside_is_left_out_and_told() -> None:
    layers = graph()["config"]["layers"]
    loss = {"class_name": "AddLoss", "name": "l", "config": {}, "inbound_nodes": [[["d", 0, 0, {}]]]}
    past = past_of(graph(layers=[*layers, loss]))
    assert [layer["name"] for layer in past.config["config"]["layers"]] == ["x", "d"]
    assert any("`add_loss`" in note for note in past.notes)


def test_compile_settings_by_output_go_by_its_new_name() -> None:
    layers = graph()["config"]["layers"]
    layers[1]["name"] = "out/1"
    training = {"optimizer_config": {"class_name": "Adam", "config": {}}, "loss": {"out/1": "mse"}}
    past = past_of(graph(layers=layers, output_layers=[["out/1", 0, 0]]), training)
    assert past.config["compile_config"]["loss"] == {"out_1": "mse"}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ({"class_name": "VarianceScaling", "config": {"distribution": "normal"}}, "truncated_normal"),
        ({"class_name": "VarianceScaling", "config": {"distribution": "uniform"}}, "uniform"),
    ],
)
def test_an_initializer_becomes(written: Json, expected: str) -> None:
    _, config = only("Dense", {"units": 1, "kernel_initializer": written})
    assert config["kernel_initializer"]["config"]["distribution"] == expected


def test_an_argument_that_computes_something_and_is_gone_is_told() -> None:
    past = past_of(chain(("BatchNormalization", {"virtual_batch_size": 8})))
    assert any("virtual_batch_size" in note for note in past.notes)


@pytest.mark.parametrize(("version", "told"), [("2.3.1", 1), ("2.2.4-tf", 0), ("2.4.0", 0), (None, 0)])
def test_pixels_that_were_measured_otherwise_are_told(version: str | None, told: int) -> None:
    layer = ("UpSampling2D", {"interpolation": "bilinear", "batch_input_shape": [None, 4, 4, 1]})
    catalog = load_catalog(installed_keras_version())
    past = translate(Origin("json", version, "tensorflow", chain(layer), None), catalog)
    assert len(past.notes) == told


def test_a_rate_that_decays_is_a_schedule() -> None:
    training = {
        "optimizer_config": {"class_name": "SGD", "config": {"lr": 0.1, "decay": 0.01, "momentum": 0.0}},
        "loss": "mse",
        "metrics": [["acc"]],
    }
    compiled = past_of(chain(("Dense", {"units": 1})), training).config["compile_config"]
    rate = compiled["optimizer"]["config"]["learning_rate"]
    assert rate["class_name"] == "InverseTimeDecay"
    assert (rate["config"]["initial_learning_rate"], rate["config"]["decay_rate"]) == (0.1, 0.01)
    assert (compiled["loss"], compiled["metrics"]) == ("mse", ["acc"])


def test_a_function_of_its_author_is_a_placeholder_among_the_compile_settings() -> None:
    wrapped = {
        "class_name": "MeanMetricWrapper",
        "config": {"name": "dice", "dtype": "float32", "fn": "dice"},
    }
    training = {
        "optimizer_config": {"class_name": "Custom>Adam", "config": {"lr": 0.1, "jit_compile": True}},
        "loss": {"class_name": "LossFunctionWrapper", "config": {"fn": "dice_loss", "reduction": "auto"}},
        "metrics": [wrapped, "acme>iou"],
    }  # fmt: skip
    past = past_of(chain(("Dense", {"units": 1})), training)
    compiled = past.config["compile_config"]
    assert compiled["optimizer"]["class_name"] == "Adam"
    assert compiled["optimizer"]["config"] == {"learning_rate": 0.1}
    assert compiled["loss"]["registered_name"] == "placeholder>dice_loss"
    assert [metric["registered_name"] for metric in compiled["metrics"]] == ["placeholder>dice", "acme>iou"]
    assert [(found.name, found.kind) for found in past.placeholders] == [
        ("placeholder>dice_loss", "function"),
        ("placeholder>dice", "function"),
    ]


def test_the_code_of_a_lambda_is_not_run_and_speaks_of_what_it_calls() -> None:
    code = base64.b64encode(marshal.dumps((lambda x: print.no_such_thing(x)).__code__)).decode()
    past = past_of(chain(("Lambda", {"function": [code, None, None], "function_type": "lambda"})))
    (placeholder,) = past.placeholders
    assert placeholder.name == "placeholder>layer_0"
    assert "`no_such_thing`" in placeholder.why
    assert past.config["config"]["layers"][1]["registered_name"] == "placeholder>layer_0"


def test_equal_classes_are_one_placeholder_and_packages_stay() -> None:
    past = past_of(chain(("Scale", {"factor": 2}), ("Scale", {"factor": 3}), ("acme>Scale", {})))
    assert [placeholder.name for placeholder in past.placeholders] == ["placeholder>Scale"]
    names = [layer["registered_name"] for layer in past.config["config"]["layers"][1:]]
    assert names == ["placeholder>Scale", "placeholder>Scale", "acme>Scale"]


def test_a_name_that_no_document_can_write_is_another_and_the_old_one_is_kept() -> None:
    past = past_of(chain(("Dense", {"units": 1, "name": "block1/conv"})))
    assert past.names == {"block1_conv": "block1/conv", "block1_conv_input": "block1/conv_input"}


def graph(**changes: Json) -> Json:
    """A functional model whose parts can be spoilt."""
    config = {
        "name": "m",
        "layers": [
            {
                "class_name": "InputLayer",
                "name": "x",
                "config": {"batch_input_shape": [None, 4]},
                "inbound_nodes": [],
            },
            {
                "class_name": "Dense",
                "name": "d",
                "config": {"units": 2},
                "inbound_nodes": [[["x", 0, 0, {}]]],
            },
        ],
        "input_layers": [["x", 0, 0]],
        "output_layers": [["d", 0, 0]],
    }
    return {"class_name": "Model", "config": config | changes}


def deep(levels: int) -> Json:
    model = graph()
    for level in range(levels):
        model = {"class_name": "Sequential", "config": [{**model, "name": f"m{level}"}]}
    return model


@pytest.mark.parametrize(
    ("config", "what"),
    [
        (graph(layers=3), "are no list"),
        (graph(layers=[{"class_name": "Dense"}]), "no class or no config"),
        (graph(layers=graph()["config"]["layers"] * 2), "two layers are named `x`"),
        (graph(output_layers=[["gone", 0, 0]]), "`gone`, which is not there"),
        (graph(output_layers=[["d", 7, 0]]), "call 7 of `d`"),
        (graph(output_layers=[["d", 0, -1]]), "output -1"),
        (graph(output_layers=3), "not written as Keras 2 writes them"),
        ({"class_name": "Dense"}, "no class or no config"),
        (deep(100), "nested more than 60 deep"),
    ],
)
def test_a_config_that_cannot_be_is_refused(config: Json, what: str) -> None:
    with pytest.raises(Unreadable, match=what):
        past_of(config)


def test_a_graph_that_can_be_is_not_refused() -> None:
    assert past_of(graph()).config["config"]["output_layers"] == ["d", 0, 0]


_CROP = {"height": 4, "width": 5, "seed": None, "dtype": "float32"}


def test_a_random_crop_in_a_chain_is_two_layers() -> None:
    past = past_of(chain(("RandomCrop", {**_CROP, "name": "cut"}), ("Flatten", {})))
    found = [(layer["class_name"], layer["config"]["name"]) for layer in past.config["config"]["layers"][1:]]
    assert found == [("RandomCrop", "cut_crop"), ("Resizing", "cut"), ("Flatten", "layer_1")]
    resizing = past.config["config"]["layers"][2]["config"]
    assert (resizing["height"], resizing["width"], resizing["crop_to_aspect_ratio"]) == (4, 5, True)
    assert [note for note in past.notes if "values differ a little" in note]  # before TensorFlow 2.7


def test_a_random_crop_in_a_graph_is_two_layers_of_which_the_second_is_read() -> None:
    layers = [
        _member("InputLayer", "image", [], batch_input_shape=[None, 8, 9, 3]),
        _member("Flatten", "cut_crop", [[["image", 0, 0, {}]]]),
        _member("RandomCrop", "cut", [[["image", 0, 0, {}]], [["image", 0, 0, {}]]], **_CROP),
        _member("Add", "sum", [[["cut", 0, 0, {}], ["cut", 1, 0, {}]]]),
    ]
    ends = {"input_layers": [["image", 0, 0]], "output_layers": [["sum", 0, 0]]}
    config = {"name": "net", "layers": layers, **ends}
    past = past_of({"class_name": "Functional", "config": config})
    read = {
        layer["name"]: [_histories(node["args"]) for node in layer["inbound_nodes"]]
        for layer in past.config["config"]["layers"]
    }
    assert read["cut_crop_"] == [[["image", 0, 0]], [["image", 0, 0]]]
    assert read["cut"] == [[["cut_crop_", 0, 0]], [["cut_crop_", 1, 0]]]
    assert read["sum"] == [[["cut", 0, 0], ["cut", 1, 0]]]


def _member(cls: str, name: str, nodes: Json, **config: Json) -> Json:
    return {"class_name": cls, "name": name, "config": {**config, "name": name}, "inbound_nodes": nodes}


def _histories(args: Json) -> Json:
    """The tensors that are read among the arguments of a call."""
    if isinstance(args, list):
        return [found for item in args for found in _histories(item)]
    return [args["config"]["keras_history"]] if isinstance(args, dict) else []
