"""Which node is which: by name, by context, by neighbours, and never by a name that Keras counts."""

from __future__ import annotations

import copy
import random
from collections import Counter
from dataclasses import replace

import pytest
from architectures import (
    CONFIGS,
    architecture,
    changed,
    counted,
    golden,
    golden_config,
    graph,
    inserted,
    node,
    renamed,
    residual_net,
    source,
    without,
)

from modelspec.architecture.comparing.comparison import compare_sides
from modelspec.architecture.comparing.edits import Edit
from modelspec.architecture.comparing.finding_edits import edits_between
from modelspec.architecture.comparing.matching import match
from modelspec.architecture.comparing.sides import Side
from modelspec.architecture.model import Architecture, Call, Graph, Tensor
from modelspec.architecture.reading import read_architecture


def edits(before: Graph, after: Graph) -> tuple[Edit, ...]:
    return edits_between(Architecture(before, {}), Architecture(after, {}), match(before, after))


def ops(found: tuple[Edit, ...]) -> Counter[tuple[str, str | None]]:
    return Counter((edit.op, edit.follows) for edit in found)


# The order of a chain is its wiring.
@pytest.mark.parametrize("name", [name for name in CONFIGS if name != "chain"])
def test_the_order_of_layers_in_a_file_is_no_difference(name):
    config = golden_config(name)
    for seed in range(3):
        other = copy.deepcopy(config)
        random.Random(seed).shuffle(other["config"]["layers"])
        comparison = compare_sides(Side("a", golden(name)), Side("b", read_architecture(other)))
        assert comparison.edits == ()
        assert not comparison.differs


def test_all_names_changed_at_random_are_renames_and_nothing_else():
    before = residual_net(30)
    names = [item.name for item in before.nodes]
    others = [f"layer{number}" for number in range(len(names))]
    random.Random(1).shuffle(others)
    wanted = dict(zip(names, others, strict=True))
    after = renamed(before, wanted)
    assert match(before, after).forward == wanted
    assert ops(edits(before, after)) == {("rename", None): len(names)}


def test_one_layer_put_into_a_model_of_automatic_names_is_one_addition():
    before = residual_net(12, named=False)
    for after_node in (before.nodes[3].name, before.nodes[31].name, before.nodes[-2].name):
        with_new = inserted(before, after_node, node("new", "Dropout", "x", automatic=True, rate=0.5))
        after = counted(with_new, every=False)
        wanted = {old.name: new.name for old, new in zip(with_new.nodes, after.nodes, strict=True)}
        new = wanted.pop("new")
        assert match(before, after).forward == wanted
        found = [edit for edit in edits(before, after) if edit.follows is None]
        assert [(edit.op, edit.after_path) for edit in found] == [("add", (new,))]


def test_one_block_among_equal_ones_without_names_is_one_addition():
    before, after = residual_net(9, named=False), residual_net(10, named=False)
    found = [edit for edit in edits(before, after) if edit.follows is None]
    assert Counter(edit.op for edit in found) == {"add": 5}


def test_automatic_names_prove_nothing():
    before = counted(
        graph(source("x", 4), node("a", "Dense", "x", units=4), node("b", "Dense", "a", units=8))
    )
    after = counted(
        graph(
            source("x", 4),
            node("new", "Dense", "x", units=16),
            node("a", "Dense", "new", units=4),
            node("b", "Dense", "a", units=8),
        )
    )
    assert match(before, after).forward == {
        "input_layer": "input_layer",
        "dense": "dense_1",
        "dense_1": "dense_2",
    }


def test_a_written_name_wins_over_context():
    before = graph(source("x", 4), node("a", "Dense", "x", units=4), node("b", "Dense", "a", units=8))
    after = graph(source("x", 4), node("b", "Dense", "x", units=4), node("a", "Dense", "b", units=8))
    found = match(before, after)
    assert found.forward == {"x": "x", "a": "a", "b": "b"}
    assert {pair.why for pair in found.pairs} == {"name"}


def test_a_renamed_stage_is_known_by_its_context():
    before = residual_net(6)
    after = renamed(
        before,
        {item.name: item.name.replace("block3", "unit") for item in before.nodes if "block3" in item.name},
    )
    found = match(before, after)
    assert Counter(pair.why for pair in found.pairs) == {"name": 28, "context": 5}
    assert ops(edits(before, after)) == {("rename", None): 5}


def test_a_layer_that_was_renamed_and_edited_is_known_by_its_neighbours():
    before = residual_net(3)
    conv = next(item for item in before.nodes if item.name == "block1_conv")
    after = renamed(
        changed(before, "block1_conv", arguments={**conv.arguments, "filters": 4, "kernel_size": 5}),
        {"block1_conv": "wide"},
    )
    (pair,) = [pair for pair in match(before, after).pairs if pair.before == "block1_conv"]
    assert (pair.after, pair.why) == ("wide", "neighbours")


def test_layers_alike_in_everything_are_paired_in_order():
    nodes = [node(f"{name}", "Dense", "x", units=4) for name in "ab"]
    before = counted(graph(source("x", 4), *nodes, node("sum", "Add", "a", "b")))
    assert edits(before, before) == ()
    assert len(match(before, before).pairs) == 4


def test_one_name_of_two_classes_is_a_layer_that_was_replaced():
    before = graph(source("x", 8, 8, 4), node("pool", "MaxPooling2D", "x", pool_size=2))
    after = graph(source("x", 8, 8, 4), node("pool", "AveragePooling2D", "x", pool_size=2))
    assert ops(edits(before, after)) == {("replace", None): 1}


def test_a_shared_layer_keeps_its_calls_apart():
    shared = node("shared", "Dense", "x", units=4)
    twice = (*shared.calls, Call({"inputs": Tensor("relu")}, {}))
    before = architecture(
        source("x", 4),
        replace(shared, calls=twice),
        node("relu", "ReLU", "shared"),
        outputs=Tensor("shared", 1),
    ).graph
    after = renamed(before, {"shared": "tied", "relu": "act"})
    assert match(before, after).forward == {"x": "x", "shared": "tied", "relu": "act"}


def test_nested_models_are_matched_inside():
    before = golden("towers")
    models = [item for item in before.graph.nodes if item.graph is not None]
    assert models
    inner = models[0].graph
    assert inner is not None
    layer = next(item for item in inner.nodes if item.kind == "layer")
    after = changed(before.graph, models[0].name, graph=renamed(inner, {layer.name: "another"}))
    found = edits(before.graph, after)
    assert [(edit.op, edit.path, edit.after_path) for edit in found] == [
        ("rename", (models[0].name, layer.name), (models[0].name, "another"))
    ]


def test_the_pairs_of_the_other_direction_are_the_same_turned_round():
    first = residual_net(8, named=False)
    second = without(residual_net(11, named=False), "batch_normalization_4")
    found, turned = match(first, second), match(second, first)
    assert {(pair.before, pair.after, pair.why) for pair in found.pairs} == {
        (pair.after, pair.before, pair.why) for pair in turned.pairs
    }


def test_one_addition_among_a_thousand_nodes_of_automatic_names_is_one():
    before = residual_net(200, named=False)
    new = node("new", "Dropout", "x", automatic=True, rate=0.5)
    after = counted(inserted(before, "add_77", new), every=False)
    found = match(before, after)
    assert len(found.pairs) == len(before.nodes) == 1003
    assert [edit.op for edit in edits(before, after) if edit.follows is None] == ["add"]
