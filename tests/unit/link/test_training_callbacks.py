"""What callbacks remember: everything that Keras' own need to go on, and nothing that they were made of."""

from __future__ import annotations

import json
from pathlib import Path

import keras
import numpy as np
import pytest

from modelspec.catalog.load import load_catalog
from modelspec.catalog.resolved import KerasObject
from modelspec.catalog.train_section import DATASETS, PATHS
from modelspec.link.training.callback_state import put_state, state_of
from modelspec.link.training.fitting import CallbackRefusedError, make_callback


def through_json(plain):
    return json.loads(json.dumps(plain, allow_nan=False))


def small_model():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


def began(callback, model):
    callback.set_model(model)
    callback.set_params({"epochs": 9, "steps": 1})
    callback.on_train_begin()
    return callback


LOSSES = [1.0, 0.5, 0.6, 0.7, 0.4, 0.45, 0.46, 0.47, 0.48, 0.3]


@pytest.mark.parametrize(
    "make",
    [
        lambda: keras.callbacks.EarlyStopping(monitor="loss", patience=3, restore_best_weights=True),
        lambda: keras.callbacks.EarlyStopping(monitor="loss", patience=2, min_delta=0.05, mode="min"),
        lambda: keras.callbacks.ReduceLROnPlateau(monitor="loss", patience=1, cooldown=1, factor=0.5),
    ],
    ids=["best weights", "min delta", "plateau"],
)
@pytest.mark.parametrize("cut", range(1, len(LOSSES)))
def test_a_callback_that_goes_on_does_what_it_would_have_done(make, cut):
    def told(callback, model, epochs):
        for epoch in epochs:
            model.layers[-1].bias.assign([float(epoch)])
            callback.on_epoch_end(epoch, {"loss": LOSSES[epoch]})
            if model.stop_training:
                break

    model, other = small_model(), small_model()
    model.stop_training = other.stop_training = False
    whole = began(make(), model)
    told(whole, model, range(len(LOSSES)))
    first = began(make(), other)
    told(first, other, range(cut))
    plain, arrays = state_of(first)
    second = began(make(), other)
    put_state(second, through_json(plain), arrays)
    if not other.stop_training:
        told(second, other, range(cut, len(LOSSES)))
    plain, arrays = state_of(second)
    expected, expected_arrays = state_of(whole)
    assert plain == expected
    assert arrays.keys() == expected_arrays.keys()
    assert other.stop_training == model.stop_training
    assert float(other.optimizer.learning_rate) == float(model.optimizer.learning_rate)


def test_infinities_pass_through_json():
    callback = keras.callbacks.ReduceLROnPlateau(monitor="loss", mode="min")
    callback.best = float("inf")
    plain, arrays = state_of(callback)
    callback.best = 0.0
    put_state(callback, through_json(plain), arrays)
    assert callback.best == float("inf")


def test_arguments_are_no_state():
    callback = keras.callbacks.EarlyStopping(patience=7)
    plain, _ = state_of(callback)
    assert not {"patience", "monitor", "min_delta", "mode"} & plain.keys()


def data(name, **config):
    return KerasObject(
        {"module": "keras.callbacks", "class_name": name, "config": config, "registered_name": None},
        None,
        {},
    )


def test_what_callbacks_write_lies_in_the_folder_of_the_run(tmp_path):
    logger = make_callback(data("CSVLogger", filename="log.csv"), tmp_path, goes_on=True)
    assert (logger.filename, logger.append) == (str(tmp_path / "log.csv"), True)
    board = make_callback(data("TensorBoard"), tmp_path, goes_on=False)
    assert board.log_dir == str(tmp_path / "logs")


def test_a_callback_that_keras_refuses_is_told_as_such(tmp_path):
    with pytest.raises(CallbackRefusedError):
        make_callback(data("ReduceLROnPlateau", factor=2.0), tmp_path, goes_on=False)


def test_the_tables_name_what_keras_has():
    catalog = load_catalog(keras.__version__)
    assert [name for name in DATASETS if not hasattr(keras.datasets, name)] == []
    for name, argument in PATHS.items():
        (entry,) = catalog.find(name, ("callback",))
        assert argument in entry.arguments


def test_every_callback_of_keras_that_writes_is_in_the_table():
    catalog = load_catalog(keras.__version__)
    writing = {
        entry.short
        for entry in catalog.classes()
        if entry.family == "callback"
        and any(name in entry.arguments for name in ("filename", "filepath", "log_dir", "directory"))
    }
    assert writing == set(PATHS)


def test_the_states_of_generators_come_back(tmp_path: Path):
    from modelspec.link.training.seeding import put_seeds, seeds_of

    model = keras.Sequential([keras.Input((2,)), keras.layers.Dropout(0.5), keras.layers.Dense(1)])
    before = seeds_of(model)
    assert len(before) == 1
    model(np.ones((1, 2)), training=True)
    assert not np.array_equal(seeds_of(model)[0], before[0])
    put_seeds(model, before)
    assert np.array_equal(seeds_of(model)[0], before[0])
