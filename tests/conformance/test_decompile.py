"""Every model that is decompiled is compiled again: the config is the same as Keras wrote, names included."""

from __future__ import annotations

import inspect
import json
import time
import warnings
from pathlib import Path

import keras
import pytest
import yaml
from decompiled import CATALOG, check, text_of
from decompiled_models import MODELS, made
from keras import layers
from test_applications import NAMES, QUICK, twin_of
from test_configs import CONFIGS, HERE

import modelspec
from modelspec.decompiler.decompile import Wanted, decompile
from modelspec.decompiler.training import USUAL
from modelspec.diagnostics import Report, SpecError
from modelspec.link.canonical import canonical, serialize

GOLDEN = Path(__file__).parents[1] / "golden"
pytestmark = pytest.mark.skipif(
    keras.version() < "3.15",
    reason="what Keras records of a call, and which models it can make, differs by release",
)


@pytest.mark.parametrize("name", MODELS)
def test_a_model_of_every_kind_comes_back_equal(name):
    with warnings.catch_warnings():
        # Keras would have the keys of a mapping named as its inputs.
        warnings.simplefilter("ignore", UserWarning)
        check(canonical(serialize(made(name))))


@keras.saving.register_keras_serializable("frozen")
class Doubled(layers.Layer):
    """A layer whose config says nothing of `trainable`."""

    def __init__(self, factor=2, name=None):
        super().__init__(name=name)
        self.factor = factor

    def call(self, inputs):
        return inputs * self.factor

    def get_config(self):
        return {"factor": self.factor, "name": self.name}


def fine_tuned():
    x = keras.Input((4, 6), name="x")
    deepest = keras.Sequential([keras.Input((6,)), layers.Dense(3, name="deep")], name="deepest")
    y = layers.TimeDistributed(layers.Dense(6, name="each"), name="timed")(x)
    y = layers.BatchNormalization(name="bn")(y)
    y = layers.Bidirectional(layers.RNN(layers.LSTMCell(3)), name="both")(y)
    y = Doubled(name="doubled")(layers.Dense(6, name="lower")(y) * 2.0)
    inner = keras.Model(x, deepest(y), name="base")
    inner.trainable = False
    outer = keras.Input((4, 6), name="outer")
    return keras.Model(outer, layers.Dense(1, name="head")(inner(outer)), name="tuned")


def test_a_frozen_model_says_so_once_and_its_layers_do_not():
    text = check(canonical(serialize(fine_tuned())), allow=["test_decompile"])
    models = yaml.safe_load(text)["models"]
    assert [models[key]["trainable"] for key in ("deepest", "base")] == [False, False]
    words = {
        key: value
        for item in models["base"]["layers"]
        if isinstance(item, dict)
        for key, value in item.items()
    }
    assert "trainable" not in words
    assert {
        "TimeDistributed",
        "BatchNormalization",
        "Bidirectional",
        "Dense",
        "frozen>Doubled",
    } <= words.keys()


def test_a_layer_thawed_in_a_frozen_model_says_so_in_the_document():
    data = canonical(serialize(made("nested_frozen")))
    inner = data["config"]["layers"][1]["config"]
    assert inner["trainable"] is False
    inner["layers"][2]["config"]["trainable"] = True
    (dense, norm) = yaml.safe_load(text_of(data))["models"]["base"]["layers"]
    assert (dense, norm) == ({"Dense": {"units": 2}}, {"BatchNormalization": None, "trainable": True})


def test_a_slice_with_a_name_is_written_as_between_brackets():
    x = keras.Input((5, 4), name="x")
    last = keras.src.ops.numpy.GetItem(name="last")(x, (slice(None), -1))
    some = keras.src.ops.numpy.GetItem(name="some")(last, (..., slice(1, 3)))
    text = check(canonical(serialize(keras.Model(x, [last, some], name="cut"))))
    items = yaml.safe_load(text)["layers"]
    assert [item["ops.get_item"] for item in items] == [{"key": ":, -1"}, {"key": "..., 1:3"}]


def application(name: str) -> dict[str, object]:
    keras.utils.clear_session(free_memory=False)
    with keras.StatelessScope(initialize_variables=False):
        data = keras.saving.serialize_keras_object(twin_of(name))
    keras.utils.clear_session(free_memory=False)
    return data


@pytest.mark.parametrize("name", QUICK)
def test_an_application_comes_back_equal(name):
    check(application(name))


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(NAMES) - set(QUICK)))
def test_every_application_comes_back_equal(name):
    check(application(name))


@pytest.mark.parametrize("name", HERE)
def test_a_document_of_configs_survives(name):
    check(modelspec.load(CONFIGS / f"{name}.yaml", target="installed").config())


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_golden_document_survives(path):
    check(modelspec.load(path, target="installed").config())


@pytest.mark.parametrize("name", ["mnist_cnn", "transformer", "autoencoder", "two_tower"])
def test_a_portable_archive_gives_the_same_document_as_a_full_one(name):
    portable, full = (
        modelspec.load(CONFIGS / f"{name}.yaml", target=target).config() for target in (None, "installed")
    )
    assert text_of(portable) == text_of(full)


@pytest.mark.parametrize("name", ["resnet_cifar", "transformer", "autoencoder", "vit"])
def test_the_document_of_a_documents_build_is_itself(name):
    first = text_of(modelspec.load(CONFIGS / f"{name}.yaml", target="installed").config())
    assert text_of(modelspec.loads(first, target="installed").config()) == first


def test_a_live_model_gives_its_document_and_is_left_as_it_is():
    model = made("compiled_plainly")
    before = json.dumps(canonical(serialize(model)))
    text = modelspec.decompile(model)
    assert text == text_of(canonical(serialize(model)))
    assert json.dumps(canonical(serialize(model))) == before


def test_automatic_names_are_left_out_where_that_is_wanted():
    text = text_of(canonical(serialize(made("names_with_gaps"))), auto=True)
    assert "name: dense" not in text
    assert "name: dense_9" in text_of(canonical(serialize(made("names_with_gaps"))))
    config = modelspec.loads(text).config()
    names = [layer["name"] for layer in config["config"]["layers"]]
    assert names == ["x", "dense", "dense_1", "dense_2", "dense_3", "dense_4", "dense_5", "add"]


def test_what_training_is_by_default_is_what_keras_has():
    for name, usual in USUAL.items():
        cls = getattr(keras.layers, name.rpartition(".")[2])
        assert inspect.signature(cls.call).parameters["training"].default is usual, name
    others = [entry for entry in CATALOG.classes() if entry.family == "layer" and entry.name not in USUAL]
    for entry in others:
        found = getattr(keras.layers, entry.short, None)
        parameter = inspect.signature(found.call).parameters.get("training") if found is not None else None
        assert parameter is None or parameter.default in (None, inspect.Parameter.empty), entry.name


def test_a_thousand_layers_take_seconds():
    data = application("ResNet152")
    started = time.perf_counter()
    text_of(data)
    assert time.perf_counter() - started < 30  # a hundred times what it takes would be a mistake


# --- classes of one's own -----------------------------------------------------------------------------------


@keras.saving.register_keras_serializable(package="kept")
class Scale(keras.layers.Layer):
    def __init__(self, factor=2.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, inputs):
        return inputs * self.factor

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "factor": self.factor}


@keras.saving.register_keras_serializable(package="kept")
def squared(x):
    return x * x


@keras.saving.register_keras_serializable(package="kept")
class Net(keras.Model):
    def __init__(self, units=3, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.dense = keras.layers.Dense(units)

    def call(self, inputs):
        return self.dense(inputs)

    def get_config(self):
        return {**super().get_config(), "units": self.units}


@keras.saving.register_keras_serializable(package="kept")
class Graph(keras.Model):
    """Derives from the functional model."""


def test_a_layer_that_takes_one_tensor_by_position_gets_the_others_by_name():
    given, weights = keras.Input((3,), name="given"), keras.Input((3,), name="weights")
    encoded = layers.CategoryEncoding(7, output_mode="count", name="one")(given, count_weights=weights)
    check(canonical(serialize(keras.Model([given, weights], encoded, name="counted"))))


def test_registered_classes_stand_under_their_names():
    x = keras.Input((4,), name="x")
    y = keras.layers.Dense(4, activation=squared)(Scale(3.0, name="scale")(x))
    model = keras.Model(
        x, keras.layers.TimeDistributed(Scale(1.5))(keras.layers.Reshape((2, 2))(y)), name="own"
    )
    text = check(canonical(serialize(model)))
    assert "- kept>Scale: {factor: 3.0}\n" in text
    assert "activation: kept>squared" in text


@keras.saving.register_keras_serializable(package="kept")
class Tower(keras.Model):
    """Derives from the functional model, and makes its graph anew from its arguments, as KerasHub's do."""

    def __init__(self, units=4, **kwargs):
        x = keras.Input((4,), name="tower_in")
        super().__init__(inputs=x, outputs=keras.layers.Dense(units, name="tower_dense")(x), **kwargs)
        self.units = units

    def get_config(self):
        return {"name": self.name, "units": self.units}


@pytest.mark.parametrize("read_inside", [False, True])
def test_calls_of_a_registered_model_that_hides_its_graph_are_the_ones_that_were_made(read_inside):
    """Keras counts them from 1 in the ends of the model, and the config does not say that it is a graph."""
    x, tower = keras.Input((4,), name="x"), Tower(name="tower")
    once = tower(x)
    twice = tower(keras.layers.Dense(4, name="between")(once))
    given = [once, twice] if not read_inside else twice
    model = keras.Model(x, given, name="outer")
    text = check(canonical(serialize(model)))
    assert ("outputs:" in text) is not read_inside


def test_a_registered_model_that_hides_its_graph_is_built(tmp_path):
    (tmp_path / "net.yaml").write_text(
        "modelspec: 1\ninputs: {x: [4]}\nlayers: [{kept>Tower: {units: 3}, name: tower}]\n"
        "use: [test_decompile]\n"
    )
    modelspec.load(tmp_path / "net.yaml", allow=["test_decompile"]).build(tmp_path / "net.keras")
    assert keras.saving.load_model(tmp_path / "net.keras").output_shape == (None, 3)


@keras.saving.register_keras_serializable(package="kept")
class Compiled(Tower):
    """Compiles itself when it is made, with a method of its own, as the tasks of KerasHub do."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.compile()

    def compile(self, optimizer="adam", loss="mse", **arguments):
        super().compile(optimizer=optimizer, loss=loss, **arguments)


@pytest.mark.filterwarnings("ignore:`compile\\(\\)` was not called")
def test_the_optimizer_of_a_model_that_keras_does_not_compile_at_loading_has_no_slots(tmp_path):
    """Keras would warn that they do not fit the optimizer, which has none there yet."""
    (tmp_path / "net.yaml").write_text(
        "modelspec: 1\ninputs: {x: [4]}\nmodel: {kept>Compiled: {units: 3}}\n"
        "compile: {optimizer: adam, loss: mse}\nuse: [test_decompile]\n"
    )
    modelspec.load(tmp_path / "net.yaml", allow=["test_decompile"]).build(tmp_path / "net.keras")
    assert keras.saving.load_model(tmp_path / "net.keras").optimizer.name == "adam"


@keras.saving.register_keras_serializable(package="kept")
class Pair(keras.layers.Layer):
    def call(self, one, other, scale=1.0, switch=None):
        return one + other * scale


@keras.saving.register_keras_serializable(package="kept")
class Many(keras.layers.Layer):
    def call(self, *parts):
        return sum(parts)


@keras.saving.register_keras_serializable(package="kept")
class Spread(keras.layers.Layer):
    """Takes a mapping and gives one, whose keys are no arguments."""

    def call(self, inputs):
        first, (second,) = inputs["a"], inputs["b"]
        return {"sum": first + second, "difference": first - second}


def test_tensors_that_classes_of_ones_own_are_given_by_position_and_in_mappings():
    keras.utils.clear_session()
    x, y = keras.Input((4,), name="x"), keras.Input((4,), name="y")
    pair = Pair()(x, y, scale=2.0)
    many = Many()(x, y, Pair(name="switched")(pair, y, switch=keras.ops.less(x, 1.0)))
    spread = Spread()({"a": many, "b": [pair]})
    model = keras.Model([x, y], [Pair()(x, spread["sum"]), spread["difference"]], name="positions")
    text = check(canonical(serialize(model)))
    assert "    from: {0: x, 1: y}\n    call: {scale: 2.0}\n" in text
    assert "from: {0: pair, 1: y, switch: less}" in text
    assert "from: {0: {a: many, b: [pair]}}" in text
    assert "outputs: [pair_1, spread.0]" in text
    rebuilt = modelspec.loads(text, use_cache=False).model()
    batch = [keras.ops.ones((2, 4)), keras.ops.full((2, 4), 3.0)]
    for mine, theirs in zip(rebuilt(batch), model(batch), strict=True):
        assert mine.tolist() == theirs.tolist()


def test_a_registered_functional_class_is_the_class_of_the_document():
    x = keras.Input((4,), name="x")
    text = check(canonical(serialize(Graph(x, keras.layers.Dense(2)(x), name="graph"))))
    assert "class: kept>Graph\n" in text


def test_a_subclassed_model_is_one_object():
    model = Net(units=5, name="net")
    model(keras.ops.zeros((1, 4)))
    text = text_of(canonical(serialize(model)))
    assert "model: {kept>Net: {name: net, " in text or "kept>Net:" in text
    assert modelspec.loads(text).params == 25


def test_a_lambda_with_code_is_kept_and_told():
    x = keras.Input((4,), name="x")
    model = keras.Model(x, keras.layers.Lambda(lambda t: t * 2, name="double")(x), name="coded")
    text = text_of(canonical(serialize(model)))
    assert "__lambda__" in text
    with pytest.raises(SpecError, match="unsafe-object"):
        modelspec.loads(text).config()
    assert modelspec.loads(text, allow_unsafe=True, use_cache=False).params == 0


def test_a_model_that_two_others_hold_is_told_for_the_document_makes_two():
    a, b, z = (keras.Input((4,), name=name) for name in "abz")
    inner = keras.Model(a, keras.layers.Dense(4, name="d")(a), name="inner")
    outer = keras.Model(b, inner(b), name="outer")
    model = keras.Model(z, [inner(z), outer(z)], name="both")
    with pytest.warns(UserWarning, match="`inner` and `outer/inner` of `both` are one layer") as told:
        text = modelspec.decompile(model)
    assert len(told) == 1
    assert modelspec.loads(text).params == 40


def test_a_sequential_that_was_never_built_waits_for_its_inputs():
    chain = [keras.layers.Dense(3, name="d"), keras.Sequential([keras.layers.ReLU()], name="inner")]
    data = canonical(serialize(keras.Sequential(chain, name="chain")))
    report = Report()
    text = decompile(data, CATALOG, Wanted("m.keras"), report)
    assert [found.code for found in report.diagnostics] == ["unbuilt-model"]
    assert text.partition("model:\n")[2] == (
        "  Sequential:\n"
        "    name: chain\n"
        "    layers: [{Dense: {units: 3, name: d}}, {Sequential: {layers: [ReLU], name: inner}}]\n"
    )
    built = modelspec.loads(text + "inputs: {x: [4]}\n")
    assert (built.params, built.config()["config"]["name"]) == (15, "chain")
