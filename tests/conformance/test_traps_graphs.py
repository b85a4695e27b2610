"""The traps of graphs, operations and structured layers, 1 to 33: what modelspec does in each.

Where Keras can save and load a model, the archive of a document equals the model made by hand and predicts
the same; where it cannot, the document is refused with a message that says so.
"""

from __future__ import annotations

import json
from typing import Any

import keras
import numpy as np
import pytest
from held_to_twin import (
    assert_predicts_same,
    assert_same,
    compiled_of,
    layers_of,
    loaded_from,
    reloaded,
    serialized,
)

from modelspec.diagnostics import SpecError

RANDOM = np.random.default_rng(0)
NO_NAMES: frozenset[str] = frozenset()


def loaded(inputs: dict[str, Any], layers: list[Any], **sections: Any) -> keras.Model:
    """The archive of a document, opened by Keras."""
    page = {"modelspec": 1, "name": "trap", "inputs": inputs, "layers": layers, **sections}
    return loaded_from(compiled_of(json.dumps(page)))


def of_dict(model: dict[str, Any]) -> keras.Model:
    """The archive of a document that is one Keras dict."""
    return loaded_from(compiled_of(json.dumps({"modelspec": 1, "model": model})))


def refusal(inputs: dict[str, Any], layers: list[Any], **sections: Any) -> str:
    """What is said of a document that is refused."""
    page = {"modelspec": 1, "inputs": inputs, "layers": layers, **sections}
    with pytest.raises(SpecError) as caught:
        compiled_of(json.dumps(page))
    return str(caught.value)


def assert_twins(ours: keras.Model, theirs: keras.Model, *batch: Any) -> None:
    """Equal configs up to names, and equal predictions with equal values."""
    theirs = reloaded(theirs)
    assert_same(ours, theirs, NO_NAMES)
    assert_predicts_same(ours, theirs, batch[0] if len(batch) == 1 else list(batch))


def numbers(*shape: int) -> np.ndarray:
    return RANDOM.normal(size=shape).astype("float32")


def whole(*shape: int) -> np.ndarray:
    return RANDOM.integers(1, 5, shape).astype("int32")


# --- graphs ------------------------------------------------------------------------------------------


def test_trap_01_one_layer_called_twice_with_other_call_arguments():
    ours = loaded(
        {"x": [5, 4], "y": [5, 4]},
        [
            {
                "MultiHeadAttention": {"num_heads": 2, "key_dim": 3},
                "name": "mha",
                "from": {"query": "x", "value": "x"},
                "call": {"use_causal_mask": True},
            },
            {"reuse": "mha", "name": "again", "from": {"query": "y", "value": "x"}},
        ],
        outputs=["mha", "again"],
    )
    x, y = keras.Input((5, 4), name="x"), keras.Input((5, 4), name="y")
    mha = keras.layers.MultiHeadAttention(2, 3, name="mha")
    theirs = keras.Model([x, y], [mha(x, x, use_causal_mask=True), mha(y, x)], name="trap")
    assert_twins(ours, theirs, numbers(2, 5, 4), numbers(2, 5, 4))


def test_trap_02_a_tensor_as_keyword_argument():
    ours = loaded(
        {"x": [5, 4], "mask": {"shape": [5, 5], "dtype": "bool"}},
        [
            {
                "MultiHeadAttention": {"num_heads": 2, "key_dim": 3},
                "from": {"query": "x", "value": "x"},
                "call": {"attention_mask": {"from": "mask"}},
            }
        ],
    )
    x, mask = keras.Input((5, 4), name="x"), keras.Input((5, 5), dtype="bool", name="mask")
    theirs = keras.Model(
        [x, mask], keras.layers.MultiHeadAttention(2, 3)(x, x, attention_mask=mask), name="trap"
    )
    assert_twins(ours, theirs, numbers(2, 5, 4), np.tril(np.ones((2, 5, 5), "bool")))


def test_trap_03_one_layer_shared_at_two_depths():
    ours = loaded(
        {"a": [4], "b": [4]},
        [
            {"Dense": {"units": 4}, "name": "t", "from": "a"},
            {"Dense": {"units": 4}, "name": "d", "from": "t"},
            {"reuse": "t", "name": "deep", "from": "d"},
            {"reuse": "t", "name": "other", "from": "b"},
        ],
        outputs=["deep", "other"],
    )
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    t, d = keras.layers.Dense(4, name="t"), keras.layers.Dense(4, name="d")
    theirs = keras.Model([a, b], [t(d(t(a))), t(b)], name="trap")
    assert_twins(ours, theirs, numbers(2, 4), numbers(2, 4))


def test_trap_04_a_nested_sequential_called_twice():
    ours = loaded(
        {"a": [4], "b": [4]},
        [
            {"tower": None, "from": "a", "name": "left"},
            {"tower": None, "from": "b", "name": "right"},
            {"Add": None, "from": ["left", "right"]},
        ],
        models={
            "tower": {
                "class": "Sequential",
                "inputs": {"x": [4]},
                "layers": [{"Dense": {"units": 3}}, {"Dense": {"units": 2}}],
            }
        },
    )
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    tower = keras.Sequential(
        [keras.Input((4,), name="x"), keras.layers.Dense(3), keras.layers.Dense(2)], name="tower"
    )
    theirs = keras.Model([a, b], keras.layers.Add()([tower(a), tower(b)]), name="trap")
    assert_twins(ours, theirs, numbers(2, 4), numbers(2, 4))


def test_trap_05_a_nested_model_with_mapped_inputs_and_a_chain_of_models():
    ours = loaded(
        {"a": [4], "b": [4]},
        [{"pair": None, "from": {"p": "a", "q": "b"}}, {"tail": None}],
        models={
            "pair": {
                "inputs": {"p": [4], "q": [4]},
                "inputs_as": {"p": "p", "q": "q"},
                "layers": [{"Concatenate": None, "from": ["p", "q"]}, {"Dense": {"units": 3}}],
            },
            "tail": {"inputs": {"x": [3]}, "layers": [{"Dense": {"units": 2}}]},
        },
    )
    p, q = keras.Input((4,), name="p"), keras.Input((4,), name="q")
    pair = keras.Model(
        {"p": p, "q": q}, keras.layers.Dense(3)(keras.layers.Concatenate()([p, q])), name="pair"
    )
    x = keras.Input((3,), name="x")
    tail = keras.Model(x, keras.layers.Dense(2)(x), name="tail")
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    theirs = keras.Model([a, b], tail(pair({"p": a, "q": b})), name="trap")
    assert_twins(ours, theirs, numbers(2, 4), numbers(2, 4))


def test_trap_06_unsorted_keys_nested_inputs_and_nested_outputs():
    ours = loaded(
        {"z": [4], "a": [4]},
        [
            {"Dense": {"units": 3}, "name": "one", "from": "z"},
            {"Dense": {"units": 2}, "name": "two", "from": "a"},
        ],
        inputs_as={"z": "z", "a": ["a"]},
        outputs={"o": {"p": "one", "q": ["two", "one"]}},
    )
    z, a = keras.Input((4,), name="z"), keras.Input((4,), name="a")
    one, two = keras.layers.Dense(3, name="one")(z), keras.layers.Dense(2, name="two")(a)
    theirs = keras.Model({"z": z, "a": [a]}, {"o": {"p": one, "q": (two, one)}}, name="trap")
    batch = {"z": numbers(2, 4), "a": [numbers(2, 4)]}
    assert_twins(ours, theirs, batch)
    found = ours(batch)
    # The inner tuple comes back as a list.
    assert isinstance(found["o"]["q"], list)
    assert [tensor.shape[-1] for tensor in found["o"]["q"]] == [2, 3]


def test_trap_06_a_key_that_is_not_its_inputs_name_is_warned_of_as_keras_does():
    with pytest.raises(AssertionError, match="keys in the dict must match the names"):
        loaded({"z": [4], "a": [4]}, [{"Add": None, "from": ["z", "a"]}], inputs_as={"one": "z", "two": "a"})


def test_trap_07_tuple_outputs_become_lists_and_one_name_stays_one_tensor():
    x = keras.Input((4,), name="x")
    a, b = keras.layers.Dense(2, name="a")(x), keras.layers.Dense(3, name="b")(x)
    theirs = keras.Model((x,), (a, b), name="trap")
    layers = [{"Dense": {"units": 2}, "name": "a"}, {"Dense": {"units": 3}, "name": "b", "from": "x"}]
    ours = loaded({"x": [4]}, layers, inputs_as=["x"], outputs=["a", "b"])
    assert_twins(ours, theirs, [numbers(2, 4)])
    assert isinstance(ours([numbers(2, 4)]), list)
    single = loaded({"x": [4]}, layers[:1], outputs="a")
    assert not isinstance(single(numbers(2, 4)), list | tuple)


def test_trap_08_outputs_named_so_that_a_list_of_three_is_no_leaf():
    layers = [{"Dense": {"units": size}, "name": name, "from": "x"} for name, size in (("a", 2), ("b", 3))]
    layers.append({"Dense": {"units": 5}, "name": "c", "from": "x"})
    ours = loaded({"x": [4]}, layers, outputs=["a", "b", "c"])
    assert [tensor.shape[-1] for tensor in ours(numbers(2, 4))] == [2, 3, 5]
    nested = loaded({"x": [4]}, layers, outputs=[["a", "b"], "c"])
    (first, second), third = nested(numbers(2, 4))
    assert [first.shape[-1], second.shape[-1], third.shape[-1]] == [2, 3, 5]


def test_trap_09_an_output_out_of_range_is_told_by_what_there_is():
    inputs, layers = {"x": [5, 4]}, [{"LSTM": {"units": 3, "return_state": True}, "name": "lstm"}]
    assert "`lstm` has no output `5`" in refusal(inputs, layers, outputs="lstm.5")
    assert "lstm.-1" in refusal(inputs, layers, outputs="lstm.-1")
    x = keras.Input((4,), name="x")
    data = serialized(keras.Model(x, keras.layers.Dense(2, name="d")(x), name="trap"))
    data["config"]["output_layers"] = [["d", 0, 5]]
    with pytest.raises(SpecError):
        of_dict(data)
    # In a Keras dict Keras counts from the end, and what is built counts from the start.
    data["config"]["output_layers"] = [["d", 0, -1]]
    assert serialized(of_dict(data))["config"]["output_layers"] == [["d", 0, 0]]


def test_trap_10_order_dead_layers_unknown_layers_cycles_and_doubled_names():
    x = keras.Input((4,), name="x")
    twin = keras.Model(x, keras.layers.Dense(2, name="b")(keras.layers.Dense(3, name="a")(x)), name="trap")
    data = serialized(twin)
    data["config"]["layers"].reverse()
    assert_same(of_dict(data), reloaded(twin), frozenset("xab"))
    dead = {"modelspec": 1, "inputs": {"x": [4]}, "layers": [{"Dense": {"units": 2}, "name": "a"}]}
    dead["layers"].append({"Dense": {"units": 3}, "name": "b", "from": "x"})
    with pytest.raises(AssertionError, match="nobody reads"):
        compiled_of(json.dumps({**dead, "outputs": "a"}))
    assert "nothing here is named `bb`" in refusal({"x": [4]}, [{"Dense": {"units": 2}, "from": "bb"}])
    cycle = [
        {"Dense": {"units": 4}, "name": "a", "from": "b"},
        {"Dense": {"units": 4}, "name": "b", "from": "a"},
    ]
    assert "`b`" in refusal({"x": [4]}, cycle)
    doubled = [{"Dense": {"units": 4}, "name": "a"}, {"Dense": {"units": 4}, "name": "a"}]
    assert "error[duplicate-name]" in refusal({"x": [4]}, doubled)


def test_trap_11_two_names_are_refused_and_a_wrong_recorded_shape_is_ignored():
    item = {"class_name": "Dense", "module": "keras.layers", "config": {"units": 2, "name": "inner"}}
    item["registered_name"] = None
    said = refusal({"x": [4]}, [{**item, "name": "outer"}])
    assert "error[two-names]" in said
    x = keras.Input((4,), name="x")
    twin = keras.Model(x, keras.layers.Dense(2, name="d")(x), name="trap")
    data = serialized(twin)
    data["config"]["layers"][1]["inbound_nodes"][0]["args"][0]["config"]["shape"] = [None, 77]
    assert_same(of_dict(data), reloaded(twin), frozenset("xd"))
    data["config"]["layers"][1]["build_config"]["input_shape"] = [None, 77]
    with pytest.raises(SpecError):
        of_dict(data)


def test_trap_12_the_public_spelling_of_a_functional_model_loads():
    x = keras.Input((4,), name="x")
    twin = keras.Model(x, keras.layers.Dense(2, name="d")(x), name="trap")
    public = {**serialized(twin), "module": "keras", "class_name": "Model", "registered_name": None}
    assert_same(of_dict(public), reloaded(twin), frozenset("xd"))


def test_trap_13_an_optional_input_may_be_left_out():
    ours = loaded(
        {"x": [4], "y": {"shape": [4], "optional": True}},
        [{"Dense": {"units": 2}, "from": "x"}, {"Identity": None, "from": "y", "name": "same"}],
        outputs=["dense", "same"],
    )
    x, y = keras.Input((4,), name="x"), keras.Input((4,), name="y", optional=True)
    theirs = keras.Model(
        [x, y], [keras.layers.Dense(2, name="dense")(x), keras.layers.Identity(name="same")(y)], name="trap"
    )
    theirs = reloaded(theirs)
    assert_same(ours, theirs, NO_NAMES)
    assert ours.inputs[1]._keras_history.operation.optional


def test_trap_14_a_layer_of_many_inputs_keeps_its_mapping():
    feed = {"data": {"images": "image", "bounding_boxes": {"boxes": "boxes", "labels": "labels"}}}
    inputs = {
        "image": {"batch_shape": [2, 8, 8, 3]},
        "boxes": {"batch_shape": [2, 5, 4]},
        "labels": {"batch_shape": [2, 5]},
    }
    arguments = {"max_number": 3, "bounding_box_format": "xyxy"}
    ours = loaded(inputs, [{"MaxNumBoundingBoxes": arguments, "from": feed, "name": "most"}])
    built = layers_of(serialized(ours))["most"]["build_config"]
    assert ours.output["bounding_boxes"]["boxes"].shape == (2, 3, 4)
    assert built


def test_trap_15_a_number_beside_the_tensors_is_a_keyword_argument():
    ours = loaded({"x": [4]}, [{"Dropout": {"rate": 0.5}, "call": {"training": False}, "name": "d"}])
    node = layers_of(serialized(ours))["d"]["inbound_nodes"][0]
    assert len(node["args"]) == 1
    assert node["kwargs"] == {"training": False}


def test_trap_16_a_sequential_has_its_input_and_no_concrete_batch():
    page = {"inputs": {"x": [4]}, "layers": [{"Dense": {"units": 2}}]}
    ours = loaded(page["inputs"], page["layers"], **{"class": "Sequential"})
    assert ours.built
    assert serialized(ours)["build_config"]["input_shape"] == [None, 4]
    unbuilt = serialized(keras.Sequential([keras.layers.Dense(2)], name="trap"))
    with pytest.raises(SpecError, match="nothing says what it reads"):
        of_dict(unbuilt)


def test_trap_17_a_mask_passes_through_a_nested_sequential_and_matters():
    ours = loaded(
        {"words": {"shape": [5], "dtype": "int32"}},
        [{"embed": None}, {"LSTM": {"units": 3}}],
        models={
            "embed": {
                "class": "Sequential",
                "inputs": {"x": {"shape": [5], "dtype": "int32"}},
                "layers": [{"Embedding": {"input_dim": 9, "output_dim": 4, "mask_zero": True}}],
            }
        },
    )
    words = keras.Input((5,), dtype="int32", name="words")
    embed = keras.Sequential(
        [
            keras.Input((5,), dtype="int32", name="x"),
            keras.layers.Embedding(9, 4, mask_zero=True),
        ],
        name="embed",
    )
    theirs = keras.Model(words, keras.layers.LSTM(3)(embed(words)), name="trap")
    assert_twins(ours, theirs, whole(2, 5))
    short = np.array([[1, 2, 0, 0, 0]], "int32")
    masked, unmasked = (
        keras.ops.convert_to_numpy(ours(batch)) for batch in (short, np.where(short == 0, 3, short))
    )
    assert not np.allclose(masked, unmasked)
    assert np.allclose(masked, keras.ops.convert_to_numpy(ours(short)))


def test_trap_18_a_stateful_layer_with_its_batch():
    ours = loaded(
        {"x": {"batch_shape": [2, 5, 4]}}, [{"LSTM": {"units": 3, "stateful": True}, "name": "lstm"}]
    )
    x = keras.Input(batch_shape=(2, 5, 4), name="x")
    theirs = keras.Model(x, keras.layers.LSTM(3, stateful=True, name="lstm")(x), name="trap")
    assert_twins(ours, theirs, numbers(2, 5, 4))


# --- operations ----------------------------------------------------------------------------------------


def test_trap_19_slices_with_new_axes_ellipses_and_steps():
    ours = loaded({"x": [6, 4]}, [{"ops.negative": None, "from": "x[:, ..., ::2]"}])
    x = keras.Input((6, 4), name="x")
    theirs = keras.Model(x, keras.ops.negative(x[:, ..., ::2]), name="trap")
    assert_twins(ours, theirs, numbers(2, 6, 4))
    ours = loaded({"x": [6, 4]}, [{"ops.negative": None, "from": "x[:, null, 1:, -1]"}])
    theirs = keras.Model(x, keras.ops.negative(x[:, None, 1:, -1]), name="trap")
    assert_twins(ours, theirs, numbers(2, 6, 4))


def test_trap_20_einsum_where_constants_and_arrays_in_nodes():
    ours = loaded(
        {"x": [3, 4], "y": [4, 5]},
        [
            {"ops.einsum": {"subscripts": "bij,bjk->bik"}, "from": ["x", "y"], "name": "product"},
            {"ops.multiply": None, "from": ["product", {"value": 2.0}], "name": "twice"},
            {"ops.add": None, "from": ["twice", {"value": [1.0, 2.0, 3.0, 4.0, 5.0]}], "name": "more"},
            {"ops.greater": None, "from": ["more", {"value": 0.0}], "name": "positive"},
            {"ops.where": None, "from": ["positive", "more", "twice"], "name": "chosen"},
            {"ops.concatenate": {"axis": -1}, "from": ["chosen", "product"]},
        ],
    )
    x, y = keras.Input((3, 4), name="x"), keras.Input((4, 5), name="y")
    product = keras.ops.einsum("bij,bjk->bik", x, y)
    twice = keras.ops.multiply(product, 2.0)
    more = keras.ops.add(twice, np.array([1, 2, 3, 4, 5], "float32"))
    chosen = keras.ops.where(keras.ops.greater(more, 0.0), more, twice)
    theirs = keras.Model([x, y], keras.ops.concatenate([chosen, product], axis=-1), name="trap")
    assert_twins(ours, theirs, numbers(2, 3, 4), numbers(2, 4, 5))


@pytest.mark.parametrize(
    "item",
    [
        {"ops.vectorized_map": {"function": "relu"}},
        {"ops.cond": {"true_fn": "relu", "false_fn": "gelu"}},
        {"ops.scan": {"f": "relu"}},
        {"ops.while_loop": {"cond": "relu", "body": "relu"}},
    ],
    ids=lambda item: next(iter(item)),
)
def test_trap_21_operations_of_functions_are_refused_without_keras(item):
    said = refusal({"x": [4]}, [item])
    assert "error[operation-of-functions]" in said
    assert "no archive may hold one" in said


# --- layers with structure -------------------------------------------------------------------------------


def one_layer(ours: dict[str, Any], theirs: keras.Layer, *shape: int) -> keras.Model:
    """One layer as an item, beside the same one made by hand; gives ours."""
    model = loaded({"x": list(shape)}, [ours])
    x = keras.Input(shape, name="x")
    assert_twins(model, keras.Model(x, theirs(x), name="trap"), numbers(2, *shape))
    return model


def test_trap_22_a_list_of_cells():
    cells = [{"LSTMCell": {"units": 3}}, {"GRUCell": {"units": 4}}]
    twin = keras.layers.RNN([keras.layers.LSTMCell(3), keras.layers.GRUCell(4)])
    one_layer({"RNN": {"cell": cells}}, twin, 5, 4)


def test_trap_23_another_layer_backwards():
    item = {
        "Bidirectional": {
            "layer": {"LSTM": {"units": 3}},
            "backward_layer": {"GRU": {"units": 3, "go_backwards": True}},
        }
    }
    twin = keras.layers.Bidirectional(
        keras.layers.LSTM(3), backward_layer=keras.layers.GRU(3, go_backwards=True)
    )
    one_layer(item, twin, 5, 4)


def test_trap_24_wrappers_in_wrappers():
    inner = {"Bidirectional": {"layer": {"LSTM": {"units": 3}}}}
    twin = keras.layers.TimeDistributed(keras.layers.Bidirectional(keras.layers.LSTM(3)))
    one_layer({"TimeDistributed": {"layer": inner}}, twin, 2, 5, 4)
    chain = {"Sequential": {"layers": [{"Dense": {"units": 3}}, "ReLU"]}}
    twin = keras.layers.TimeDistributed(keras.Sequential([keras.layers.Dense(3), keras.layers.ReLU()]))
    one_layer({"TimeDistributed": {"layer": chain}}, twin, 5, 4)
    twin = keras.layers.SpectralNormalization(keras.layers.Conv2D(3, 3))
    conv = {"Conv2D": {"filters": 3, "kernel_size": 3}}
    one_layer({"SpectralNormalization": {"layer": conv}}, twin, 8, 8, 2)


@pytest.mark.parametrize(
    ("written", "twin"),
    [
        ("relu", "relu"),
        ("swish", "silu"),
        ("keras.activations.gelu", keras.activations.gelu),
        ({"LeakyReLU": {"negative_slope": 0.2}}, keras.layers.LeakyReLU(negative_slope=0.2)),
        ("keras.ops.relu", keras.ops.relu),
    ],
    ids=["string", "alias", "function", "layer", "operation"],
)
def test_trap_25_an_activation_in_every_spelling(written, twin):
    one_layer({"Dense": {"units": 3, "activation": written}}, keras.layers.Dense(3, activation=twin), 4)


def test_trap_25_what_is_no_activation_is_refused():
    assert "error[unknown-identifier]" in refusal(
        {"x": [4]}, [{"Dense": {"units": 3, "activation": "np.tanh"}}]
    )


def test_trap_26_strings_objects_and_one_initializer_for_two_layers():
    for initializer in ("he_normal", {"HeNormal": {"seed": 7}}):
        twin = "he_normal" if initializer == "he_normal" else keras.initializers.HeNormal(seed=7)
        one_layer(
            {"Dense": {"units": 3, "kernel_initializer": initializer, "kernel_regularizer": "l2"}},
            keras.layers.Dense(3, kernel_initializer=twin, kernel_regularizer="l2"),
            4,
        )
    ours = loaded(
        {"x": [4]},
        [{"Dense": {"units": 4, "kernel_initializer": "$shared"}, "repeat": 2}],
        vars={"shared": {"HeNormal": {"seed": 7}}},
    )
    shared = keras.initializers.HeNormal(seed=7)
    x = keras.Input((4,), name="x")
    dense = [keras.layers.Dense(4, kernel_initializer=shared) for _ in range(2)]
    assert_twins(ours, keras.Model(x, dense[1](dense[0](x)), name="trap"), numbers(2, 4))


def test_trap_27_normalization_adapted_or_with_given_numbers():
    given = {"mean": [1.0, 2.0, 3.0, 4.0], "variance": [1.0, 4.0, 9.0, 16.0]}
    one_layer({"Normalization": given}, keras.layers.Normalization(**given), 4)
    ours = loaded({"x": [4]}, [{"Normalization": None, "name": "n"}])
    # What adapting gave is values, so an archive made anew has a mean of 0 and a variance of 1.
    mean, variance, _ = ours.get_layer("n").get_weights()
    assert (mean == 0).all()
    assert (variance == 1).all()


def test_trap_28_preprocessing_layers_need_no_tensorflow_but_those_that_do():
    one_layer(
        {"Rescaling": {"scale": [0.5, 0.25, 0.125]}}, keras.layers.Rescaling([0.5, 0.25, 0.125]), 8, 8, 3
    )
    one_layer({"Resizing": {"height": 4, "width": 4}}, keras.layers.Resizing(4, 4), 8, 8, 3)
    ours = loaded({"x": [8, 8, 3]}, [{"RandomFlip": {"seed": 7}, "name": "flip"}])
    assert ours.get_layer("flip").seed == 7
    bins = keras.layers.Discretization(bin_boundaries=[0.0, 1.0])
    one_layer({"Discretization": {"bin_boundaries": [0.0, 1.0]}}, bins, 4)
    # The five that do are in `test_lookups`.


def test_trap_29_a_vocabulary_is_inline_or_refused(tmp_path):
    words = {"x": {"shape": [1], "dtype": "string"}}
    pytest.importorskip("tensorflow")
    ours = loaded(words, [{"StringLookup": {"vocabulary": ["a", "b"]}, "name": "look"}])
    assert layers_of(serialized(ours))["look"]["config"]["vocabulary"] == ["a", "b"]


def test_trap_30_policies_by_path_and_by_layer():
    ours = loaded(
        {"x": [5, 4]},
        [
            {
                "MultiHeadAttention": {"num_heads": 2, "key_dim": 3},
                "name": "mha",
                "from": {"query": "x", "value": "x"},
                "dtype": {"DTypePolicyMap": {"policy_map": {"mha/query": "bfloat16"}}},
            },
            {"Dense": {"units": 2}, "name": "half", "dtype": "mixed_bfloat16"},
        ],
    )
    assert ours.get_layer("mha").query_dense.compute_dtype == "bfloat16"
    assert ours.get_layer("mha").key_dense.compute_dtype == "float32"
    assert ours.get_layer("half").compute_dtype == "bfloat16"
    assert ours.get_layer("half").variable_dtype == "float32"
    attention = {
        "MultiHeadAttention": {"num_heads": 2, "key_dim": 3},
        "name": "mha",
        "from": {"query": "x", "value": "x"},
    }
    for typo in ("mha/qeury", "other/query"):
        dtype = {"DTypePolicyMap": {"policy_map": {typo: "bfloat16"}}}
        assert "did you mean `mha/query`?" in refusal({"x": [5, 4]}, [{**attention, "dtype": dtype}])


def test_trap_31_a_quantized_policy_and_adapters_in_the_config():
    policy = {"QuantizedDTypePolicy": {"mode": "int8", "source_name": "float32"}}
    quantized = loaded({"x": [4]}, [{"Dense": {"units": 3}, "name": "d", "dtype": policy}])
    assert quantized.get_layer("d").quantization_mode == "int8"
    adapted = loaded({"x": [4]}, [{"Dense": {"units": 3, "lora_rank": 2}, "name": "d"}])
    assert adapted.get_layer("d").lora_enabled
    assert len(adapted.get_layer("d").trainable_variables) == 3
    # 4 bits before 3.14 are another format; a policy that only calibration can fill is refused.
    policy = {"GPTQDTypePolicy": {"mode": "gptq/4/2", "source_name": "float32"}}
    assert "calibrated" in refusal({"x": [4]}, [{"Dense": {"units": 3}, "dtype": policy}])


def test_trap_32_a_dropout_has_no_variable_in_the_archive():
    page = {"modelspec": 1, "inputs": {"x": [4]}, "layers": [{"Dropout": {"rate": 0.5, "seed": 7}}]}
    compiled = compiled_of(json.dumps(page))
    assert not compiled.linked.variables
    assert loaded_from(compiled).layers[1].seed == 7


def test_trap_33_freezing_an_inner_layer_and_a_whole_model():
    models = {
        "body": {
            "inputs": {"x": [4]},
            "layers": [
                {"Dense": {"units": 4}, "name": "inner", "trainable": False},
                {"Dense": {"units": 4}, "name": "free"},
            ],
        }
    }
    ours = loaded({"x": [4]}, [{"body": None}, {"Dense": {"units": 1}}], models=models)
    body = ours.get_layer("body")
    assert not body.get_layer("inner").trainable
    assert len(body.trainable_variables) == 2
    models["body"]["trainable"] = False
    frozen = loaded({"x": [4]}, [{"body": None}, {"Dense": {"units": 1}}], models=models)
    # Keras writes no flag for a model; each of its layers has one.
    assert not any(layer.trainable for layer in frozen.get_layer("body").layers[1:])
    assert len(frozen.trainable_variables) == 2
