"""Registered names: whatever is not Keras' own, named by a document, built, and loaded again by Keras."""

from __future__ import annotations

import json
import subprocess
import sys

import keras
import numpy as np
import pytest
from registered_documents import PACKAGES, acme, document, environment, items, mistakes, reloaded


def test_a_registered_layer_is_made_saved_and_loaded_like_any_other(tmp_path):
    made = document(items("acme>AttentionPool: {heads: 2}", "Dense: {units: 1}"), use="acme.layers")
    pool = acme("layers", "AttentionPool")
    model = reloaded(made, tmp_path, {"acme>AttentionPool": pool})
    twin = keras.Sequential(
        [keras.Input((6, 8), name="x"), pool(2, name="attention_pool"), keras.layers.Dense(1, name="dense")]
    )
    twin.set_weights(model.get_weights())
    batch = np.linspace(-1, 1, 96, dtype="float32").reshape(2, 6, 8)
    np.testing.assert_array_equal(np.asarray(model(batch)), np.asarray(twin(batch)))
    (layer,) = [data for data in made.config()["config"]["layers"] if data["name"] == "attention_pool"]
    assert (layer["module"], layer["class_name"], layer["registered_name"]) == (
        "acme.layers",
        "AttentionPool",
        "acme>AttentionPool",
    )


@pytest.mark.parametrize(
    "item",
    [
        "Dense: {units: 2, activation: acme>swish2}",
        "Dense: {units: 2, kernel_initializer: acme>tiny}",
        "Dense: {units: 2, kernel_initializer: {acme>Tiny: {scale: 2.0}}}",
        "Dense: {units: 2, kernel_constraint: acme>UnitSum}",
        "Dense: {units: 2, kernel_regularizer: {acme>Ridge: {strength: 0.5}}}",
        "TimeDistributed: {layer: {acme>Plain: {size: 2}}}",
        "acme>Residual: {layer: {acme>Residual: {layer: {Dense: {units: 8, activation: acme>swish2}}}}}",
        "acme>HandlesDicts: {layers: [{Dense: {units: 8}}], by_name: {a: {Dense: {units: 8}}}}",
        "acme>HandlesDicts: {layers: [], init: {acme>Tiny: {scale: 3.0}}}",
        "acme>Plain: {size: 2, free: {$literal: {Dense: {units: 3}}}}",
    ],
)
def test_registered_objects_stand_wherever_keras_takes_them(item, tmp_path):
    made = document(items(item), use="acme.layers, acme.odd, acme.training")
    path = tmp_path / "net.keras"
    made.build(path)
    script = (
        "import keras, acme.layers, acme.odd, acme.training, sys; "
        "m = keras.saving.load_model(sys.argv[1], safe_mode=True); "
        "print(sum(w.shape[0] for w in m.weights) if m.weights else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)],
        capture_output=True,
        text=True,
        check=False,
        env={**environment(), "PYTHONPATH": str(PACKAGES)},
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.usefixtures("clean_registry")
def test_whole_models_optimizers_schedules_losses_and_metrics_are_registered_objects_too(tmp_path):
    made = document(
        "inputs: {x: [8]}\nmodel: {acme>Net: {width: 4}}\n"
        "compile:\n"
        "  optimizer: {acme>Patient: {learning_rate: {acme>Steps: {start: 0.1}}, patience: 3}}\n"
        "  loss: acme>huberish\n"
        "  metrics: [acme>Total, {acme>Scaled: {factor: 2.0}}, acme>huberish]\n",
        use="acme.models, acme.training",
    )
    model = made.model()
    assert type(model) is acme("models", "Net")
    assert (model.width, model.classes) == (4, 3)
    assert type(model.optimizer) is acme("training", "Patient")
    assert model.optimizer.patience == 3
    assert model.loss is acme("training", "huberish")
    model.fit(np.ones((4, 8)), np.ones((4, 3)), verbose=0)
    assert reloaded(made, tmp_path).count_params() == model.count_params() == 51


@pytest.mark.usefixtures("clean_registry")
def test_a_subclassed_model_reads_a_mapping_of_inputs():
    made = document(
        "inputs: {a: [8], b: [4]}\ninputs_as: {a: a, b: b}\nmodel: {acme>TwoTowers: {width: 4}}\n",
        use="acme.models",
    )
    model = made.model()
    assert model({"a": np.ones((2, 8)), "b": np.ones((2, 4))}).shape == (2, 4)


@pytest.mark.usefixtures("clean_registry")
def test_a_functional_model_may_be_of_a_class_of_its_own():
    body = "inputs: {x: [8]}\nclass: {acme>Counted: {steps: 3}}\nlayers: [{Dense: {units: 3}}]\n"
    model = document(body, use="acme.models").model()
    assert (type(model).__name__, model.steps) == ("Counted", 3)


def test_an_argument_that_a_class_does_not_save_is_told_where_it_is_written():
    body = "inputs: {x: [8]}\nclass: {acme>Forgetful: {steps: 3}}\nlayers: [{Dense: {units: 3}}]\n"
    ((code, message, help_text),) = mistakes(document(body, use="acme.models"))
    assert code == "argument-not-saved"
    assert "`steps`" in message
    assert "get_config" in help_text


def test_a_class_that_keras_could_not_load_again_is_refused():
    ((code, message, help_text),) = mistakes(
        document(items("acme>NoFromConfig: {layer: {Dense: {units: 8}}}"), use="acme.odd")
    )
    assert code == "not-reloadable"
    assert "`acme>NoFromConfig`" in message
    assert "deserialize_keras_object" in help_text


def test_inner_layers_that_the_outer_one_builds_are_left_for_it_to_build(tmp_path):
    made = document(items("acme>Residual: {layer: {Dense: {units: 8}}}"), use="acme.layers")
    (layer,) = [data for data in made.config()["config"]["layers"] if data["name"] == "residual"]
    assert "build_config" in layer
    assert "build_config" not in layer["config"]["layer"]
    model = reloaded(made, tmp_path, {"acme>Residual": acme("layers", "Residual")})
    assert [tuple(w.shape) for w in model.weights] == [(8, 8), (8,)]


class Looks(keras.layers.Layer):
    """Has no `from_config`, and looks into what Keras gives its constructor."""

    def __init__(self, inner, **kwargs):
        super().__init__(**kwargs)
        written = inner if isinstance(inner, dict) else keras.saving.serialize_keras_object(inner)
        self.inner = keras.saving.deserialize_keras_object(written)
        self.is_biased = written["config"]["use_bias"]

    def build(self, input_shape):
        self.inner.build(input_shape)
        self.built = True

    def call(self, inputs):
        return self.inner(inputs)

    def get_config(self):
        return {**super().get_config(), "inner": keras.saving.serialize_keras_object(self.inner)}


def test_a_constructor_finds_every_key_in_what_it_is_given_as_it_is_written(tmp_path):
    objects = {"Looks": Looks}
    made = document(items("Looks: {inner: {Dense: {units: 8}}}"), use="", custom_objects=objects)
    assert reloaded(made, tmp_path, objects).layers[-1].is_biased


def test_mistakes_in_registered_names_are_found_with_what_is_near():
    found = mistakes(
        document(
            items(
                "acme>AttentionPoll: {heads: 2}",
                "acme>AttentionPool: {head: 2}",
                "AttentionPool: {heads: 2}",
                "Dense: {units: 8, activation: acme>swish3}",
                "Dense: {units: 8, kernel_initializer: {acme>Residual: {}}}",
            ),
            use="acme.layers",
        )
    )
    assert [(code, help_text) for code, _, help_text in found] == [
        ("unknown-registered-name", "did you mean `acme>AttentionPool`?"),
        ("unknown-argument", "did you mean `heads`?"),
        ("unknown-layer", "did you mean `acme>AttentionPool`?"),
        ("unknown-registered-name", "did you mean `acme>swish2`?"),
        ("wrong-family", "`modelspec classes --family initializer` lists what may stand here"),
    ]


def test_a_function_does_not_stand_where_a_class_is_wanted():
    body = "inputs: {x: [8]}\nlayers: [{Dense: {units: 3}}]\ncompile: {optimizer: acme>swish2}\n"
    ((code, message, _),) = mistakes(document(body, use="acme.layers"))
    assert (code, message) == ("wrong-family", "`acme>swish2` is a function, not an optimizer")


def test_two_objects_that_claim_one_name_are_told():
    found = mistakes(document(items("acme>Pool2"), use="acme.claims, acme.claims_again"))
    assert [(code, message) for code, message, _ in found] == [
        ("name-claimed-twice", "two objects of `acme.claims` claim the name `acme>Pool1`"),
        ("name-claimed-twice", "`acme.claims` and `acme.claims_again` claim the name `acme>Pool2`"),
    ]


def test_a_custom_object_may_not_take_a_name_of_keras():
    found = mistakes(
        document(
            items("Dense: {units: 1}"), use="", custom_objects={"relu": halved, "Dense": keras.layers.Layer}
        )
    )
    assert sorted(code for code, _, _ in found) == ["shadows-builtin", "shadows-builtin"]


def test_what_one_build_registers_is_unknown_to_the_next():
    body = items("acme>Plain: {size: 2}")
    before = dict(keras.saving.get_custom_objects())
    assert "acme>Plain" not in before
    for _ in range(2):
        document(body, use="acme.odd", use_cache=False).check()
        assert dict(keras.saving.get_custom_objects()) == before
        ((code, _, _),) = mistakes(document(body, use=""))
        assert code == "unknown-registered-name"


@pytest.mark.usefixtures("clean_registry")
def test_a_class_that_the_process_has_registered_needs_no_module(tmp_path):
    @keras.saving.register_keras_serializable(package="here")
    class Doubled(keras.layers.Layer):
        def call(self, inputs):
            return inputs * 2

    made = document(items("here>Doubled"), use="")
    model = reloaded(made, tmp_path)
    assert float(np.asarray(model(np.ones((1, 6, 8))))[0, 0, 0]) == 2.0


def test_custom_objects_go_by_the_name_the_caller_gives_them(tmp_path):
    class Tripled(keras.layers.Layer):
        def call(self, inputs):
            return inputs * 3

    objects = {"Tripled": Tripled, "halved": halved}
    made = document(items("Tripled", "Activation: {activation: halved}"), use="", custom_objects=objects)
    model = reloaded(made, tmp_path, objects)
    assert float(np.asarray(model(np.ones((1, 6, 8))))[0, 0, 0]) == 1.5
    assert [code for code, _, _ in mistakes(document(items("Tripled"), use=""))] == ["unknown-layer"]


def test_a_custom_object_scope_around_a_build_gives_its_objects():
    class Tripled(keras.layers.Layer):
        def call(self, inputs):
            return inputs * 3

    body = items("Tripled", "Activation: {activation: halved}")
    with keras.saving.custom_object_scope({"Tripled": Tripled, "halved": halved}):
        model = document(body, use="").model()
    assert float(np.asarray(model(np.ones((1, 6, 8))))[0, 0, 0]) == 1.5
    assert "unknown-layer" in [code for code, _, _ in mistakes(document(body, use=""))]


def halved(x):
    return x / 2


def test_the_signature_of_a_class_tells_its_arguments_and_those_of_its_bases():
    from modelspec.link.registered.describe import describe

    described = describe({name: acme("layers", name.rpartition(">")[2]) for name in ("acme>AttentionPool",)})
    entry = described["acme>AttentionPool"]
    assert list(entry["arguments"])[:2] == ["heads", "scale"]
    assert {"name", "dtype", "trainable", "activity_regularizer"} <= entry["arguments"].keys()
    assert not entry["open"]
    assert entry["call"] == {"inputs": True}
    assert json.loads(json.dumps(described)) == described


def test_what_is_no_layer_is_no_item():
    found = mistakes(document(items("acme>swish2", "acme>Tiny"), use="acme.layers, acme.odd"))
    assert [(code, help_text) for code, _, help_text in found] == [
        ("wrong-family", "write `Activation: {activation: acme>swish2}`"),
        ("wrong-family", "`modelspec classes --family layer` lists what may stand here"),
    ]


def test_what_derives_from_no_class_of_keras_is_told_what_to_derive_from():
    class Loose:
        def get_config(self):
            return {}

    made = document(items("Loose"), use="", custom_objects={"Loose": Loose})
    assert mistakes(made) == [
        (
            "wrong-family",
            "`Loose` derives from no class of Keras, so it is not a layer",
            "let it derive from `keras.layers.Layer`",
        )
    ]


def test_a_plain_annotation_tells_the_kind_that_is_wanted():
    ((code, message, help_text),) = mistakes(
        document(items('acme>AttentionPool: {heads: "2"}'), use="acme.layers")
    )
    assert (code, help_text) == ("wrong-kind", "write `2` without quotes")
    assert "`heads`" in message
