"""The shapes of what every call gives, by the Keras names that lead to it, in nested models too."""

from __future__ import annotations

import keras
import pytest
from keras import layers

from modelspec.link.call_shapes import call_shapes


@pytest.fixture(autouse=True)
def without_values():
    keras.utils.clear_session()
    with keras.StatelessScope(initialize_variables=False):
        yield


def shapes(model: keras.Model) -> dict[tuple[str, ...], tuple[object, ...]]:
    return {found.path: found.calls for found in call_shapes(model)}


def test_inputs_layers_and_operations_have_one_for_each_call():
    x, y = keras.Input((4,), name="x"), keras.Input((None, 4), name="y")
    shared = layers.Dense(3, name="shared")
    model = keras.Model([x, y], [shared(x), keras.ops.sum(shared(y), axis=1)])
    found = shapes(model)
    assert found["x",] == ([None, 4],)
    assert found["shared",] == ([None, 3], [None, None, 3])
    assert found["sum",] == ([None, 3],)


def test_calls_of_another_model_are_not_among_them():
    x, y = keras.Input((4,), name="x"), keras.Input((5, 4), name="y")
    shared = layers.Dense(3, name="shared")
    keras.Model(y, shared(y))
    assert shapes(keras.Model(x, shared(x)))["shared",] == ([None, 3],)


def test_several_outputs_keep_their_structure():
    a = keras.Input((3,), name="a")
    inner = keras.Model(a, {"wide": layers.Dense(4)(a), "both": [layers.Dense(2)(a), a]}, name="inner")
    x = keras.Input((5, 3), name="x")
    sequence, h, c = layers.LSTM(4, return_sequences=True, return_state=True, name="lstm")(x)
    model = keras.Model(x, [inner(layers.Flatten()(x)[:, :3])["wide"], sequence, h, c])
    found = shapes(model)
    assert found["lstm",] == ([[None, 5, 4], [None, 4], [None, 4]],)
    assert found["inner",] == ({"wide": [None, 4], "both": [[None, 2], [None, 3]]},)


def test_nested_models_have_those_of_their_own_layers():
    chain = keras.Sequential(
        [keras.Input((4,)), layers.Dense(8, name="up"), layers.Dense(2, name="down")], name="chain"
    )
    a = keras.Input((4,), name="a")
    inner = keras.Model(a, chain(a), name="inner")
    x = keras.Input((4,), name="x")
    found = shapes(keras.Model(x, layers.Add(name="sum")([inner(x), inner(x)])))
    assert found["inner",] == ([None, 2], [None, 2])
    assert found["inner", "chain"] == ([None, 2],)
    assert found["inner", "chain", "up"] == ([None, 8],)


def test_a_model_that_keras_does_not_wire_has_none():
    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(2)

        def call(self, x):
            return self.dense(x)

    net = Net()
    net(keras.Input((4,)))
    assert shapes(net) == {}
