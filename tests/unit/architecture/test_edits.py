"""What is found to have been done to an architecture, and that it makes the second of the first."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from architectures import (
    CONFIGS,
    changed,
    counted,
    golden,
    graph,
    inserted,
    mirrored,
    node,
    renamed,
    residual_net,
    source,
    without,
)

from modelspec.architecture.comparing.applying import apply
from modelspec.architecture.comparing.edits import ABSENT, Edit
from modelspec.architecture.comparing.finding_edits import edits_between
from modelspec.architecture.comparing.levels import at_level
from modelspec.architecture.comparing.matching import match
from modelspec.architecture.comparing.record import edit_data, edit_of
from modelspec.architecture.model import Architecture, Graph, Tensor


def edits(before: Architecture, after: Architecture) -> tuple[Edit, ...]:
    return edits_between(before, after, match(before.graph, after.graph))


def of(before: Graph, after: Graph) -> list[tuple[object, ...]]:
    found = edits(Architecture(before, {}), Architecture(after, {}))
    return [(edit.op, edit.path, edit.after_path, edit.key, edit.follows) for edit in found]


def thing(cls: str, **arguments: object) -> dict[str, object]:
    return {"class": cls, "arguments": arguments}


NET = graph(
    source("x", 8),
    node("a", "Dense", "x", units=4, activation="relu"),
    node("b", "Dense", "a", units=4),
    node("sum", "Add", "a", "b"),
    node("probs", "Dense", "sum", units=2),
)


def test_an_argument_is_told_with_both_values():
    after = changed(NET, "a", arguments={"units": 6, "activation": "relu"})
    (edit,) = edits(Architecture(NET, {}), Architecture(after, {}))
    assert (edit.op, edit.path, edit.key, edit.before, edit.after) == (
        "argument", ("a",), ("arguments", "units"), 4, 6,
    )  # fmt: skip


def test_an_argument_that_is_only_on_one_side_has_no_value_on_the_other():
    after = changed(NET, "a", arguments={"units": 4})
    (edit,) = edits(Architecture(NET, {}), Architecture(after, {}))
    assert (edit.key, edit.before, edit.after) == (("arguments", "activation"), "relu", ABSENT)
    assert "after" not in edit_data(edit)


@pytest.mark.parametrize(
    ("before", "after", "key"),
    [
        (1, 1.0, ()),
        (1, True, ()),
        (thing("L2", l2=0.1), thing("L2", l2=0.2), ("arguments", "l2")),
        (thing("L2"), thing("L2", l2=0.2), ("arguments", "l2")),
        (thing("L2"), thing("L1"), ()),
        ([3, 3], [3, 5], ()),
        ([thing("A", a=1)], [thing("A", a=2)], (0, "arguments", "a")),
        ([thing("A", a=1)], [], ()),
    ],
    ids=str,
)  # fmt: skip
def test_values_differ_as_deep_as_they_are_alike(before, after, key):
    first = changed(NET, "b", arguments={"units": 4, "given": before})
    second = changed(NET, "b", arguments={"units": 4, "given": after})
    (edit,) = edits(Architecture(first, {}), Architecture(second, {}))
    assert edit.key == ("arguments", "given", *key)
    assert apply(Architecture(first, {}), [edit]) == Architecture(second, {})


def test_a_layer_put_on_an_edge_is_no_rewiring_of_what_reads_it():
    after = inserted(NET, "sum", node("drop", "Dropout", "x", rate=0.5))
    assert of(NET, after) == [
        ("add", None, ("drop",), (), None),
        ("rewire", ("probs",), ("probs",), ("calls", 0, "tensors"), "edges"),
    ]


def test_a_layer_that_is_gone_is_no_rewiring_either():
    after = inserted(NET, "sum", node("drop", "Dropout", "x", rate=0.5))
    assert of(after, NET) == [
        ("rewire", ("probs",), ("probs",), ("calls", 0, "tensors"), "edges"),
        ("remove", ("drop",), None, (), None),
    ]


def test_a_branch_that_is_added_to_a_merge_is_no_rewiring():
    new = node("c", "Dense", "x", units=4)
    after = graph(
        *(item for item in NET.nodes if item.name not in ("sum", "probs")),
        new,
        node("sum", "Add", "a", "b", "c"),
        node("probs", "Dense", "sum", units=2),
    )
    assert [entry[0::4] for entry in of(NET, after)] == [("add", None), ("rewire", "edges")]


def test_a_layer_that_reads_another_that_was_there_is_rewired():
    after = graph(
        *(item for item in NET.nodes if item.name not in ("sum", "probs")),
        node("sum", "Add", "x", "b"),
        node("probs", "Dense", "sum", units=2),
    )
    assert of(NET, after) == [("rewire", ("sum",), ("sum",), ("calls", 0, "tensors"), None)]


def test_inputs_of_a_merge_that_change_places_are_rewired():
    after = graph(
        *(item for item in NET.nodes if item.name not in ("sum", "probs")),
        node("sum", "Add", "b", "a"),
        node("probs", "Dense", "sum", units=2),
    )
    assert [entry[0::4] for entry in of(NET, after)] == [("rewire", None)]


def test_another_output_is_told():
    after = replace(NET, outputs=[Tensor("probs"), Tensor("b")])
    assert [entry[0::4] for entry in of(NET, after)] == [("outputs", None)]


def test_dtype_and_trainable_are_told():
    after = changed(NET, "a", dtype="mixed_float16", trainable=False)
    assert [entry[3] for entry in of(NET, after)] == [("dtype",), ("trainable",)]


def test_compile_settings_are_told_at_their_key():
    adam = {"optimizer": {"class": "keras.optimizers.Adam", "arguments": {}}, "loss": "mse"}
    slow = {"optimizer": {"class": "keras.optimizers.Adam", "arguments": {"learning_rate": 0.1}}}
    found = edits(Architecture(NET, adam), Architecture(NET, slow))
    assert [(edit.op, edit.key, edit.before, edit.after) for edit in found] == [
        ("compile", ("optimizer", "arguments", "learning_rate"), ABSENT, 0.1),
        ("compile", ("loss",), "mse", ABSENT),
    ]
    assert apply(Architecture(NET, adam), found) == Architecture(NET, slow)


def test_names_that_keras_counts_anew_are_marked_and_left_out_at_a_lower_level():
    before = residual_net(4, named=False)
    new = node("new", "Conv2D", "x", automatic=True, filters=8)
    after = counted(inserted(before, "re_lu", new), every=False)
    found = edits(Architecture(before, {}), Architecture(after, {}))
    renames = [edit for edit in found if edit.op == "rename"]
    assert len(renames) == 3
    assert {edit.follows for edit in renames} == {"names"}
    assert [edit.op for edit in at_level(found, "auto-names")] == ["add", "rewire"]


def test_at_the_level_of_structure_no_name_counts():
    after = renamed(NET, {"a": "first", "b": "second"})
    found = edits(Architecture(NET, {}), Architecture(after, {}))
    assert len(at_level(found, "auto-names")) == 2
    assert at_level(found, "structure") == ()


def test_names_of_layers_inside_layers_are_names():
    def wrapping(name: str) -> Graph:
        inner = {"class": "keras.layers.Dense", "arguments": {"name": name, "units": 2}}
        return graph(source("x", 4, 3), node("each", "TimeDistributed", "x", layer=inner))

    def left(before: str, after: str, level: str) -> int:
        found = edits(Architecture(wrapping(before), {}), Architecture(wrapping(after), {}))
        return len(at_level(found, level))

    assert [left("dense", "dense_3", level) for level in ("exact", "auto-names", "structure")] == [1, 0, 0]
    assert [left("dense", "score", level) for level in ("exact", "auto-names", "structure")] == [1, 1, 0]


EDITED = [
    (NET, without(NET, "b")),
    (NET, renamed(changed(NET, "a", arguments={"units": 9}), {"a": "first"})),
    (residual_net(3), residual_net(5)),
    (residual_net(3, named=False), residual_net(2)),
    (NET, residual_net(1)),
    (golden("towers").graph, golden("blocks").graph),
    (golden("operations").graph, golden("wrappers").graph),
    (NET, Graph("whole", "acme>Net", {"model": {"keras": {"class_name": "Net"}}}, (), None, None)),
]


@pytest.mark.parametrize(("before", "after"), EDITED, ids=range(len(EDITED)))
def test_the_edits_make_the_second_of_the_first_and_back_through_json_too(before, after):
    pair = Architecture(before, {"loss": "mse"}), Architecture(after, {})
    for first, second in (pair, pair[::-1]):
        found = edits(first, second)
        assert apply(first, found) == second
        data = json.loads(json.dumps([edit_data(edit) for edit in found]))
        assert apply(first, map(edit_of, data)) == second


@pytest.mark.parametrize(("before", "after"), EDITED, ids=range(len(EDITED)))
def test_the_other_direction_is_the_mirror(before, after):
    pair = Architecture(before, {}), Architecture(after, {})
    there, back = edits(*pair), edits(*pair[::-1])
    assert sorted(map(repr, there)) == sorted(repr(mirrored(edit)) for edit in back)


@pytest.mark.parametrize("name", CONFIGS)
def test_inside_nested_models_edits_are_made_too(name):
    before = golden(name)
    nested = [item for item in before.graph.nodes if item.graph is not None and item.graph.nodes]
    for model in nested:
        assert model.graph is not None
        inner = next(item for item in model.graph.nodes if item.kind == "layer")
        wanted = renamed(changed(model.graph, inner.name, trainable=False), {inner.name: "other"})
        after = replace(before, graph=changed(before.graph, model.name, graph=wanted))
        found = edits(before, after)
        assert {edit.op for edit in found} == {"rename", "argument"}
        assert apply(before, found) == after


def test_a_nested_model_that_is_renamed_takes_its_own_name_along():
    before = golden("towers").graph
    model = next(item for item in before.nodes if item.graph is not None)
    assert model.graph is not None
    inner = replace(model.graph, name="tower_x") if model.graph.name == model.name else model.graph
    after = renamed(changed(before, model.name, graph=inner), {model.name: "tower_x"})
    found = edits(Architecture(before, {}), Architecture(after, {}))
    assert apply(Architecture(before, {}), found) == Architecture(after, {})
