"""What the harvest knows of the arguments of calls, and that Keras takes it so."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from modelspec.catalog.load import load_catalog
from modelspec.link.harvest.call_arguments import call_kinds, call_parameters
from modelspec.link.harvest.corrections import CALL_KINDS

CLASSES = load_catalog(keras.__version__)._data["classes"]
KNOWN = {
    (name, argument, kind)
    for name, entry in CLASSES.items()
    for argument, kinds in entry.get("call_kinds", {}).items()
    for kind in kinds
}


class Described(keras.layers.Layer):
    """A layer.

    Args:
        flag: Boolean, of the constructor.

    Call arguments:
        x: A tensor of shape `(2, 3)`.
        gate: A boolean mask that says where.
        quick: Boolean. Whether at once.
        depth: Integer, how deep.
        way: One of several.
    """

    def call(
        self, x, gate=None, quick=None, depth=2, way="up", plain=False, flag=None, training=None, **more
    ):
        return x


def test_descriptions_defaults_and_corrections_tell_the_kinds():
    assert call_parameters(Described) == {
        "x": True,
        **dict.fromkeys(("gate", "quick", "depth", "way", "plain", "flag", "training"), False),
    }
    assert call_kinds(Described) == {
        "x": ["tensor"],
        "gate": ["tensor"],
        "quick": ["bool"],
        "depth": ["int"],
        "way": ["str"],
        "plain": ["bool"],
        "training": ["bool"],
    }


def test_the_catalog_knows_nothing_but_booleans_and_tensors_of_calls():
    assert {kind for _, _, kind in KNOWN} == {"bool", "tensor"}
    for name, argument, _ in KNOWN:
        assert argument in CLASSES[name]["call"]


@pytest.mark.parametrize("argument", CALL_KINDS)
def test_every_correction_is_about_an_argument_that_exists(argument):
    assert any(known == argument for _, known, _ in KNOWN)


def call(layer: keras.layers.Layer, **arguments: object) -> object:
    inputs = keras.Input((4, 8))
    names = call_parameters(type(layer))
    tensors = dict.fromkeys((name for name, required in names.items() if required), inputs)
    return layer(**tensors, **arguments)


LAYERS = {
    "AdditiveAttention": None,
    "Attention": None,
    "BatchNormalization": {},
    "Dropout": {"rate": 0.5},
    "GRU": {"units": 2},
    "LSTM": {"units": 2},
    "MultiHeadAttention": {"num_heads": 2, "key_dim": 2},
    "SimpleRNN": {"units": 2},
}


def made(name: str) -> tuple[keras.layers.Layer, bool]:
    arguments = LAYERS[name]
    return getattr(keras.layers, name)(**(arguments or {})), arguments is None


@pytest.mark.parametrize(
    ("name", "argument"),
    sorted(
        (short, argument)
        for name, argument, kind in KNOWN
        if kind == "bool" and (short := name.rpartition(".")[2]) in LAYERS
    ),
)
@pytest.mark.parametrize("value", [True, False, None, 0, 1])
def test_keras_takes_what_is_taken_for_a_boolean(name, argument, value):
    layer, takes_list = made(name)
    if takes_list:
        inputs = keras.Input((4, 8))
        layer([inputs, inputs], **{argument: value})
    else:
        call(layer, **{argument: value})


@pytest.mark.parametrize("name", ["GRU", "LSTM", "SimpleRNN", "MultiHeadAttention"])
def test_keras_takes_tensors_for_tensors_and_no_text(name):
    argument = "attention_mask" if name == "MultiHeadAttention" else "mask"
    layer, _ = made(name)
    mask = np.ones((1, 4, 4) if name == "MultiHeadAttention" else (1, 4), bool)
    x = np.ones((1, 4, 8), "float32")
    tensors = {key: x for key, required in call_parameters(type(layer)).items() if required}
    layer(**tensors, **{argument: keras.ops.convert_to_tensor(mask)})
    with pytest.raises(Exception, match=r"."):
        layer(**tensors, **{argument: "seen"})
