"""Layers that cannot be built without values are built the ordinary way, and only what must be is kept."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from link_builder import GraphBuilder, keras_layer, resolve
from link_oracle import assert_equal, errors_of, layout_of, link, saved_by

from modelspec.link import private
from modelspec.link.values import without_values

L = keras.layers


def registered(cls):
    return keras.saving.register_keras_serializable("link_fallback")(cls)


@registered
class FromArray(L.Layer):
    """Makes a variable from an array."""

    def build(self, shape):
        self.table = keras.Variable(np.arange(shape[-1], dtype="float32"), trainable=False, name="table")
        self.kernel = self.add_weight(shape=(shape[-1],), name="kernel")

    def call(self, x):
        return x * self.kernel + self.table


@registered
class Assigned(L.Layer):
    """Assigns in `build`."""

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1],), name="kernel")
        self.scale = self.add_weight(shape=(shape[-1],), initializer="zeros", name="scale")
        self.scale.assign(np.full(shape[-1], 3.0, "float32"))

    def call(self, x):
        return x * self.kernel * self.scale


@registered
class ReadInBuild(L.Layer):
    """Reads a value in `build` and keeps what it read."""

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1],), initializer="ones", name="kernel")
        self.twice = keras.Variable(keras.ops.convert_to_numpy(self.kernel.value) * 2, name="twice")

    def call(self, x):
        return x * self.kernel * self.twice


@registered
class Swallowing(L.Layer):
    """Reads a value in `build` and swallows what comes of it."""

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1],), initializer="ones", name="kernel")
        try:
            total = float(keras.ops.sum(self.kernel.value))
        except Exception:
            total = -1.0
        self.total = keras.Variable(total, name="total")

    def call(self, x):
        return x * self.total


@registered
class WithOptimizer(L.Layer):
    """Makes an optimizer of its own."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.own = keras.optimizers.SGD(0.5)

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1],), name="kernel")

    def call(self, x):
        return x * self.kernel


@registered
class PlainStore(L.Layer):
    """Saves arrays of its own, one of them computed from a weight."""

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1],), initializer="ones", name="kernel")

    def call(self, x):
        return x * self.kernel

    def save_own_variables(self, store):
        store["doubled"] = keras.ops.convert_to_numpy(self.kernel) * 2
        store["count"] = np.array([1, 2, 3])


@registered
class Closure(L.Layer):
    """Draws a variable by a function."""

    def build(self, shape):
        def drawn(size, dtype=None):
            return keras.random.normal(size, dtype=dtype)

        self.kernel = self.add_weight(shape=(shape[-1],), initializer=drawn, name="kernel")

    def call(self, x):
        return x * self.kernel


@registered
class WithAsset(L.Layer):
    """Saves a file."""

    def call(self, x):
        return x

    def save_assets(self, path):
        import pathlib

        pathlib.Path(path, "words.txt").write_text("a\nb\n")


def custom(cls, **config):
    name = cls.__name__
    return {
        "module": cls.__module__,
        "class_name": name,
        "config": config,
        "registered_name": f"link_fallback>{name}",
    }


def linked_with(data, shape=(4,), name="c"):
    b = GraphBuilder(inputs={"x": list(shape)})
    b.layer(name, data, "x")
    b.layer("d", keras_layer("Dense", units=2))
    return link(resolve(b))


def by_name(linked):
    return {v.name: v for v in linked.variables}


def test_a_variable_made_from_an_array_keeps_it_and_the_others_are_drawn():
    linked = linked_with(custom(FromArray))
    found = by_name(linked)
    np.testing.assert_array_equal(found["table"].value, [0, 1, 2, 3])
    assert found["table"].initializer is None
    kernels = [v for v in linked.variables if v.name == "kernel"]
    assert [v.initializer["class_name"] for v in kernels] == ["GlorotUniform", "GlorotUniform"]


def test_what_is_assigned_in_build_is_kept():
    found = [v for v in linked_with(custom(Assigned)).variables if v.owner == "c"]
    assert [(v.name, v.initializer is None) for v in found] == [("kernel", False), ("scale", True)]
    np.testing.assert_array_equal(found[1].value, [3, 3, 3, 3])


def test_a_value_read_in_build_is_there():
    found = by_name(linked_with(custom(ReadInBuild)))
    np.testing.assert_array_equal(found["twice"].value, [2, 2, 2, 2])


def test_a_swallowed_refusal_is_seen_all_the_same():
    found = by_name(linked_with(custom(Swallowing)))
    assert found["total"].value == 4.0


def test_a_layer_may_make_an_optimizer():
    twin_in = keras.Input((4,), name="x")
    layer = WithOptimizer(name="c")
    twin = keras.Model(twin_in, L.Dense(2, name="d")(layer(twin_in)), name="main")
    assert layout_of(linked_with(custom(WithOptimizer))) == saved_by(twin)


def test_own_variables_are_stored_as_the_layer_stores_them():
    linked = linked_with(custom(PlainStore))
    found = {v.below: v for v in linked.variables if v.owner == "c"}
    np.testing.assert_array_equal(found["vars/doubled"].value, [2, 2, 2, 2])
    assert found["vars/count"].value.tolist() == [1, 2, 3]


def test_a_function_as_initializer_is_evaluated_the_same_each_time():
    one, two = (linked_with(custom(Closure)).variables[0] for _ in range(2))
    assert one.initializer is None
    np.testing.assert_array_equal(one.value, two.value)
    assert np.any(one.value != 0)


def test_assets_are_taken_into_memory():
    linked = linked_with(custom(WithAsset))
    assert linked.assets == (("layers/with_asset/words.txt", b"a\nb\n"),)


STATEFUL = (
    ("LSTM", {"units": 3}, (5, 4)),
    ("GRU", {"units": 3}, (5, 4)),
    ("SimpleRNN", {"units": 3}, (5, 4)),
    ("ConvLSTM1D", {"filters": 2, "kernel_size": 3}, (5, 8, 2)),
)


@pytest.mark.parametrize(("name", "config", "shape"), STATEFUL, ids=lambda item: str(item))
def test_stateful_layers_equal_their_twins(name, config, shape):
    b = GraphBuilder(inputs={"x": {"batch_shape": (2, *shape)}})
    b.layer("r", keras_layer(name, stateful=True, **config))
    x = keras.Input(batch_shape=(2, *shape), name="x")
    assert_equal(
        link(resolve(b)), keras.Model(x, getattr(L, name)(**config, stateful=True, name="r")(x), name="main")
    )


def test_normalization_with_and_without_statistics_equals_its_twin():
    b = GraphBuilder(inputs={"x": [3]})
    b.layer("n", keras_layer("Normalization", axis=-1))
    b.layer("m", keras_layer("Normalization", axis=-1, mean=[1.0, 2.0, 3.0], variance=[1.0, 1.0, 1.0]))
    x = keras.Input((3,), name="x")
    y = L.Normalization(name="n")(x)
    y = L.Normalization(mean=[1.0, 2.0, 3.0], variance=[1.0, 1.0, 1.0], name="m")(y)
    linked = link(resolve(b))
    assert_equal(linked, keras.Model(x, y, name="main"))
    assert all(v.initializer is not None for v in linked.variables)


def test_a_member_of_a_nested_model_may_be_built_the_ordinary_way():
    inner = GraphBuilder("inner", inputs={"i": [4]})
    inner.layer("c", custom(Assigned))
    b = GraphBuilder(inputs={"x": [4]}, lines=inner.lines)
    b.model("inner", "x", path="one")
    b.model("inner", "one", path="two")
    linked = link(resolve(b, inner))
    i = keras.Input((4,), name="i")
    model = keras.Model(i, Assigned(name="c")(i), name="inner")
    x = keras.Input((4,), name="x")
    assert_equal(linked, keras.Model(x, model(model(x)), name="main"))
    assert {v.owner for v in linked.variables} == {"inner/c"}
    np.testing.assert_array_equal(by_name(linked)["scale"].value, [3, 3, 3, 3])


def test_an_ordinary_build_beyond_its_bound_is_refused():
    b = GraphBuilder(inputs={"x": [40_000]})
    b.layer("big", keras_layer("Dense", units=10_000))
    data = {
        "module": "keras",
        "class_name": "Sequential",
        "registered_name": None,
        "config": {
            "name": "s",
            "layers": [
                keras_layer("InputLayer", batch_shape=[None, 40_000], name="i"),
                keras_layer("Dense", units=10_000, name="big"),
                custom(Assigned, name="c"),
            ],
        },
    }
    b.layer("whole", data, "x")
    (found,) = errors_of(resolve(b))
    assert found.code == "too-many-parameters"
    assert "values while it is built" in found.message


def test_what_was_made_without_values_is_given_none_by_a_later_scope_of_keras():
    layer = L.Dense(2)
    with without_values():
        layer.build((None, 4))
    with keras.StatelessScope():
        waiting = keras.Variable(keras.initializers.Ones(), shape=(2,))
        with without_values():
            pass
    assert not private.has_value(layer.kernel)
    assert keras.ops.convert_to_numpy(waiting).tolist() == [1, 1]


def test_a_quantized_model_is_what_keras_makes_of_its_dict():
    data = keras_layer("Dense", units=2, dtype="int8_from_float32")
    b = GraphBuilder(inputs={"x": [4]})
    b.layer("q", data)
    twin_in = keras.Input((4,), name="x")
    twin = keras.Model(twin_in, L.Dense(2, dtype="int8_from_float32", name="q")(twin_in), name="main")
    assert_equal(link(resolve(b)), twin)


def test_the_process_is_left_as_it_was():
    keras.config.set_image_data_format("channels_first")
    keras.config.set_epsilon(1e-3)
    keras.config.set_floatx("float16")
    try:
        linked_with(custom(Assigned))
        assert keras.config.image_data_format() == "channels_first"
        assert (keras.config.epsilon(), keras.config.floatx()) == (1e-3, "float16")
    finally:
        keras.config.set_image_data_format("channels_last")
        keras.config.set_epsilon(1e-7)
        keras.config.set_floatx("float32")
    variable = keras.Variable(keras.initializers.Ones(), shape=(2,))
    variable.assign([3, 4])
    assert keras.ops.convert_to_numpy(variable).tolist() == [3, 4]
    with keras.StatelessScope():
        pass
