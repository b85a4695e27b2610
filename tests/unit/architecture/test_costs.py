"""Floating-point operations by formulas, held to numbers that were worked out by hand."""

from __future__ import annotations

import pytest
from architectures import graph, node, source

from modelspec.architecture.costs.call import Call, Unknown
from modelspec.architecture.costs.formulas import LAYERS, OPERATIONS
from modelspec.architecture.costs.operations_of import cost_of
from modelspec.architecture.model import Tensor
from modelspec.catalog.load import newest_packaged_catalog

KERNEL = "kernel"


def call(cls, arguments, reads, gives, variables):
    given = {"inputs": (reads,)} if isinstance(reads, tuple) else reads
    return Call(cls, arguments, given, (gives,), variables)


@pytest.mark.parametrize(
    ("cls", "arguments", "reads", "gives", "variables", "flops"),
    [
        # 2 · 3 · 5 for the products, 5 biases, 5 activations.
        ("Dense", {"activation": "relu"}, (None, 3), (None, 5), {KERNEL: (3, 5), "bias": (5,)}, 40),
        ("Dense", {}, (None, 7, 3), (None, 7, 5), {KERNEL: (3, 5)}, 7 * 30),
        # 4 · 4 positions, each 3 · 3 · 2 · 8 products.
        ("Conv2D", {}, (None, 6, 6, 2), (None, 4, 4, 8), {KERNEL: (3, 3, 2, 8)}, 2 * 16 * 144),
        (
            "Conv2D", {"data_format": "channels_first"}, (None, 2, 6, 6), (None, 8, 4, 4),
            {KERNEL: (3, 3, 2, 8)}, 2 * 16 * 144,
        ),
        # In two groups each filter sees half of the channels, and the kernel says so.
        ("Conv2D", {"groups": 2}, (None, 6, 6, 4), (None, 4, 4, 8), {KERNEL: (3, 3, 2, 8)}, 2 * 16 * 144),
        ("DepthwiseConv2D", {}, (None, 6, 6, 4), (None, 4, 4, 4), {KERNEL: (3, 3, 4, 1)}, 2 * 16 * 36),
        (
            "SeparableConv2D", {}, (None, 6, 6, 4), (None, 4, 4, 8),
            {"depthwise_kernel": (3, 3, 4, 1), "pointwise_kernel": (1, 1, 4, 8)}, 2 * 16 * (36 + 32),
        ),
        ("Conv2DTranspose", {}, (None, 4, 4, 2), (None, 8, 8, 3), {KERNEL: (2, 2, 3, 2)}, 2 * 16 * 24),
        ("MaxPooling2D", {"pool_size": 3}, (None, 6, 6, 2), (None, 2, 2, 2), {}, 8 * 9),
        ("GlobalAveragePooling2D", {}, (None, 6, 6, 2), (None, 2), {}, 72),
        ("BatchNormalization", {}, (None, 6, 2), (None, 6, 2), {}, 24),
        ("LayerNormalization", {}, (None, 6, 2), (None, 6, 2), {}, 96),
        ("Softmax", {}, (None, 10), (None, 10), {}, 40),
        ("Add", {}, {"inputs": ((None, 4), (None, 4), (None, 4))}, (None, 4), {}, 8),
        ("Flatten", {}, (None, 4, 4), (None, 16), {}, 0),
        # Four gates: each step multiplies 3 inputs and 5 states by 20 columns.
        ("LSTM", {}, (None, 7, 3), (None, 5), {"cell/kernel": (3, 20), "cell/recurrent_kernel": (5, 20)},
         2 * 7 * (60 + 100)),
        ("EinsumDense", {"equation": "abc,cde->abde"}, (None, 7, 3), (None, 7, 2, 5), {KERNEL: (3, 2, 5)},
         2 * 7 * 30),
        (
            "MultiHeadAttention", {}, {"query": ((None, 6, 8),), "value": ((None, 4, 8),)}, (None, 6, 8),
            {
                "query_dense/kernel": (8, 2, 3), "key_dense/kernel": (8, 2, 3),
                "value_dense/kernel": (8, 2, 5), "output_dense/kernel": (2, 5, 8),
            },
            # The projections, then for each of 2 heads and 6 · 4 pairs 3 + 5 products and a softmax.
            2 * (6 * 48 + 4 * 48 + 4 * 80 + 6 * 80) + 2 * 24 * (6 + 10 + 4),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_layer_costs_what_its_formula_says(cls, arguments, reads, gives, variables, flops):
    assert LAYERS[cls](call(f"keras.layers.{cls}", arguments, reads, gives, variables)) == flops


@pytest.mark.parametrize(
    ("operation", "arguments", "reads", "gives", "flops"),
    [
        ("matmul", {}, ((None, 3, 4), (None, 4, 5)), (None, 3, 5), 2 * 3 * 4 * 5),
        ("einsum", {"subscripts": "bij,bjk->bik"}, ((None, 3, 4), (None, 4, 5)), (None, 3, 5), 2 * 3 * 4 * 5),
        ("add", {}, ((None, 3), (None, 3)), (None, 3), 3),
        ("reshape", {}, ((None, 6),), (None, 2, 3), 0),
    ],
)
def test_an_operation_does_too(operation, arguments, reads, gives, flops):
    given = Call(f"keras.ops.{operation}", arguments, {"x": reads}, (gives,), {})
    assert OPERATIONS[operation](given) == flops


def test_every_class_that_has_a_formula_is_one_of_keras():
    catalog = newest_packaged_catalog()
    names = set(catalog.class_names())
    assert {name for name in LAYERS if name not in names} == set()
    operations = {entry.name.removeprefix("keras.ops.") for entry in catalog.operations()}
    assert {name for name in OPERATIONS if name not in operations | {"get_item"}} == set()


def test_an_open_size_is_unknown_and_no_zero():
    with pytest.raises(Unknown, match="a size is open"):
        LAYERS["Dense"](call("keras.layers.Dense", {}, (None, None, 3), (None, None, 5), {KERNEL: (3, 5)}))


NET = graph(
    source("x", 3),
    node("a", "Dense", "x", units=5),
    node("odd", "Mystery", "a"),
    node("b", "Dense", "odd", units=2),
)
SHAPES = {
    ("x",): ([None, 3],),
    ("a",): ([None, 5],),
    ("odd",): ([None, 5],),
    ("b",): ([None, 2],),
}
VARIABLES = {("a",): {"kernel": (3, 5)}, ("b",): {"kernel": (5, 2)}}


def test_what_has_no_formula_is_told_and_the_rest_is_counted():
    cost = cost_of(NET, SHAPES, VARIABLES)
    assert cost.flops == 2 * 15 + 2 * 10
    assert [path for path, _ in cost.unknown] == [("odd",)]
    assert "keras.layers.Mystery" in cost.unknown[0][1]


def test_without_shapes_nothing_is_counted_as_free():
    cost = cost_of(NET, {}, VARIABLES)
    assert cost.flops == 0
    assert [path for path, _ in cost.unknown] == [("a",), ("odd",), ("b",)]


def test_a_model_that_is_called_twice_costs_twice():
    from dataclasses import replace

    inner = graph(source("y", 3), node("d", "Dense", "y", units=3), name="core")
    core = replace(node("core", "Functional", "x"), kind="model", cls="Functional", graph=inner)
    twice = replace(core, calls=(*core.calls, replace(core.calls[0], tensors={"inputs": Tensor("core")})))
    outer = graph(source("x", 3), twice, outputs=Tensor("core", 1))
    shapes = {("core", "y"): ([None, 3],), ("core", "d"): ([None, 3],)}
    cost = cost_of(outer, shapes, {("core", "d"): {"kernel": (3, 3)}})
    assert (cost.flops, cost.unknown) == (2 * 18, ())


def test_a_layer_for_each_step_costs_its_steps():
    inner = {"class": "keras.layers.Dense", "arguments": {"units": 5}}
    net = graph(source("x", 7, 3), node("each", "TimeDistributed", "x", layer=inner))
    shapes = {("x",): ([None, 7, 3],), ("each",): ([None, 7, 5],)}
    assert cost_of(net, shapes, {("each",): {"layer/kernel": (3, 5)}}).flops == 7 * 30
