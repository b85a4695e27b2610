"""What Keras objects to is told in one sentence at its place, with the shapes that met."""

from __future__ import annotations

import keras
import pytest
from link_builder import GraphBuilder, keras_layer, resolve
from link_oracle import errors_of, link

from modelspec.diagnostics import Report
from modelspec.link.program import link_program
from modelspec.link.refusal import argument_in, point_of


def test_shapes_that_do_not_fit_are_shown_with_their_lines():
    b = GraphBuilder(inputs={"a": [4], "b": [5, 3]})
    b.layer("left", keras_layer("Dense", units=8), "a")
    b.layer("right", keras_layer("Dense", units=7), "b")
    b.layer("sum", keras_layer("Concatenate"), ["left", "right"])
    (found,) = errors_of(resolve(b))
    assert found.code == "shape-mismatch"
    assert found.message.startswith("`Concatenate` cannot be called: ")
    assert "\n" not in found.message
    assert len(found.message) < 300
    assert found.place == b.calls[-1].origin.place
    left, right = (call.origin.place.line for call in b.calls[:2])
    assert found.notes == (
        f"`left` is (None, 8), from model.yaml:{left}",
        f"`right` is (None, 5, 7), from model.yaml:{right}",
    )


def test_a_bad_argument_is_told_where_it_is_written():
    b = GraphBuilder(inputs={"a": [4]})
    b.layer("d", keras_layer("Dropout", seed=1, rate=-3))
    (found,) = errors_of(resolve(b))
    assert found.code == "keras-refused"
    assert found.place == b.made["d"].arguments["rate"].place
    assert "config" not in found.message
    assert "-3" in found.message


def test_an_unknown_argument_is_told_where_it_is_written():
    b = GraphBuilder(inputs={"a": [4]})
    b.layer("d", keras_layer("Dense", units=3, colour="red"))
    (found,) = errors_of(resolve(b))
    assert found.place == b.made["d"].arguments["colour"].place


def test_independent_mistakes_are_told_together_and_what_follows_from_one_is_not():
    b = GraphBuilder(inputs={"a": [4]})
    b.layer("bad", keras_layer("Conv1D", filters=-1, kernel_size=1), "a")
    b.layer("after_bad", keras_layer("Dense", units=1), "bad")
    b.layer("worse", keras_layer("Dropout", rate=7.0), "a")
    b.layer("fine", keras_layer("Dense", units=2), "a")
    b.layer("third", keras_layer("Conv2D", filters=2, kernel_size=3), "fine")
    found = errors_of(resolve(b))
    assert [(d.code, d.place.line) for d in found] == [
        ("keras-refused", b.made["bad"].arguments["filters"].place.line),
        ("keras-refused", b.made["worse"].arguments["rate"].place.line),
        ("shape-mismatch", b.calls[-1].origin.place.line),
    ]


def test_mistakes_in_a_nested_model_and_beside_it_are_told_together():
    inner = GraphBuilder("inner", inputs={"i": [4]})
    inner.layer("bad", keras_layer("Conv1D", filters=-1, kernel_size=1))
    b = GraphBuilder(inputs={"a": [4]}, lines=inner.lines)
    b.model("inner", "a", path="one")
    b.layer("d", keras_layer("Dense", units=2), "one")
    b.layer("worse", keras_layer("Dropout", rate=7.0), "a")
    assert [d.code for d in errors_of(resolve(b, inner, outputs=["d", "worse"]))] == ["keras-refused"] * 2


def test_a_node_of_several_outputs_where_one_is_wanted_lists_them():
    b = GraphBuilder(inputs={"x": [5, 4]})
    b.layer("lstm", keras_layer("LSTM", units=3, return_state=True))
    b.layer("d", keras_layer("Dense", units=3))
    (found,) = errors_of(resolve(b))
    assert found.code == "several-outputs"
    assert found.message == "`lstm` gives 3 tensors where one is wanted"
    assert found.help == "write one of `lstm.0`, `lstm.1`, `lstm.2`"


def test_a_slice_of_a_node_of_several_outputs_lists_them():
    b = GraphBuilder(inputs={"x": [5, 4]})
    b.layer("lstm", keras_layer("LSTM", units=3, return_state=True))
    b.slice("part", (slice(None), 0))
    (found,) = errors_of(resolve(b))
    assert (found.code, found.message) == ("several-outputs", "`lstm` gives 3 tensors where one is wanted")
    assert found.help == "write one of `lstm.0`, `lstm.1`, `lstm.2`"


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("lstm.7", "`lstm` has no output `7`; it has `lstm.0`, `lstm.1`, `lstm.2`"),
        ("lstm.out", "`lstm` has no output `out`; it has `lstm.0`, `lstm.1`, `lstm.2`"),
        ("d.1", "`d` has no output `1`; it gives one tensor"),
    ],
)
def test_an_output_that_is_not_there_is_told_with_those_that_are(reference, message):
    b = GraphBuilder(inputs={"x": [5, 4]})
    b.layer("lstm", keras_layer("LSTM", units=3, return_state=True))
    b.layer("d", keras_layer("Dense", units=3), "lstm.1")
    b.layer("e", keras_layer("Dense", units=3), reference)
    (found,) = errors_of(resolve(b))
    assert (found.code, found.message) == ("no-such-output", message)


def test_a_call_argument_that_a_layer_does_not_have_is_told():
    b = GraphBuilder(inputs={"x": [5, 4]})
    b.layer("d", keras_layer("Dense", units=3), call={"use_causal_mask": True})
    (found,) = errors_of(resolve(b))
    assert found.code == "bad-call"
    assert "`use_causal_mask`" in found.message
    assert "`inputs`" in found.message


def test_an_operation_with_too_many_tensors_is_told():
    b = GraphBuilder(inputs={"x": [4]})
    b.op("sum", "add", ["x", "x", "x"], parameters=("x1", "x2"))
    (found,) = errors_of(resolve(b))
    assert (found.code, found.message) == (
        "bad-call",
        "`ops.add` cannot be called: it takes 2 tensors at most, 3 are given",
    )


def test_an_operation_that_gives_no_tensor_is_told():
    b = GraphBuilder(inputs={"x": [4]})
    b.op("n", "shape", "x", parameters=("x",))
    (found,) = errors_of(resolve(b))
    assert found.code == "not-a-tensor"


def test_more_parameters_than_allowed_are_refused_before_anything_is_allocated():
    b = GraphBuilder(inputs={"x": [10]})
    b.layer("d", keras_layer("Dense", units=10**12))
    (found,) = errors_of(resolve(b))
    assert found.code == "too-many-parameters"
    b = GraphBuilder(inputs={"x": [10]})
    b.layer("d", keras_layer("Dense", units=10))
    b.layer("e", keras_layer("Dense", units=10))
    (found,) = errors_of(resolve(b), max_params=200)
    assert found.message == "the model has 220 parameters, 200 are allowed"


def test_a_warning_of_keras_is_told_at_its_place():
    b = GraphBuilder(inputs={"ids": {"shape": (6,), "dtype": "int32"}})
    b.layer("emb", keras_layer("Embedding", input_dim=9, output_dim=4, mask_zero=True))
    b.layer("conv", keras_layer("Conv1D", filters=2, kernel_size=2))
    report = Report()
    assert link_program(resolve(b), report) is not None
    (found,) = report.warnings
    assert found.code == "keras-warning"
    assert "mask" in found.message
    assert found.place == b.calls[-1].origin.place


def test_a_chain_that_keras_cannot_load_is_linked_and_warned_about():
    b = GraphBuilder(inputs={"x": [4]})
    for number in range(1_200):
        b.layer(f"r{number}", keras_layer("ReLU"))
    report = Report()
    linked = link_program(resolve(b), report)
    assert linked is not None
    assert linked.depth == 1_201
    assert [found.code for found in report.diagnostics] == ["deep-graph"]


def test_a_lambda_is_refused_whatever_the_global_flag_says():
    data = keras_layer("Lambda", function={"class_name": "__lambda__", "config": {"value": "never"}})
    b = GraphBuilder(inputs={"x": [4]})
    b.layer("l", data)
    keras.config.enable_unsafe_deserialization()
    try:
        (found,) = errors_of(resolve(b))
    finally:
        from keras.src.backend.common import global_state

        global_state.set_global_attribute("safe_mode_saving", None)
    assert "lambda" in found.message


def test_the_resolved_dicts_are_not_changed():
    import copy

    b = GraphBuilder(inputs={"x": [5, 4]})
    b.layer("bi", keras_layer("Bidirectional", layer=keras_layer("LSTM", units=3)))
    resolved = resolve(b)
    before = copy.deepcopy(b.made["bi"].data)
    first = link(resolved)
    assert b.made["bi"].data == before
    assert link(resolved).config == first.config


def test_the_point_of_keras_wrapped_errors_is_found():
    error = TypeError(
        "Error when deserializing class 'Dense' using config={'units': -1}.\n\nException encountered: "
        "Received an invalid value for `units`, expected a positive integer. Received: units=-1"
    )
    assert point_of(error) == (
        "received an invalid value for `units`, expected a positive integer. Received: units=-1"
    )
    assert argument_in(point_of(error), {"units": None, "name": None}) == "units"
    assert argument_in("nothing of that kind", {"units": None}) is None
