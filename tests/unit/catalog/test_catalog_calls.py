from __future__ import annotations

import pytest
from handmade_programs import Page, layer_of, program_of, resolve, tensor, tensors

from modelspec.graph.model import Call
from modelspec.language.values import Plain


def called(item, inputs, **kwargs):
    page = Page("")
    layer = layer_of(page, item)
    arguments = tuple((name, Plain(value, page.origin("")), page.place("")) for name, value in kwargs.items())
    return resolve(program_of(page, [layer], [Call("layer", "layer", inputs, layer.origin, arguments)]))


ATTENTION = {"MultiHeadAttention": {"num_heads": 1, "key_dim": 2}}


@pytest.mark.parametrize(
    ("item", "inputs", "kwargs", "code", "help"),
    [
        (ATTENTION, tensor(), {}, "missing-tensor", "write `from: {query: …, value: …}`"),
        (ATTENTION, tensors(2), {}, "missing-tensor", "write `from: {query: …, value: …}`"),
        (
            ATTENTION,
            (("query", tensor()), ("values", tensor())),
            {},
            "unknown-call-argument",
            "did you mean `value`?",
        ),
        (
            ATTENTION,
            (("query", tensor()), ("value", tensor())),
            {"use_casual_mask": True},
            "unknown-call-argument",
            "did you mean `use_causal_mask`?",
        ),
        ({"ops.ad": {}}, tensors(2), {}, "unknown-operation", "did you mean `ops.add`?"),
        ({"ops.add": {}}, tensors(1), {}, "missing-argument", "its parameters are `x1`, `x2`"),
        ({"ops.add": {}}, tensors(3), {}, "too-many-tensors", "its parameters are `x1`, `x2`"),
        ({"ops.mean": {"axes": 1}}, tensor(), {}, "unknown-argument", "did you mean `axis`?"),
        (
            {"ops.add": {"x1": 1}},
            (("x1", tensor()), ("x2", tensor())),
            {},
            "given-twice",
            "keep one of the two",
        ),
        (
            {"ops.add": {}},
            (("a", tensor()), ("x1", tensor()), ("x2", tensor())),
            {},
            "unknown-call-argument",
            "it has `x1`, `x2`",
        ),
    ],
)
def test_what_does_not_fit_a_call_is_told(item, inputs, kwargs, code, help):
    found = called(item, inputs, **kwargs).diagnostics[0]
    assert (found.code, found.help) == (code, help)


@pytest.mark.parametrize(
    ("item", "inputs", "kwargs"),
    [
        (ATTENTION, (("query", tensor()), ("value", tensor())), {"use_causal_mask": True, "training": False}),
        ({"Dense": {"units": 1}}, tensor(), {"training": False}),
        ({"Add": {}}, tensors(2), {}),
        ({"LSTM": {"units": 1}}, (("sequences", tensor()), ("initial_state", tensors(2))), {}),
        ({"ops.add": {"x2": 1.0}}, tensor(), {}),
        ({"ops.concatenate": {"axis": 1}}, tensors(5), {}),
        ({"ops.stack": {}}, tensors(2), {}),
        ({"ops.einsum": {"subscripts": "ij,jk->ik"}}, tensors(2), {}),
        ({"ops.where": {}}, tensors(3), {}),
        ({"ops.image.resize": {"size": [2, 2]}}, tensor(), {}),
        ({"ops.nn.relu": {}}, tensor(), {}),
    ],
)
def test_a_call_that_fits_is_left_alone(item, inputs, kwargs):
    outcome = called(item, inputs, **kwargs)
    assert outcome.codes == []
    assert outcome.resolved.calls["main"]["layer"] == kwargs


def test_an_operation_knows_its_parameters():
    made = called({"ops.concatenate": {"axis": 1}}, tensors(2)).resolved.layers["main"]["layer"]
    assert (made.function, made.arguments, made.parameters, made.takes_sequence) == (
        "concatenate",
        {"axis": 1},
        ("xs", "axis"),
        True,
    )


LSTM = {"LSTM": {"units": 1}}
PAIR = (("query", tensor()), ("value", tensor()))


@pytest.mark.parametrize(
    ("item", "inputs", "argument", "value", "message", "help"),
    [
        (
            ATTENTION,
            PAIR,
            "use_causal_mask",
            "yes",
            "`use_causal_mask` of `MultiHeadAttention` takes `true` or `false`, not the text `yes`",
            "write `true`",
        ),
        (ATTENTION, PAIR, "return_attention_scores", 2, "not `2`", None),
        ({"Dropout": {"rate": 0.5}}, tensor(), "training", "off", "not the text `off`", "write `false`"),
        ({"BatchNormalization": {}}, tensor(), "training", 1.5, "not `1.5`", None),
        # Keras hands `training` to whoever asks for it, and knows it of everybody.
        ({"Dense": {"units": 1}}, tensor(), "training", 3, "`training` of `Dense`", None),
        (
            LSTM,
            tensor(),
            "mask",
            "seen",
            "`mask` of `LSTM` takes a tensor, not the text `seen`",
            "a tensor is written `{from: seen}`",
        ),
        ({"ops.sum": {}}, tensor(), "keepdims", "yes", "`keepdims` of `ops.sum`", "write `true`"),
    ],
)
def test_a_wrong_kind_of_call_argument_is_told(item, inputs, argument, value, message, help):
    found = called(item, inputs, **{argument: value}).only
    assert found.code == "wrong-kind"
    assert message in found.message
    assert found.help == help


@pytest.mark.parametrize("value", [True, False, None, 0, 1])
def test_what_keras_reads_as_a_boolean_is_one_in_a_call_too(value):
    assert called({"Dropout": {"rate": 0.5}}, tensor(), training=value).codes == []


@pytest.mark.parametrize("value", [None, True, 1, 0.5])
def test_a_tensor_may_be_written_as_a_number(value):
    assert called(LSTM, tensor(), mask=value).codes == []


def test_calls_of_unknown_classes_are_not_judged():
    item = {"class_name": "Mine", "module": "acme", "config": {}, "registered_name": "acme>Mine"}
    assert called(item, tensor(), whatever=1, training="gently").codes == []
