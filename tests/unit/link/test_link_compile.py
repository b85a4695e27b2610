"""Compiled models equal what `compile` and `save` make of their twins, whatever the machine."""

from __future__ import annotations

import copy

import keras
import numpy as np
import pytest
from link_builder import GraphBuilder, keras_layer, resolve
from link_oracle import assert_equal, errors_of, link, with_named_casts

L = keras.layers


def two_heads():
    b = GraphBuilder(inputs={"x": [4]})
    b.layer("trunk", keras_layer("Dense", units=3))
    b.layer("stars", keras_layer("Dense", units=5, activation="softmax"), "trunk")
    b.layer("price", keras_layer("Dense", units=1), "trunk")
    return b, {"stars": "stars", "price": "price"}


def twin_of_two_heads(policy="float32"):
    keras.utils.clear_session()
    keras.config.set_dtype_policy(policy)
    x = keras.Input((4,), name="x")
    t = L.Dense(3, name="trunk")(x)
    outputs = {
        "stars": L.Dense(5, activation="softmax", name="stars")(t),
        "price": L.Dense(1, name="price")(t),
    }
    return keras.Model(x, outputs, name="main")


def optimizer(name, **config):
    return {"module": "keras.optimizers", "class_name": name, "config": config, "registered_name": None}


SCHEDULE = {
    "module": "keras.optimizers.schedules",
    "class_name": "CosineDecay",
    "config": {"initial_learning_rate": 0.1, "decay_steps": 100},
    "registered_name": None,
}
OPTIMIZERS = (
    ("SGD", {"momentum": 0.9, "nesterov": True}),
    ("SGD", {"learning_rate": SCHEDULE}),
    ("Adam", {"use_ema": True}),
    ("AdamW", {"learning_rate": 3e-4, "weight_decay": 0.01}),
    ("Nadam", {}),
    ("Adafactor", {}),
    ("RMSprop", {"centered": True}),
    ("Lion", {"gradient_accumulation_steps": 2}),
    ("Ftrl", {}),
    pytest.param(
        "Muon",
        {},
        marks=pytest.mark.skipif(not hasattr(keras.optimizers, "Muon"), reason="Keras has it since 3.10"),
    ),
)


@pytest.mark.parametrize(("name", "config"), OPTIMIZERS, ids=lambda item: str(item)[:20])
def test_optimizers_equal_their_twins_and_take_no_memory(name, config):
    b, outputs = two_heads()
    document = {
        "optimizer": optimizer(name, **config),
        "loss": {"stars": "sparse_categorical_crossentropy", "price": "mse"},
    }
    linked = link(resolve(b, outputs=outputs, compile=document))
    twin = twin_of_two_heads()
    twin.compile(
        optimizer=keras.saving.deserialize_keras_object(copy.deepcopy(document["optimizer"])),
        loss=document["loss"],
    )
    twin.optimizer.build(twin.trainable_variables)
    assert_equal(linked, twin, document)
    slots = [v for v in linked.variables if v.owner == "optimizer"]
    assert slots
    assert all(v.value is None for v in slots if v.shape)
    ours = [v.value for v in slots if v.value is not None]
    theirs = [keras.ops.convert_to_numpy(v) for v in twin.optimizer.variables if len(v.shape) == 0]
    for one, two in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(one, two)


def test_losses_metrics_and_weights_are_kept_and_jit_is_the_documents():
    b, outputs = two_heads()
    document = {
        "optimizer": "adam",
        "loss": {
            "stars": "sparse_categorical_crossentropy",
            "price": {
                "module": "keras.losses",
                "class_name": "Huber",
                "config": {"delta": 2.0},
                "registered_name": None,
            },
        },
        "loss_weights": {"stars": 1.0, "price": 0.2},
        "metrics": {"stars": ["accuracy"], "price": ["mae"]},
    }
    linked = link(resolve(b, outputs=outputs, compile=document))
    twin = twin_of_two_heads()
    twin.compile(
        optimizer="adam",
        loss={"stars": "sparse_categorical_crossentropy", "price": keras.losses.Huber(2.0)},
        loss_weights=document["loss_weights"],
        metrics=document["metrics"],
    )
    twin.optimizer.build(twin.trainable_variables)
    assert linked.config["compile_config"]["jit_compile"] == "auto"
    assert linked.config["compile_config"]["loss"]["price"]["config"]["delta"] == 2.0
    ours = copy.deepcopy(linked.config)
    loaded = keras.saving.deserialize_keras_object(ours)
    assert loaded.compiled
    said = link(resolve(two_heads()[0], outputs=outputs, compile=document | {"jit_compile": False}))
    assert said.config["compile_config"]["jit_compile"] is False
    assert loaded.loss["price"]._fn_kwargs == {"delta": 2.0}
    assert_equal(linked, twin, document)


def test_mixed_precision_makes_the_optimizer_that_keras_makes():
    b, outputs = two_heads()
    linked = link(
        resolve(b, outputs=outputs, compile={"optimizer": "adam", "loss": "mse"}, dtype="mixed_float16")
    )
    try:
        twin = with_named_casts(twin_of_two_heads("mixed_float16"))
        twin.compile(optimizer="adam", loss="mse")
        twin.optimizer.build(twin.trainable_variables)
        assert_equal(linked, twin)
    finally:
        keras.config.set_dtype_policy("float32")


def test_an_optimizer_that_keras_refuses_is_told_at_its_key():
    b, outputs = two_heads()
    resolved = resolve(
        b, outputs=outputs, compile={"loss": "mse", "optimizer": optimizer("Adam", learning_rate="fast")}
    )
    (found,) = errors_of(resolved)
    assert found.code == "keras-refused"
    assert found.place == resolved.compile_arguments["optimizer"].place
    assert found.message.startswith("`Adam` cannot be made: ")


def test_frozen_layers_do_not_train_and_have_no_slots():
    b, outputs = two_heads()
    linked = link(
        resolve(b, outputs=outputs, compile={"optimizer": "adam", "loss": "mse"}), frozen=frozenset({"trunk"})
    )
    twin = twin_of_two_heads()
    twin.get_layer("trunk").trainable = False
    twin.compile(optimizer="adam", loss="mse")
    twin.optimizer.build(twin.trainable_variables)
    assert_equal(linked, twin)
    assert linked.trainable_params == linked.params - 15
    assert {v.owner for v in linked.variables if not v.trainable} == {"trunk", "optimizer"}


@pytest.mark.parametrize(
    ("document", "key", "word"),
    [
        ({"loss": {"stars": "mse", "prize": "mse"}}, "loss", "prize"),
        ({"loss": {"stars": "msee", "price": "mse"}}, "loss", "msee"),
        ({"loss": "mse", "metrics": {"stars": ["acccc"]}}, "metrics", "acccc"),
        ({"loss": "mse", "metrics": {"prize": ["mae"]}}, "metrics", "prize"),
        (
            {"loss": "mse", "metrics": {"stars": ["mae"]}, "weighted_metrics": ["mse"]},
            "weighted_metrics",
            "mse",
        ),
    ],
)
def test_losses_and_metrics_that_do_not_fit_the_outputs_are_told_before_training(document, key, word):
    b, outputs = two_heads()
    resolved = resolve(b, outputs=outputs, compile={"optimizer": "adam", **document})
    (found,) = errors_of(resolved)
    assert found.code == "keras-refused"
    assert found.place == resolved.compile_arguments[key].place
    assert word in found.message


def test_metrics_that_do_not_fit_the_outputs_are_told_in_the_same_words_everywhere():
    b, outputs = two_heads()
    (found,) = errors_of(resolve(b, outputs=outputs, compile={"loss": "mse", "metrics": {"prize": ["mae"]}}))
    assert found.message == (
        "`metrics` cannot be made: `{'prize': ['mae']}` does not fit the outputs `price`, `stars`"
    )


@pytest.mark.parametrize(
    "document",
    [
        {"loss": {"stars": "mse"}, "metrics": {"price": ["mae"]}},
        {"loss": {"stars": "mse"}, "loss_weights": {"stars": 0.5}},
        {"loss": "mse", "weighted_metrics": {"stars": ["mse", "accuracy"]}},
        {"optimizer": None, "loss": "mse"},
    ],
)
def test_what_keras_trains_with_is_not_refused(document):
    b, outputs = two_heads()
    assert link(resolve(b, outputs=outputs, compile={"optimizer": "adam", **document})) is not None
