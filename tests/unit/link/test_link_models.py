"""Nested models, chains, models that are one object, archives, documents in documents."""

from __future__ import annotations

import copy
from dataclasses import replace

import keras
import numpy as np
import pytest
from link_builder import GraphBuilder, keras_layer, resolve, taken_apart, whole
from link_oracle import assert_equal, config_of, errors_of, link, without_ids

from modelspec.catalog.resolved import model_reference
from modelspec.link.linked import ArchivedModel

L = keras.layers


def encoder(lines=None):
    inner = GraphBuilder("enc", inputs={"i": [4]}, lines=lines)
    inner.layer("d", keras_layer("Dense", units=3))
    inner.layer("bn", keras_layer("BatchNormalization"))
    return inner


def encoder_twin():
    i = keras.Input((4,), name="i")
    return keras.Model(i, L.BatchNormalization(name="bn")(L.Dense(3, name="d")(i)), name="enc")


def test_a_model_used_twice_is_one_model():
    b = GraphBuilder(inputs={"a": [4], "b": [4]})
    inner = encoder(b.lines)
    b.model("enc", "a", path="left")
    b.model("enc", "b", path="right")
    b.layer("sum", keras_layer("Add"), ["left", "right"])
    linked = link(resolve(b, inner))
    x, y, model = keras.Input((4,), name="a"), keras.Input((4,), name="b"), encoder_twin()
    assert_equal(linked, keras.Model([x, y], L.Add(name="sum")([model(x), model(y)]), name="main"))
    assert {v.owner for v in linked.variables} == {"enc/d", "enc/bn"}
    assert linked.layers == 3
    assert [(r.model, r.path, r.params) for r in linked.rows if r.kind in ("layer", "model")] == [
        ("", "left", 27),
        ("", "right", 0),
        ("", "sum", 0),
        ("enc", "d", 15),
        ("enc", "bn", 12),
    ]


def test_a_model_that_does_not_train_holds_its_leaves():
    b = GraphBuilder(inputs={"a": [4]})
    inner = encoder(b.lines)
    b.model("enc", "a", path="enc", trainable=False)
    linked = link(resolve(b, inner))
    assert linked.trainable_params == 0
    loaded = keras.saving.deserialize_keras_object(copy.deepcopy(linked.config))
    assert not any(layer.trainable for layer in loaded.get_layer("enc").layers[1:])


def test_frozen_layers_of_a_nested_model_are_named_below_its_key():
    b = GraphBuilder(inputs={"a": [4]})
    inner = encoder(b.lines)
    b.model("enc", "a", path="enc")
    linked = link(resolve(b, inner), frozen=frozenset({"enc/d"}))
    assert {v.owner for v in linked.variables if v.trainable} == {"enc/bn"}


def test_batch_normalisation_may_keep_to_its_statistics():
    b = GraphBuilder(inputs={"a": [4]})
    b.layer("bn", keras_layer("BatchNormalization"))
    b.layer("d", keras_layer("Dense", units=2))
    # A frozen batch normalisation is in inference mode; `training=False` at its call would not outlast `fit`.
    linked = link(resolve(b), inference=frozenset({"bn", "d"}))
    layers = {layer["config"]["name"]: layer["config"] for layer in linked.config["config"]["layers"]}
    assert layers["bn"]["trainable"] is False
    assert layers["d"].get("trainable", True) is True


@pytest.mark.parametrize(
    ("inputs_as", "feed"),
    [
        (["p", "q"], ["a", "b"]),
        ({"q": "q", "p": "p"}, ["a", "b"]),
        ({"q": "q", "p": "p"}, (("q", "b"), ("p", "a"))),
        ({"q": "q", "p": "p"}, {"q": "b", "p": "a"}),
        (["p", "q"], (("q", "b"), ("p", "a"))),
    ],
)
def test_inputs_are_fed_in_the_structure_a_nested_model_takes(inputs_as, feed):
    b = GraphBuilder(inputs={"a": [4], "b": [2]})
    inner = GraphBuilder("m", inputs={"p": [4], "q": [2]}, inputs_as=inputs_as, lines=b.lines)
    inner.layer("cat", keras_layer("Concatenate"), ["p", "q"])
    inner.layer("d", keras_layer("Dense", units=2))
    b.model("m", feed, path="m")
    linked = link(resolve(b, inner))
    p, q = keras.Input((4,), name="p"), keras.Input((2,), name="q")
    out = L.Dense(2, name="d")(L.Concatenate(name="cat")([p, q]))
    tensors = {"p": p, "q": q}
    wants_map = isinstance(inputs_as, dict)
    model = keras.Model({k: tensors[k] for k in inputs_as} if wants_map else [p, q], out, name="m")
    x, y = keras.Input((4,), name="a"), keras.Input((2,), name="b")
    given = {k: {"p": x, "q": y}[k] for k in inputs_as} if wants_map else [x, y]
    assert_equal(linked, keras.Model([x, y], model(given), name="main"))


def test_a_model_of_several_inputs_is_not_called_on_one():
    b = GraphBuilder(inputs={"a": [4]})
    inner = GraphBuilder("m", inputs={"p": [4], "q": [2]}, lines=b.lines)
    inner.layer("cat", keras_layer("Concatenate"), ["p", "q"])
    b.model("m", "a", path="m")
    (found,) = errors_of(resolve(b, inner))
    assert found.code == "bad-call"
    assert "has 2 inputs, `p`, `q`; 1 are given" in found.message


def test_named_and_numbered_outputs_of_a_nested_model_are_read():
    b = GraphBuilder(inputs={"a": [4]})
    inner = encoder(b.lines)
    b.model("enc", "a", path="heads")
    b.layer("one", keras_layer("Dense", units=1), "heads.raw")
    b.layer("two", keras_layer("Dense", units=1), "heads.normal")
    linked = link(resolve(b, (inner, {"raw": "d", "normal": "bn"}), outputs=["one", "two"]))
    i = keras.Input((4,), name="i")
    d = L.Dense(3, name="d")(i)
    model = keras.Model(i, {"raw": d, "normal": L.BatchNormalization(name="bn")(d)}, name="enc")
    x = keras.Input((4,), name="a")
    heads = model(x)
    outputs = [L.Dense(1, name="one")(heads["raw"]), L.Dense(1, name="two")(heads["normal"])]
    assert_equal(linked, keras.Model(x, outputs, name="main"))
    assert linked.output_shape == [[None, 1], [None, 1]]


def test_a_sequential_equals_its_twin():
    b = GraphBuilder(inputs={"x": [28, 28, 1]}, cls="Sequential")
    b.layer("conv", keras_layer("Conv2D", filters=2, kernel_size=3))
    b.layer("flat", keras_layer("Flatten"))
    b.layer("d", keras_layer("Dense", units=2))
    twin = keras.Sequential(
        [
            keras.Input((28, 28, 1), name="x"),
            L.Conv2D(2, 3, name="conv"),
            L.Flatten(name="flat"),
            L.Dense(2, name="d"),
        ],
        name="main",
    )
    linked = link(resolve(b))
    assert_equal(linked, twin)
    assert {v.owner for v in linked.variables} == {"conv", "d"}
    assert linked.output_shape == [None, 2]


def test_a_nested_model_as_an_argument_keeps_its_weights_and_its_path():
    b = GraphBuilder(inputs={"x": [7, 4], "y": [4]})
    inner = encoder(b.lines)
    b.model("enc", "y", path="direct")
    b.layer("td", keras_layer("TimeDistributed", layer=model_reference("enc")), "x")
    linked = link(resolve(b, inner, outputs=["direct", "td"]))
    assert {v.owner for v in linked.variables} == {"enc/d", "enc/bn"}
    assert linked.params == 27
    x, y, model = keras.Input((7, 4), name="x"), keras.Input((4,), name="y"), encoder_twin()
    outputs = [model(y), L.TimeDistributed(model, name="td")(x)]
    assert_equal(linked, keras.Model([x, y], outputs, name="main"))
    assert "__modelspec_model__" not in str(linked.config)


def test_a_keras_dict_given_whole_is_the_model():
    twin = keras.Sequential(
        [keras.Input((4,), name="i"), L.Dense(3, name="d"), L.Dropout(0.5, name="drop")], name="seq"
    )
    data = keras.saving.serialize_keras_object(twin)
    linked = link(resolve(whole("", data)))
    assert_equal(linked, twin)
    assert {v.owner for v in linked.variables} == {"d"}
    assert [row.path for row in linked.rows] == ["d", "drop"]


def test_a_whole_model_without_an_input_is_built_on_the_documents():
    data = {"module": "keras", "class_name": "Sequential", "registered_name": None}
    data["config"] = {"name": "seq", "layers": [keras_layer("Dense", units=3, name="d")]}
    (found,) = errors_of(resolve(whole("", data)))
    assert found.help == "give the model's `inputs`"
    linked = link(resolve(whole("", data, inputs={"x": [4]})))
    assert linked.params == 15
    assert linked.output_shape == [None, 3]


def test_a_verbatim_dict_comes_out_as_keras_writes_it_again():
    twin = L.Bidirectional(L.LSTM(3, name="inner"), name="bi")
    twin.build((None, 5, 4))
    data = keras.saving.serialize_keras_object(twin)
    b = GraphBuilder(inputs={"x": [5, 4]})
    b.layer("bi", data, "x")
    x = keras.Input((5, 4), name="x")
    loaded = keras.saving.deserialize_keras_object(copy.deepcopy(data))
    assert_equal(link(resolve(b)), keras.Model(x, loaded(x), name="main"))


def test_a_nested_archive_is_the_source_of_its_values():
    archived = encoder_twin()
    archived.compile("adam", "mse")
    config = keras.saving.serialize_keras_object(archived)
    b = GraphBuilder(inputs={"x": [4]})
    b.model("pre", "x", path="pre")
    b.layer("head", keras_layer("Dense", units=2))
    model, _ = whole("pre", None, archive="pre.keras")
    linked = link(resolve(b, (model, None)), archives={"pre.keras": ArchivedModel(config)})
    assert [(v.owner, v.source) for v in linked.variables if v.owner != "head"] == [
        ("pre/d", ("pre.keras", "layers/dense/vars/0")),
        ("pre/d", ("pre.keras", "layers/dense/vars/1")),
        ("pre/bn", ("pre.keras", "layers/batch_normalization/vars/0")),
        ("pre/bn", ("pre.keras", "layers/batch_normalization/vars/1")),
        ("pre/bn", ("pre.keras", "layers/batch_normalization/vars/2")),
        ("pre/bn", ("pre.keras", "layers/batch_normalization/vars/3")),
    ]
    assert all(v.value is None and v.initializer is None for v in linked.variables if v.source)
    assert all(v.source is None for v in linked.variables if v.owner == "head")


def test_a_document_in_a_document_keeps_its_own_settings():
    inner = GraphBuilder(inputs={"i": [4]}, name="own")
    inner.layer("d", keras_layer("Dense", units=3))
    other = resolve(inner)
    b = GraphBuilder(inputs={"x": [4]})
    b.model("part", "x", path="part")
    b.layer("head", keras_layer("Dense", units=2))
    graph = replace(other.program.main, key="part", name="part")
    resolved = resolve(b, dtype="mixed_bfloat16", nested={"part": other})
    program = replace(resolved.program, models=(graph,), nested=(("part", other.program),))
    linked = link(replace(resolved, program=program))
    layers = {layer["name"]: layer for layer in linked.config["config"]["layers"]}
    inside = {layer["name"]: layer for layer in layers["part"]["config"]["layers"]}
    assert inside["d"]["config"]["dtype"]["config"]["name"] == "float32"
    assert layers["head"]["config"]["dtype"]["config"]["name"] == "mixed_bfloat16"
    assert {v.owner for v in linked.variables} == {"part/d", "head"}
    assert {row.model for row in linked.rows} == {"", "part"}


def test_models_in_the_document_inherit_its_policy_and_its_format():
    b = GraphBuilder(inputs={"x": [3, 8, 8]})
    inner = GraphBuilder("m", inputs={"i": [3, 8, 8]}, lines=b.lines)
    inner.layer("c", keras_layer("Conv2D", filters=2, kernel_size=3))
    b.model("m", "x", path="m")
    linked = link(resolve(b, inner, dtype="mixed_bfloat16", data_format="channels_first"))
    (model,) = (layer for layer in linked.config["config"]["layers"] if layer["name"] == "m")
    conv = model["config"]["layers"][-1]["config"]
    assert conv["data_format"] == "channels_first"
    assert conv["dtype"]["config"]["name"] == "mixed_bfloat16"
    assert linked.output_shape == [None, 2, 6, 6]


def test_words_on_an_item_reach_its_config():
    b = GraphBuilder(inputs={"x": [4]})
    b.layer("d", keras_layer("Dense", units=2), trainable=False, dtype="bfloat16")
    layer = link(resolve(b)).config["config"]["layers"][-1]["config"]
    assert layer["trainable"] is False
    assert layer["dtype"]["config"]["name"] == "bfloat16"


def test_a_registered_model_class_is_made_of_the_graph():
    @keras.saving.register_keras_serializable("link_models")
    class Net(keras.Model):
        def train_step(self, data):
            return {}

    from modelspec.catalog.resolved import KerasObject
    from modelspec.language.values import Object

    b = GraphBuilder(inputs={"x": [4]})
    b.layer("d", keras_layer("Dense", units=2))
    resolved = resolve(b)
    origin = resolved.program.main.origin
    data = {"module": __name__, "class_name": "Net", "config": {}, "registered_name": "link_models>Net"}
    main = replace(resolved.program.main, cls=Object("link_models>Net", (), origin))
    resolved = replace(
        resolved,
        program=replace(resolved.program, main=main),
        classes={"": KerasObject(data, origin, {})},
    )
    x = keras.Input((4,), name="x")
    assert_equal(link(resolved), Net(inputs=x, outputs=L.Dense(2, name="d")(x), name="main"))


def test_a_reloaded_model_gives_what_its_twin_gives():
    b = GraphBuilder(inputs={"a": [4], "b": [4]})
    inner = encoder(b.lines)
    b.model("enc", "a", path="left")
    b.model("enc", "b", path="right")
    b.layer("sum", keras_layer("Add"), ["left", "right"])
    linked = link(resolve(b, inner))
    loaded = keras.saving.deserialize_keras_object(copy.deepcopy(linked.config))
    x, y, model = keras.Input((4,), name="a"), keras.Input((4,), name="b"), encoder_twin()
    twin = keras.Model([x, y], L.Add(name="sum")([model(x), model(y)]), name="main")
    loaded.set_weights(twin.get_weights())
    data = [np.random.default_rng(n).normal(size=(3, 4)).astype("float32") for n in range(2)]
    np.testing.assert_array_equal(loaded.predict(data, verbose=0), twin.predict(data, verbose=0))
    assert config_of(loaded) == without_ids(linked.config)
    assert config_of(loaded) == without_ids(link(taken_apart(twin)).config)


def test_a_whole_model_that_is_compiled_stays_so():
    twin = keras.Sequential([keras.Input((4,), name="i"), L.Dense(3, name="d")], name="seq")
    twin.compile("adam", "mse")
    twin.optimizer.build(twin.trainable_variables)
    linked = link(resolve(whole("", keras.saving.serialize_keras_object(twin))))
    assert_equal(linked, twin)
    assert all(v.value is None for v in linked.variables if v.shape)
