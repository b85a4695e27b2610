"""Stored names and places: names of layers count, else the order that Keras 2 goes by."""

from __future__ import annotations

from typing import Any

import pytest

from modelspec.weights.older.flat_names import flat_names
from modelspec.weights.older.placing import Placed, place
from modelspec.weights.older.slots import Slots, slots_of


def layer(cls: str, name: str, **config: Any) -> dict[str, Any]:
    return {"class_name": cls, "config": {"name": name, **config}}


def inner(*layers: Any) -> Slots:
    model = layer("Functional", "inner", layers=list(layers))
    return slots_of(layer("Functional", "net", layers=[model]))["inner"]


def placed(slots: Slots, names: list[str]) -> list[str | None]:
    found = place(slots, names)
    return [
        found.addresses[at].removeprefix("layers/functional/layers/") if at in found.addresses else None
        for at in range(len(names))
    ]


TWO = inner(layer("Dense", "a"), layer("Dense", "b"))


def test_names_of_layers_count_more_than_the_order() -> None:
    assert placed(TWO, ["b/kernel:0", "b/bias:0", "a/kernel:0", "a/bias:0"]) == [
        "dense_1/vars/0",
        "dense_1/vars/1",
        "dense/vars/0",
        "dense/vars/1",
    ]


def test_names_that_are_out_of_date_give_way_to_the_order() -> None:
    old = ["old_1/kernel:0", "old_1/bias:0", "old_2/kernel:0", "old_2/bias:0"]
    assert placed(TWO, old) == ["dense/vars/0", "dense/vars/1", "dense_1/vars/0", "dense_1/vars/1"]


def test_names_that_moved_on_by_one_give_way_to_the_order() -> None:
    moved = ["z/kernel:0", "z/bias:0", "a/kernel:0", "a/bias:0"]
    assert placed(TWO, moved) == ["dense/vars/0", "dense/vars/1", "dense_1/vars/0", "dense_1/vars/1"]


def test_the_model_around_tells_layers_of_one_name_apart() -> None:
    def part(name: str) -> dict[str, Any]:
        return layer("Functional", name, layers=[layer("Dense", "a", use_bias=False)])

    slots = inner(part("left"), part("right"))
    assert placed(slots, ["right/a/kernel:0", "left/a/kernel:0"]) == [
        "functional_1/layers/dense/vars/0",
        "functional/layers/dense/vars/0",
    ]


def test_what_a_class_does_not_have_in_keras_3_is_left() -> None:
    slots = inner(layer("BatchNormalization", "bn"), layer("Dense", "a", use_bias=False))
    names = ["bn/gamma:0", "bn/beta:0", "bn/moving_mean:0", "bn/moving_variance:0", "bn/renorm_mean:0"]
    found = place(slots, [*names, "a/kernel:0"])
    assert found.left == (4,)
    assert sorted(found.addresses) == [0, 1, 2, 3, 5]


def test_a_class_that_nobody_knows_has_its_own_variables_by_number() -> None:
    slots = inner(layer("Acme", "acme"), layer("Dense", "a"))
    names = ["acme/w:0", "acme/v:0", "acme/sub/kernel:0", "a/kernel:0", "a/bias:0"]
    assert placed(slots, names) == [
        "acme/vars/0",
        "acme/vars/1",
        "acme/sub/vars/0",
        "dense/vars/0",
        "dense/vars/1",
    ]


def test_nothing_stored_has_no_place() -> None:
    assert place(inner(layer("Dropout", "d")), []) == Placed({})


@pytest.mark.parametrize(
    ("name", "stored", "expected"),
    [
        ("a", ["a/kernel:0", "a/bias:0"], ["a/kernel", "a/bias"]),
        ("a", ["a/depthwise_kernel:0", "a/bias:0"], ["a/0", "a/1"]),
        ("block/a", ["block/a/kernel:0"], ["block/a/kernel"]),
        (
            "l",
            ["l/lstm_cell_3/kernel:0", "l/lstm_cell_3/recurrent_kernel:0"],
            ["l/cell/kernel", "l/cell/recurrent_kernel"],
        ),
        ("l", ["l/kernel:0", "l/recurrent_kernel:0"], ["l/cell/kernel", "l/cell/recurrent_kernel"]),
        (
            "b",
            ["b/forward_gru/gru_cell/kernel:0", "b/backward_gru/gru_cell_1/kernel:0"],
            ["b/forward_layer/cell/kernel", "b/backward_layer/cell/kernel"],
        ),
        (
            "r",
            [f"r/stacked_rnn_cells/{cell}/kernel:0" for cell in ("lstm_cell_4", "gru_cell", "lstm_cell_5")],
            [f"r/cell/cells/{cell}/kernel" for cell in ("lstm_cell", "gru_cell", "lstm_cell_1")],
        ),
        ("m", ["m/attention_output/bias:0"], ["m/output_dense/bias"]),
        ("t", ["t/kernel:0"], ["t/layer/kernel"]),
        ("inner", ["dense/kernel:0", "bn/gamma:0"], ["inner/dense/kernel", "inner/bn/gamma"]),
    ],
)
def test_without_a_config_a_value_has_every_name_that_it_may_have(
    name: str, stored: list[str], expected: list[str]
) -> None:
    for names, one in zip(flat_names(name, stored), expected, strict=True):
        assert one in names
