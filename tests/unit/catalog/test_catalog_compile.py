from __future__ import annotations

import pytest
from handmade_programs import Page, place_text, program_of, resolve


def compiled(config, *, text="", **rest):
    return resolve(program_of(Page(text), [], compile=config, **rest))


def test_strings_stay_and_jit_compile_is_auto():
    outcome = compiled({"metrics": ["accuracy", "mae"], "optimizer": "Adam", "loss": "mse"})
    assert outcome.resolved.compile == {
        "optimizer": "Adam",
        "loss": "mse",
        "metrics": ["accuracy", "mae"],
        "jit_compile": "auto",
    }


def test_objects_become_dicts_that_keras_reads():
    outcome = compiled(
        {
            "optimizer": {
                "AdamW": {"learning_rate": {"CosineDecay": {"initial_learning_rate": 0.1, "decay_steps": 10}}}
            },
            "loss": [{"Huber": {"delta": 0.5}}, "keras.losses.mean_squared_error", None, "crossentropy"],
            "metrics": [[{"AUC": {}}, "keras.metrics.binary_accuracy"], []],
            "steps_per_execution": 2,
        }
    )
    assert outcome.codes == []
    import keras

    config = keras.saving.deserialize_keras_object(dict(outcome.resolved.compile))
    assert type(config["optimizer"]) is keras.optimizers.AdamW
    assert config["loss"][0]._fn_kwargs == {"delta": 0.5}
    assert config["loss"][1] is keras.losses.mean_squared_error
    assert config["metrics"][0][1] is keras.metrics.binary_accuracy


@pytest.mark.parametrize("text", ["mse", "MSE", "mean_squared_error", "keras.losses.mean_squared_error"])
def test_what_keras_calls_as_it_is_becomes_the_function(text):
    outcome = compiled({"metrics": [{"MeanMetricWrapper": {"fn": text}}]})
    assert outcome.codes == []
    import keras

    (metric,) = keras.saving.deserialize_keras_object(dict(outcome.resolved.compile))["metrics"]
    assert metric._fn is keras.metrics.mean_squared_error


def test_outputs_are_named_as_keras_names_them():
    outcome = compiled(
        {"loss": {"stars": "mse", "b": None}, "loss_weights": {"stars": 2.0}, "metrics": {"b": ["mae"]}},
        output_names=(("stars", "dense_1"), ("b", "b")),
    )
    assert outcome.resolved.compile["loss"] == {"dense_1": "mse", "b": None}
    assert outcome.resolved.compile["loss_weights"] == {"dense_1": 2.0}
    assert outcome.resolved.compile["metrics"] == {"b": ["mae"]}


def test_defaults_turn_a_string_into_the_object():
    outcome = compiled({"optimizer": "adam"}, defaults={"Adam": {"learning_rate": 0.5}})
    assert outcome.resolved.compile["optimizer"]["config"] == {"learning_rate": 0.5}


def test_where_each_key_was_written_is_kept():
    outcome = compiled({"loss": "mse"}, text="compile: {loss: mse}")
    assert outcome.resolved.compile_arguments["loss"].place.start == 16


@pytest.mark.parametrize(
    ("config", "code", "at", "help"),
    [
        ({"optimiser": "adam"}, "unknown-argument", "optimiser", "did you mean `optimizer`?"),
        ({"optimizer": "adm"}, "unknown-identifier", "adm", "did you mean `adam`?"),
        ({"optimizer": {"Adm": {}}}, "unknown-class", "Adm", "did you mean `Adam`?"),
        (
            {"optimizer": "lamb"},
            "unknown-identifier",
            "lamb",
            "a class is written as a mapping: `{Lamb: {…}}`",
        ),
        ({"loss": "msee"}, "unknown-identifier", "msee", "did you mean `mse`?"),
        (
            {"loss": {"Adam": {}}},
            "wrong-family",
            "Adam",
            "`modelspec classes --family loss` lists what may stand here",
        ),
        (
            {"metrics": [{"MeanMetricWrapper": {"fn": "auc"}}]},
            "unknown-identifier",
            "auc",
            "write one such as `mean_squared_error`",
        ),
        (
            {"metrics": [{"MeanMetricWrapper": {"fn": "mean_squared_eror"}}]},
            "unknown-identifier",
            "mean_squared_eror",
            "did you mean `mean_squared_error`?",
        ),
        ({"metrics": "accuracy"}, "wrong-kind", "accuracy", "write `[accuracy]`"),
        ({"loss": {"strs": "mse"}}, "unknown-output", "strs", "did you mean `stars`?"),
        ({"run_eagerly": "yes"}, "wrong-kind", "yes", "write `true`"),
        ({"optimizer": {"Adam": {"learning_rate": True}}}, "wrong-kind", "true", None),
        (
            {"optimizer": {"Adam": {"learning_rate": "0.1"}}},
            "wrong-kind",
            "0.1",
            "write `0.1` without quotes",
        ),
        ({"optimizer": {"Adam": {"learning_rate": 1}}}, "wrong-kind", "1", "write `1.0`"),
        ({"loss": 3}, "wrong-kind", "3", None),
    ],
)
def test_a_mistake_in_compile_is_told_at_its_place(config, code, at, help):
    text = str(config).replace("True", "true")
    found = compiled(config, text=text, output_names=(("stars", "stars"),)).only
    assert (found.code, place_text(found), found.help) == (code, at, help)
