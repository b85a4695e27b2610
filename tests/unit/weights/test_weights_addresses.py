"""Addresses of Keras' HDF5 layout: their order, and what a config says of them."""

from __future__ import annotations

import random

import pytest

from modelspec.weights.described_layers import described_layers
from modelspec.weights.keras_order import keras_order, natural, of_optimizer


def described(class_name: str, *layers: object, **config: object) -> dict[str, object]:
    return {"class_name": class_name, "module": "keras", "config": {"layers": [*layers], **config}}


def layer(class_name: str, name: str, **config: object) -> dict[str, object]:
    return {"class_name": class_name, "module": "keras.layers", "config": {"name": name, **config}}


def test_numbers_in_names_are_numbers() -> None:
    ordered = ["dense", "dense_1", "dense_2", "dense_10", "dense_10_a", "embedding"]
    shuffled = random.Random(0).sample(ordered, len(ordered))
    assert sorted(shuffled, key=natural) == ordered


def test_a_layers_own_come_first_then_layers_then_attributes_and_private_ones_last() -> None:
    ordered = [
        "vars/0",
        "layers/dense/vars/0",
        "layers/dense/vars/2",
        "layers/dense/vars/10",
        "layers/functional/vars/0",
        "layers/functional/layers/dense/vars/0",
        "layers/functional/head/vars/0",
        "layers/functional/_hidden/vars/0",
        "tail/vars/0",
        "_private/vars/0",
        "optimizer/vars/0",
        "optimizer/vars/10",
    ]
    shuffled = random.Random(1).sample(ordered, len(ordered))
    assert sorted(shuffled, key=lambda address: keras_order(address, {})) == ordered


def test_known_positions_come_before_names() -> None:
    positions = {"layers/dense": 2, "layers/conv2d": 0, "layers/dense_1": 1}
    found = sorted(
        ["layers/dense/vars/0", "layers/dense_1/vars/0", "layers/conv2d/vars/0", "layers/a/vars/0"],
        key=lambda address: keras_order(address, positions),
    )
    assert [address.split("/")[1] for address in found] == ["conv2d", "dense_1", "dense", "a"]


@pytest.mark.parametrize(
    ("address", "answer"),
    [("optimizer/vars/0", True), ("optimizers/vars/0", False), ("layers/optimizer/vars/0", False)],
)
def test_the_optimizer_is_known_by_the_first_step(address: str, answer: bool) -> None:
    assert of_optimizer(address) is answer


def test_layers_are_numbered_by_class_and_operations_do_not_count() -> None:
    operation = {"class_name": "Add", "module": "keras.src.ops.numpy", "config": {"name": "add"}}
    found = described_layers(
        described(
            "Functional",
            layer("InputLayer", "x"),
            layer("Dense", "b"),
            operation,
            layer("Add", "sum"),
            layer("Dense", "a"),
        )
    )
    assert found.names == {
        "layers/input_layer": "x",
        "layers/dense": "b",
        "layers/add": "sum",
        "layers/dense_1": "a",
    }
    assert sorted(found.positions, key=found.positions.__getitem__) == [
        "layers/input_layer",
        "layers/dense",
        "layers/add",
        "layers/dense_1",
    ]


def test_a_sequential_has_no_input_among_its_layers() -> None:
    found = described_layers(described("Sequential", layer("InputLayer", "x"), layer("Dense", "a")))
    assert found.names == {"layers/dense": "a"}


def test_models_nest_and_a_model_with_a_graph_is_a_functional() -> None:
    inner = described("Model", layer("ReLU", "r"), name="encoder", input_layers=["x", 0, 0])
    found = described_layers(described("Functional", inner, layer("TimeDistributed", "each", layer=inner)))
    assert found.names == {
        "layers/functional": "encoder",
        "layers/functional/layers/re_lu": "r",
        "layers/time_distributed": "each",
        "layers/time_distributed/layer": "encoder",
        "layers/time_distributed/layer/layers/re_lu": "r",
    }


def test_parts_of_layers_are_named_by_their_arguments() -> None:
    both = layer(
        "Bidirectional",
        "both",
        layer=layer("LSTM", "forward_lstm"),
        backward_layer=layer("GRU", "backward_gru"),
    )
    stacked = layer("RNN", "rnn", cell=layer("StackedRNNCells", "s", cells=[layer("GRUCell", "g")] * 2))
    found = described_layers(described("Sequential", both, stacked))
    assert found.names == {
        "layers/bidirectional": "both",
        "layers/bidirectional/forward_layer": "forward_lstm",
        "layers/bidirectional/backward_layer": "backward_gru",
        "layers/rnn": "rnn",
        "layers/rnn/cell": "s",
        "layers/rnn/cell/cells/gru_cell": "g",
        "layers/rnn/cell/cells/gru_cell_1": "g",
    }


@pytest.mark.parametrize("odd", [None, 3, "text", [], {"class_name": 1, "config": {}}, {"class_name": "A"}])
def test_what_is_no_layer_is_left_aside(odd: object) -> None:
    found = described_layers(described("Functional", odd, layer("Dense", "a"), other=odd))
    assert found.names == {"layers/dense": "a"}


def test_a_name_that_cannot_be_printed_is_none() -> None:
    assert described_layers(described("Functional", layer("Dense", "a\x1b[0m"))).names == {}
