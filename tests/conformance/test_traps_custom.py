"""Traps 34 to 41: custom objects, each with what modelspec does where Keras may trip."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import pytest
from trap_documents import codes, document, items, mistakes, saved_and_loaded


@pytest.fixture(autouse=True)
def clean_registry() -> Iterator[None]:
    objects = keras.saving.get_custom_objects()
    before = dict(objects)
    yield
    objects.clear()
    objects.update(before)


def held(made: Any) -> keras.Layer:
    """The custom layer of a document's live model, which is the archive loaded by Keras."""
    return made.model().layers[1]


# --- 34: how a class is registered ---------------------------------------------------------------------


@pytest.mark.parametrize(("name", "cls"), [("Custom>Z", "Z"), ("my_pkg>Renamed", "Reg")])
def test_trap_34_a_class_goes_by_the_name_it_is_registered_under(name, cls):
    made = document(items(name))
    assert type(held(made)).__name__ == cls
    (data,) = (layer for layer in made.config()["config"]["layers"] if layer["class_name"] == cls)
    assert data["registered_name"] == name


def test_trap_34_an_unregistered_class_is_found_only_where_the_caller_gives_it():
    class Unregistered(keras.layers.Layer):
        def call(self, inputs):
            return inputs

    assert codes(document(items("Unregistered"), use="")) == ["unknown-layer"]
    given = document(items("Unregistered"), use="", custom_objects={"Unregistered": Unregistered})
    assert type(held(given)) is Unregistered


def test_trap_34_the_class_name_of_a_registered_class_is_not_its_name():
    ((code, _, help_text),) = mistakes(document(items("Renamed")))
    assert (code, help_text) == ("unknown-layer", "did you mean `my_pkg>Renamed`?")


def test_trap_34_a_name_that_two_objects_claim_is_refused_though_keras_takes_the_later():
    assert "name-claimed-twice" in codes(document(items("acme>Pool1"), use="acme.claims"))


# --- 35: custom functions ------------------------------------------------------------------------------


def test_trap_35_a_registered_function_is_activation_loss_and_metric():
    made = document(
        items("Dense: {units: 2, activation: acme>swish2}")
        + "\ncompile: {optimizer: sgd, loss: acme>huberish, metrics: [acme>huberish]}"
    )
    model = made.model()
    assert model.layers[1].activation.__name__ == "swish2"
    assert model.loss.__name__ == "huberish"
    history = model.fit(np.ones((4, 4)), np.ones((4, 2)), verbose=0)
    assert set(history.history) == {"loss", "huberish"}


def test_trap_35_an_unregistered_function_is_known_by_the_callers_name_only():
    def cubed(x):
        return x**3

    body = items("Dense: {units: 2, activation: cubed}")
    assert codes(document(body, use="")) == ["unknown-identifier"]
    model = document(body, use="", custom_objects={"cubed": cubed}).model()
    assert model.layers[1].activation is cubed


def test_trap_35_a_bare_name_as_old_releases_wrote_it_is_the_one_that_is_registered_so():
    old = "{module: builtins, class_name: function, config: swish2, registered_name: function}"
    for written in (old, old.replace("swish2", '"acme>swish2"')):
        made = document(items(f"Dense: {{units: 2, activation: {written}}}"))
        assert held(made).activation.__name__ == "swish2"
        (dense,) = [data for data in made.config()["config"]["layers"] if data["class_name"] == "Dense"]
        assert dense["config"]["activation"]["config"] == "acme>swish2"
    ((code, _, help_text),) = mistakes(
        document(items(f"Dense: {{units: 2, activation: {old.replace('swish2', 'swish3')}}}"))
    )
    assert (code, help_text) == ("unknown-registered-name", "did you mean `acme>swish2`?")


# --- 36: names of Keras --------------------------------------------------------------------------------


def test_trap_36_a_custom_object_never_stands_for_one_of_keras():
    given = {"Dense": keras.layers.Dropout, "relu": keras.ops.tanh}
    made = document(items("Dense: {units: 2, activation: relu}"), use="", custom_objects=given)
    assert codes(made) == ["shadows-builtin", "shadows-builtin"]


def test_trap_36_a_class_called_dense_in_a_package_is_beside_that_of_keras():
    @keras.saving.register_keras_serializable(package="mine")
    class Dense(keras.layers.Layer):
        def call(self, inputs):
            return inputs * 2

    model = document(items("mine>Dense", "Dense: {units: 2}"), use="").model()
    assert [type(layer).__module__.partition(".")[0] for layer in model.layers[1:]] == [
        __name__.partition(".")[0],
        "keras",
    ]


# --- 37: kinds of argument -----------------------------------------------------------------------------

# As a document writes the argument, and as Python does.
KINDS: dict[str, tuple[str, Callable[[], Any]]] = {
    "a layer": ("{Dense: {units: 3}}", lambda: keras.layers.Dense(3)),
    "a list of layers": (
        "[{Dense: {units: 3}}, {Dense: {units: 2}}]",
        lambda: [keras.layers.Dense(3), keras.layers.Dense(2)],
    ),
    "a mapping of layers": (
        "{a: {Dense: {units: 3}}, b: {Flatten: {}}}",
        lambda: {"a": keras.layers.Dense(3), "b": keras.layers.Flatten()},
    ),
    "lists in a list": (
        "[[{Dense: {units: 3}}], [{Dense: {units: 2}}]]",
        lambda: [[keras.layers.Dense(3)], [keras.layers.Dense(2)]],
    ),
    "an initializer": ("{HeNormal: {seed: 3}}", lambda: keras.initializers.HeNormal(seed=3)),
    "a policy": ("{DTypePolicy: {name: mixed_bfloat16}}", lambda: keras.DTypePolicy("mixed_bfloat16")),
    "an array": (
        "{class_name: __numpy__, config: {value: [[1.5, 2.0]], dtype: float32}}",
        lambda: np.array([[1.5, 2.0]], "float32"),
    ),
    "a slice": (
        "{class_name: __slice__, config: {start: 1, stop: null, step: 2}}",
        lambda: slice(1, None, 2),
    ),
    "an ellipsis": ("{class_name: __ellipsis__, config: {}}", lambda: ...),
    "bytes": ("{class_name: __bytes__, config: {value: abc}}", lambda: b"abc"),
    "nothing": ("null", lambda: None),
    "a plain mapping": ("{a: 1, b: [x, 2.5, true]}", lambda: {"a": 1, "b": ["x", 2.5, True]}),
    "a mapping that looks like an object": (
        "{$literal: {Dense: {units: 3}}}",
        lambda: {"Dense": {"units": 3}},
    ),
    "integer keys": ("{1: a, 2: b}", lambda: {1: "a", 2: "b"}),
    "a tuple": ("[1, 2]", lambda: (1, 2)),
    "a registered function": ("acme>swish2", lambda: _registered("acme>swish2")),
    "a registered object": ("{acme>Tiny: {scale: 2.0}}", lambda: _registered("acme>Tiny")(2.0)),
}
WITH_LAYERS = ("a layer", "a list of layers", "a mapping of layers", "lists in a list")


def _registered(name: str) -> Any:
    return keras.saving.get_registered_object(name)


def _twin(cls: type, value: Callable[[], Any]) -> keras.Model:
    keras.utils.clear_session()
    inputs = keras.Input((4,), name="x")
    return keras.Model(inputs, cls(value(), name="held")(inputs))


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(keras.saving.serialize_keras_object(value)))


@pytest.mark.parametrize("kind", KINDS)
def test_trap_37_an_argument_of_any_kind_is_that_of_the_twin_after_loading(kind, tmp_path):
    text, value = KINDS[kind]
    layer = held(document(items(f"{{acme>Reads: {{value: {text}}}, name: held}}")))
    twin = saved_and_loaded(_twin(type(layer), value), tmp_path).layers[1]
    assert type(layer.value) is type(twin.value)
    assert _plain(layer.value) == _plain(twin.value)
    assert [tuple(weight.shape) for weight in layer.weights] == [
        tuple(weight.shape) for weight in twin.weights
    ]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in WITH_LAYERS])
def test_trap_37_a_class_that_reads_nothing_gets_what_keras_gives_its_twin(kind, tmp_path):
    text, value = KINDS[kind]
    layer = held(document(items(f"{{acme>Keeps: {{value: {text}}}, name: held}}")))
    twin = saved_and_loaded(_twin(type(layer), value), tmp_path).layers[1]
    # The same data, but for what the archive leaves out because it is the default.
    assert type(layer.value) is type(twin.value)
    read = keras.saving.deserialize_keras_object
    assert _plain(read(layer.value)) == _plain(read(twin.value))


@pytest.mark.parametrize("kind", WITH_LAYERS)
def test_trap_37_layers_that_nobody_reads_back_are_refused(kind):
    ((code, message, help_text),) = mistakes(document(items(f"acme>Keeps: {{value: {KINDS[kind][0]}}}")))
    assert code == "not-reloadable"
    assert "`acme>Keeps`" in message
    assert "`from_config`" in help_text


@pytest.mark.parametrize(
    ("text", "code", "word"),
    [
        (".nan", "not-json", "`.nan`"),
        ("[1.0, -.inf]", "not-json", "`-.inf`"),
        ("{a: .inf}", "not-json", "`.inf`"),
        ("{$literal: {class_name: Foo, config: {a: 1}}}", "literal-object", "`class_name`"),
        ("{Dens: {units: 3}}", "unknown-class", "`Dens`"),
        ("{class_name: __tuple__, config: {value: [1]}}", "unsafe-name", "__tuple__"),
    ],
)
def test_trap_37_what_no_archive_can_hold_is_refused(text, code, word):
    ((found, message, _),) = mistakes(document(items(f"acme>Reads: {{value: {text}}}")))
    assert found == code
    assert word in message


def test_trap_37_tuples_and_integer_keys_are_restored_where_the_signature_wants_them():
    from modelspec.link.registered.restored import restored

    made = document(
        items(
            "acme>Typed: {pair: [1, 2], windows: [[1], [2, 3]], names: {1: a, -2: b}, size: [3, 4], "
            "table: {5: c, x: d}, steps: [6], free: [7]}"
        )
    )
    layer = held(made)
    written = {
        "pair": [1, 2],
        "windows": [[1], [2, 3]],
        "names": {"1": "a", "-2": "b"},
        "size": [3, 4],
        "table": {"5": "c", "x": "d"},
        "steps": [6],
        "free": [7],
    }
    assert layer.given == written  # what Keras loads is plain data
    assert restored(type(layer), written) == {
        "pair": (1, 2),
        "windows": ((1,), (2, 3)),
        "names": {1: "a", -2: "b"},
        "size": (3, 4),
        "table": {5: "c", "x": "d"},
        "steps": [6],
        "free": [7],
    }


def test_trap_37_a_class_that_fails_on_the_list_that_keras_loads_is_refused():
    ((code, message, help_text),) = mistakes(document(items("acme>OnlyTuples: {pair: [1, 2]}")))
    assert code == "not-reloadable"
    assert "list" in message
    assert "lists for tuples" in help_text


@pytest.mark.parametrize("cls", ["Keeps", "Reads"])
def test_trap_37_a_config_is_not_changed_by_loading_it(cls):
    made = document(items(f"acme>{cls}: {{value: {{HeNormal: {{seed: 3}}}}}}"))
    made.model()
    config = made.config()
    before = json.dumps(config)
    from modelspec.link.layers import deserialize, read_back

    first, second = deserialize(config), read_back(config)
    assert json.dumps(config) == before == json.dumps(made.config())
    assert [layer.name for layer in first.layers] == [layer.name for layer in second.layers]


# --- 38, 39: inner layers ------------------------------------------------------------------------------


def test_trap_38_a_build_that_does_not_ask_whether_its_inner_layer_is_built_loads():
    made = document(items("acme>Residual: {layer: {acme>Residual: {layer: {Dense: {units: 4}}}}}"))
    model = made.model()
    assert [tuple(weight.shape) for weight in model.weights] == [(4, 4), (4,)]
    assert np.asarray(model(np.ones((1, 4)))).shape == (1, 4)


def test_trap_38_a_class_whose_from_config_wants_more_is_made_by_its_constructor(tmp_path):
    made = document(items("{acme>NeedsAll: {first: {Dense: {units: 3}}}, name: held}"))
    layer = held(made)
    assert [inner.name for inner in (layer.first, layer.second)] == ["dense", "dense_1"]
    twin = saved_and_loaded(_twin_of(type(layer), first=keras.layers.Dense(3, name="dense")), tmp_path)
    assert [weight.shape for weight in layer.weights] == [weight.shape for weight in twin.layers[1].weights]


def _twin_of(cls: type, **arguments: Any) -> keras.Model:
    inputs = keras.Input((4,), name="x")
    return keras.Model(inputs, cls(**arguments)(inputs))


def test_trap_38_what_the_from_config_says_is_told_where_the_constructor_fails_too():
    ((code, message, _),) = mistakes(document(items("acme>NeedsAll: {first: 3}")))
    assert code == "keras-refused"
    assert "`acme>NeedsAll` cannot be made" in message


def test_trap_39_layers_in_lists_of_lists_keep_their_values():
    layer = held(document(items("acme>Nested: {units: 4}")))
    seen = [np.asarray(inner.kernel).tolist() for (inner,) in layer.inner]
    again = held(document(items("acme>Nested: {units: 4}")))
    assert [np.asarray(inner.kernel).tolist() for (inner,) in again.inner] == seen
    assert seen[0] != seen[1]


@pytest.mark.parametrize("cls", ["InASet", "UnderLayers"])
def test_trap_39_layers_that_keras_does_not_come_by_are_refused(cls):
    assert codes(document(items(f"acme>{cls}: {{units: 4}}"))) == ["unsaved-variables"]


def test_trap_39_an_inner_layer_that_only_the_call_builds_is_saved_and_loaded_with_keras_warning():
    made = document(items("acme>Unbuilding: {units: 4}"))
    (warning,) = made.check()
    assert warning.code == "keras-warning"
    assert "`build()`" in warning.message
    assert warning.place.line == 5
    with pytest.warns(UserWarning, match="unbuilt state"):
        model = made.model()
    assert np.any(np.asarray(model.layers[1].inner.kernel))


# --- 40, 41: models, compile ---------------------------------------------------------------------------


def test_trap_40_a_subclassed_model_that_does_not_say_what_it_was_given_is_refused():
    found = mistakes(document("model: {acme>Secretive: {layer: {Dense: {units: 2}}}}"))
    assert [code for code, _, _ in found] == ["not-reloadable"]
    assert "get_config" in str(found[0][2])


def test_trap_40_a_functional_subclass_that_forgets_its_argument_is_refused():
    made = document("class: {acme>Forgetful: {steps: 3}}\n" + items("Dense: {units: 2}"))
    assert codes(made) == ["argument-not-saved"]


def test_trap_40_a_functional_subclass_that_saves_its_argument_gets_it_back():
    made = document("class: {acme>Counted: {steps: 3}}\n" + items("Dense: {units: 2}"))
    assert made.model().steps == 3


def test_trap_41_compile_takes_what_keras_model_takes_and_nothing_else():
    made = document(items("Dense: {units: 2}") + "\ncompile: {optimizer: sgd, loss: mse, temp: 2}")
    assert codes(made) == ["unknown-argument"]


def test_trap_41_losses_metrics_and_schedules_come_back():
    made = document(
        items("{Dense: {units: 2}, name: a}", "{Dense: {units: 3}, name: b, from: x}")
        + "\noutputs: {a: a, b: b}\n"
        "compile:\n"
        "  optimizer:\n"
        "    AdamW: {learning_rate: {CosineDecay: {initial_learning_rate: 0.1, decay_steps: 9}}}\n"
        "  loss: {a: mse, b: {Huber: {delta: 2.0}}}\n"
        "  loss_weights: {a: 1.0, b: 0.5}\n"
        "  metrics: {a: [mae], b: [{LogCoshError: {name: log_cosh}}]}\n"
    )
    model = made.model()
    schedule = keras.saving.serialize_keras_object(model.optimizer)["config"]["learning_rate"]
    assert (type(model.optimizer).__name__, schedule["class_name"]) == ("AdamW", "CosineDecay")
    loss = model.loss["b"](np.zeros((1, 1)), np.full((1, 1), 3.0))
    assert float(loss) == 4.0  # with the default `delta` it would be 2.5
    targets = {"a": np.ones((4, 2)), "b": np.ones((4, 3))}
    history = model.fit(np.ones((4, 4)), targets, verbose=0).history
    assert {"loss", "a_loss", "b_loss", "a_mae", "b_log_cosh"} <= set(history)
