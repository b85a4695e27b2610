"""`attach` and `plan_attach`: weights for models that are there already."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import modelspec
from modelspec import SpecError


def network(seed: int, *, compiled: bool = False) -> keras.Model:
    """A nested model with layers of several variables, one of them random."""
    keras.utils.set_random_seed(seed)
    inputs = keras.Input((6, 8))
    attention = keras.layers.MultiHeadAttention(2, 3, name="mha")(inputs, inputs)
    encoder = keras.Model(inputs, keras.layers.LSTM(4, name="lstm")(attention), name="encoder")
    outer = keras.Input((6, 8))
    x = keras.layers.BatchNormalization(name="bn")(encoder(outer))
    x = keras.layers.Dropout(0.1, seed=1, name="drop")(x)
    model = keras.Model(outer, keras.layers.Dense(3, name="head")(x))
    if compiled:
        model.compile("adam", "mse")
        model.optimizer.build(model.trainable_variables)
    return model


def values(model: keras.Model) -> list[np.ndarray]:
    return [np.array(value) for value in model.get_weights()]


def equal(ones: list[np.ndarray], others: list[np.ndarray]) -> bool:
    return all(np.array_equal(one, other) for one, other in zip(ones, others, strict=True))


def save(model: keras.Model, folder: Path, name: str) -> Any:
    """The model's weights as a source."""
    path = folder / name
    match name:
        case "arrays":
            return {v.path: np.asarray(keras.ops.convert_to_numpy(v)) for v in model.weights}
        case _ if name.endswith(".keras"):
            model.save(path)
        case _ if name.endswith(".json"):
            model.save_weights(path, max_shard_size=0.0002)
        case _:
            model.save_weights(path)
    return path


@pytest.mark.parametrize("name", ["m.keras", "m.weights.h5", "m.weights.json"])
def test_what_keras_saved_arrives(name: str, tmp_path: Path) -> None:
    trained, model = network(1), network(2)
    plan = modelspec.attach(model, save(trained, tmp_path, name))
    assert equal(values(model), values(trained))
    assert {row.status for row in plan.rows} == {"loaded"}


def test_arrays_go_by_the_names_of_layers_and_variables() -> None:
    trained, model = network(1), network(2)
    arrays = {
        variable.path: np.asarray(keras.ops.convert_to_numpy(variable))
        for variable in trained.get_layer("encoder").weights
    }
    modelspec.attach(model, arrays, into="encoder")
    assert equal(values(model.get_layer("encoder")), values(trained.get_layer("encoder")))
    assert not equal(values(model.get_layer("head")), values(trained.get_layer("head")))


def test_a_plan_changes_nothing_and_shows_what_does_not_fit() -> None:
    model = network(1)
    before = values(model)
    plan = modelspec.plan_attach(model, {"head/kernel": np.zeros((9, 3))}, only="head")
    assert not plan.fits
    assert [item.code for item in plan.diagnostics] == ["mismatched-weights", "missing-weights"]
    assert {row.path: row.status for row in plan.rows if row.path.startswith("head")} == {
        "head/kernel": "mismatched",
        "head/bias": "missing",
    }
    assert equal(values(model), before)


def test_a_model_is_untouched_by_weights_that_do_not_fit(tmp_path: Path) -> None:
    model = network(1)
    before = values(model)
    other = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="head")])
    with pytest.raises(SpecError, match="missing-weights"):
        modelspec.attach(model, save(other, tmp_path, "o.weights.h5"))
    assert equal(values(model), before)


def test_a_model_is_untouched_by_a_file_that_breaks_off(tmp_path: Path) -> None:
    trained, model = network(1), network(2)
    path = save(trained, tmp_path, "m.weights.h5")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    before = values(model)
    with pytest.raises(SpecError):
        modelspec.attach(model, path)
    assert equal(values(model), before)


class Picky(keras.layers.Layer):
    """Refuses to load what is all zeros."""

    def build(self, shape: Any) -> None:
        self.w = self.add_weight(shape=(2,), name="w", initializer="ones")

    def call(self, inputs: Any) -> Any:
        return inputs + self.w

    def load_own_variables(self, store: Any) -> None:
        if not np.any(np.asarray(store["0"])):
            raise ValueError("zeros")
        super().load_own_variables(store)


def test_a_model_is_untouched_when_one_of_its_layers_refuses_its_values() -> None:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, name="first"), Picky(name="picky")])
    before = values(model)
    arrays = {
        "first/kernel": np.full((2, 2), 7.0),
        "first/bias": np.full(2, 7.0),
        "picky/w": np.zeros(2),
    }
    with pytest.raises(ValueError, match="zeros"):
        modelspec.attach(model, arrays)
    assert equal(values(model), before)


def test_part_of_a_layer_may_be_filled() -> None:
    model = network(1)
    before = values(model.get_layer("head"))
    modelspec.attach(model, {"head/bias": np.ones(3)}, only="head/bias")
    kernel, bias = values(model.get_layer("head"))
    assert np.array_equal(kernel, before[0])
    assert np.array_equal(bias, np.ones(3))


def test_the_optimizers_state_goes_along_when_asked_for(tmp_path: Path) -> None:
    trained, model = network(1, compiled=True), network(2, compiled=True)
    rng = np.random.default_rng(0)
    trained.fit(rng.normal(size=(8, 6, 8)), rng.normal(size=(8, 3)), verbose=0)
    path = save(trained, tmp_path, "m.keras")
    modelspec.attach(model, path)
    assert int(model.optimizer.iterations.numpy()) == 0
    modelspec.attach(model, path, optimizer=True)
    assert int(model.optimizer.iterations.numpy()) == int(trained.optimizer.iterations.numpy()) > 0
    for ours, theirs in zip(model.optimizer.variables, trained.optimizer.variables, strict=True):
        assert np.array_equal(ours.numpy(), theirs.numpy())


@pytest.mark.parametrize("key", ["match", "missing", "unexpected", "mismatch"])
def test_a_word_that_an_option_does_not_take_is_told(key: str) -> None:
    options: Any = {key: "maybe"}
    with pytest.raises(ValueError, match=f"`{key}` is one of"):
        modelspec.plan_attach(network(1), {"head/bias": np.ones(3)}, **options)


def subclassed(seed: int) -> keras.Model:
    """The layers of a chain as attributes of a class."""

    class Net(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.first = keras.layers.Dense(4, name="stem")
            self.second = keras.layers.Dense(4, name="head")

        def call(self, inputs: Any) -> Any:
            return self.second(self.first(inputs))

    keras.utils.set_random_seed(seed)
    model = Net()
    model(np.zeros((1, 4)))
    return model


def functional(seed: int) -> keras.Model:
    keras.utils.set_random_seed(seed)
    inputs = keras.Input((4,))
    # The head is made first: by Keras' numbers the two would change places.
    head = keras.layers.Dense(4, name="head")
    return keras.Model(inputs, head(keras.layers.Dense(4, name="stem")(inputs)))


def sequential(seed: int) -> keras.Model:
    keras.utils.set_random_seed(seed)
    return keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(4, name="stem"), keras.layers.Dense(4, name="head")]
    )


MAKERS: dict[str, Callable[[int], keras.Model]] = {
    "functional": functional,
    "sequential": sequential,
    "subclassed": subclassed,
}


@pytest.mark.parametrize("origin", MAKERS)
@pytest.mark.parametrize("target", MAKERS)
def test_layers_find_their_values_in_models_of_other_kinds(origin: str, target: str, tmp_path: Path) -> None:
    trained, model = MAKERS[origin](1), MAKERS[target](2)
    modelspec.attach(model, save(trained, tmp_path, "m.weights.h5"))

    def of(net: keras.Model, name: str) -> list[np.ndarray]:
        return values(next(layer for layer in net.layers if layer.name == name))

    for name in ("stem", "head"):
        assert equal(of(model, name), of(trained, name))


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"mach": "order"}, "did you mean `match`"),
        ({"from_": "a"}, "no option `from_`"),
        ({"only": 3}, "a pattern or a list"),
        ({"into": 3}, "a text"),
        ({"rename": ["a"]}, "a mapping"),
        ({"rename": {"a": 3}}, "a mapping"),
        ({"optimizer": "no"}, "true or false"),
        ({"sha256": "00"}, "arrays have none"),
    ],
)
def test_an_option_that_is_none_is_told(options: Any, told: str) -> None:
    with pytest.raises(TypeError, match=told):
        modelspec.attach(network(1), {"head/bias": np.ones(3)}, **options)
