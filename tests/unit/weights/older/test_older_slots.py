"""Where the variables of a Keras 2 model lie in Keras 3, and in which order Keras 2 stores them."""

from __future__ import annotations

from typing import Any

import pytest

from modelspec.weights.older.slots import slots_of


def layer(cls: str, name: str, **config: Any) -> dict[str, Any]:
    return {"class_name": cls, "config": {"name": name, **config}}


def model(*layers: Any, cls: str = "Functional", name: str = "net", **config: Any) -> dict[str, Any]:
    return layer(cls, name, layers=list(layers), **config)


def stored(one: dict[str, Any]) -> list[tuple[str, str]]:
    """What one layer of a model has, in Keras 2's order: names, and addresses below the layer."""
    (slots,) = slots_of(model(one)).values()
    (address,) = (address for address in slots.names if address.count("/") == 1)
    return [(slot.name, slot.address.removeprefix(f"{address}/")) for slot in slots.ordered]


@pytest.mark.parametrize(
    ("cls", "config", "expected"),
    [
        ("Dense", {}, ["kernel", "bias"]),
        ("Dense", {"use_bias": False}, ["kernel"]),
        ("EinsumDense", {"bias_axes": None}, ["kernel"]),
        ("SeparableConv2D", {}, ["depthwise_kernel", "pointwise_kernel", "bias"]),
        ("BatchNormalization", {}, ["gamma", "beta", "moving_mean", "moving_variance"]),
        ("BatchNormalizationV1", {"scale": False}, ["beta", "moving_mean", "moving_variance"]),
        ("Normalization", {}, ["mean", "variance", "count"]),
        ("Normalization", {"mean": [1.0], "variance": [2.0]}, []),
        ("Attention", {"use_scale": False, "score_mode": "concat"}, ["concat_score_weight"]),
        ("AdditiveAttention", {}, ["scale"]),
        ("Dropout", {"rate": 0.5}, []),
    ],
)
def test_own_variables_are_numbered_in_both_kerases_alike(
    cls: str, config: dict[str, Any], expected: list[str]
) -> None:
    assert stored(layer(cls, "a", **config)) == [(name, f"vars/{n}") for n, name in enumerate(expected)]


@pytest.mark.parametrize("cls", ["LSTM", "GRU", "SimpleRNN", "ConvLSTM2D", "CuDNNLSTM", "CuDNNGRU"])
def test_recurrent_layers_have_their_variables_in_a_cell(cls: str) -> None:
    names = ("kernel", "recurrent_kernel", "bias")
    assert stored(layer(cls, "a")) == [(name, f"cell/vars/{n}") for n, name in enumerate(names)]


def test_cells_of_a_stack_are_numbered_by_class() -> None:
    cells = [layer("LSTMCell", "x", use_bias=False), layer("GRUCell", "y"), layer("LSTMCell", "z")]
    stack = layer("RNN", "a", cell=layer("StackedRNNCells", "s", cells=cells))
    assert [address for _, address in stored(stack)] == [
        "cell/cells/lstm_cell/vars/0",
        "cell/cells/lstm_cell/vars/1",
        *(f"cell/cells/gru_cell/vars/{n}" for n in range(3)),
        *(f"cell/cells/lstm_cell_1/vars/{n}" for n in range(3)),
    ]


def test_both_directions_of_a_wrapper_have_what_the_layer_has() -> None:
    both = layer("Bidirectional", "a", layer=layer("GRU", "b", use_bias=False))
    assert [address for _, address in stored(both)] == [
        "forward_layer/cell/vars/0",
        "forward_layer/cell/vars/1",
        "backward_layer/cell/vars/0",
        "backward_layer/cell/vars/1",
    ]


def test_a_backward_layer_of_its_own_counts() -> None:
    both = layer(
        "Bidirectional", "a", layer=layer("GRU", "b"), backward_layer=layer("GRU", "c", use_bias=False)
    )
    assert len(stored(both)) == 5


def test_attention_has_four_projections() -> None:
    projections = ("query", "key", "value", "output")
    assert stored(layer("MultiHeadAttention", "a")) == [
        (name, f"{which}_dense/vars/{n}")
        for which in projections
        for n, name in enumerate(("kernel", "bias"))
    ]


def test_a_variable_that_keras_3_stores_twice_has_two_places() -> None:
    wrapped = layer("SpectralNormalization", "a", layer=layer("Dense", "b"))
    (slots,) = slots_of(model(wrapped)).values()
    assert [(slot.name, slot.address, slot.again) for slot in slots.ordered] == [
        (
            "kernel",
            "layers/spectral_normalization/vars/0",
            "layers/spectral_normalization/layer/vars/0",
        ),
        ("bias", "layers/spectral_normalization/layer/vars/1", ""),
        ("vector_u", "layers/spectral_normalization/vars/1", ""),
    ]


def names_in_order(one: dict[str, Any]) -> list[str]:
    slots = slots_of(model(one))["inner"]
    return [f"{slot.address.split('/')[3]}.{slot.name}" for slot in slots.ordered]


def block(*, dense: bool = True, bn: bool = True) -> list[dict[str, Any]]:
    return [
        layer("BatchNormalization", "bn", trainable=bn, scale=False),
        layer("Dense", "dense", trainable=dense),
    ]


def test_a_model_inside_stores_what_is_trained_first() -> None:
    assert names_in_order(model(*block(), name="inner")) == [
        "batch_normalization.beta",
        "dense.kernel",
        "dense.bias",
        "batch_normalization.moving_mean",
        "batch_normalization.moving_variance",
    ]


def test_what_is_frozen_stands_behind_the_rest() -> None:
    assert names_in_order(model(*block(bn=False), name="inner")) == [
        "dense.kernel",
        "dense.bias",
        "batch_normalization.beta",
        "batch_normalization.moving_mean",
        "batch_normalization.moving_variance",
    ]


def test_a_frozen_model_has_its_layers_one_after_the_other() -> None:
    frozen = model(*block(dense=False, bn=False), name="inner", trainable=False)
    assert names_in_order(frozen) == [
        "batch_normalization.beta",
        "batch_normalization.moving_mean",
        "batch_normalization.moving_variance",
        "dense.kernel",
        "dense.bias",
    ]


def test_layers_are_numbered_by_the_class_that_they_have_today() -> None:
    whole = model(
        layer("InputLayer", "x"),
        layer("Model", "a", layers=[]),
        layer("Functional", "b", layers=[]),
        layer("CuDNNLSTM", "c"),
        layer("TFOpLambda", "tf.math.add"),
        layer("LSTM", "d"),
    )
    found = {name: next(iter(slots.names)) for name, slots in slots_of(whole).items()}
    assert found == {
        "x": "layers/input_layer",
        "a": "layers/functional",
        "b": "layers/functional_1",
        "c": "layers/lstm",
        "d": "layers/lstm_1",
    }


def test_the_input_of_a_sequential_is_no_layer_of_it() -> None:
    chain = model(layer("InputLayer", "x"), layer("Dense", "a"), cls="Sequential")
    assert list(slots_of(chain)) == ["a"]


def test_a_sequential_of_the_oldest_releases_is_a_list() -> None:
    chain = {"class_name": "Sequential", "config": [layer("Dense", "a"), layer("Dense", "b")]}
    assert [next(iter(slots.names)) for slots in slots_of(chain).values()] == [
        "layers/dense",
        "layers/dense_1",
    ]


def test_models_inside_each_other_without_end_are_cut_off() -> None:
    inner: dict[str, Any] = layer("Dense", "a")
    for _ in range(150):
        inner = model(inner, name="m")
    assert slots_of(inner)["m"].ordered == ()
