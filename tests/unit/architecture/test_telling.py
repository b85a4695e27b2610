"""Equal edits are told once, at the line they share; additions by runs, renames by their pattern."""

from __future__ import annotations

import pytest
from architectures import changed, graph, inserted, node, renamed, residual_net, source, without

from modelspec.architecture.comparing.comparison import Comparison, compare_sides
from modelspec.architecture.comparing.sides import Facts, NodePath, Side, Site, Use
from modelspec.architecture.model import Architecture, Graph, Tensor
from modelspec.architecture.telling.patterns import pattern_of, rename_patterns
from modelspec.architecture.telling.story import Story
from modelspec.architecture.telling.tell import tell
from modelspec.architecture.telling.words import key_text, shape_text, structure_text, value_text


def compared(
    before: Graph,
    after: Graph,
    *,
    sites: dict[NodePath, Site] | None = None,
    shapes: tuple[dict, dict] | None = None,
) -> Comparison:
    facts = [Facts(given, ()) if given is not None else None for given in shapes or (None, None)]
    return compare_sides(
        Side("a", Architecture(before, {}), facts[0]),
        Side("b", Architecture(after, {}), facts[1], sites=sites or {}),
    )


def told(before: Graph, after: Graph, **given) -> Story:
    return tell(compared(before, after, **given))


def every(found: Graph, ending: str, **fields) -> Graph:
    for item in found.nodes:
        if item.name.endswith(ending):
            found = changed(found, item.name, **{key: value(item) for key, value in fields.items()})
    return found


def wider(found: Graph, filters: int = 8) -> Graph:
    return every(found, "_conv", arguments=lambda item: {**item.arguments, "filters": filters})


NET = residual_net(4)
SITES = {
    (item.name,): Site(
        f"net.yaml:{12 + len(item.name.partition('_')[2])}",
        item.name.partition("_")[2],
        "residual",
        "net.yaml:9",
        (Use(f"in block `residual`, repeat {number}, used at", "net.yaml:30"),),
    )
    for number, item in enumerate(NET.nodes)
    if item.name.startswith("block")
}


def test_a_block_that_was_edited_once_is_told_once_with_its_line():
    story = told(NET, wider(NET), sites=SITES)
    (block,) = story.blocks
    assert (block.name, block.place, block.instances) == ("residual", "net.yaml:9", 4)
    (item,) = block.items
    assert (item.label, item.cls, item.place) == ("conv", "Conv2D", "net.yaml:16")
    assert [(change.what, change.values) for change in item.changes] == [("filters", (("4", "8"),))]
    assert story.items == ()
    assert story.counts == ((1, "block edited"),)


def test_two_edits_of_one_block_are_two_lines_of_it():
    after = every(wider(NET), "_out", cls=lambda item: "keras.layers.Softmax")
    (block,) = told(NET, after, sites=SITES).blocks
    assert [(item.label, [change.what for change in item.changes]) for item in block.items] == [
        ("conv", ["filters"]),
        ("out", [""]),
    ]


def test_values_that_differ_from_instance_to_instance_stand_in_one_line():
    after = NET
    for number, item in enumerate(NET.nodes):
        if item.name.endswith("_conv"):
            after = changed(after, item.name, arguments={**item.arguments, "filters": 10 + number})
    (block,) = told(NET, after, sites=SITES).blocks
    assert len(block.items[0].changes[0].values) == 4


def test_without_places_equal_edits_are_told_once_by_the_pattern_of_names():
    (item,) = told(NET, wider(NET)).items
    assert (item.label, len(item.nodes)) == ("block*_conv", 4)


def test_an_edit_that_layers_of_every_class_share_is_told_once():
    after = NET
    for item in NET.nodes[1:]:
        after = changed(after, item.name, dtype="mixed_float16")
    (found,) = told(NET, after, sites=SITES).items
    assert (found.label, found.cls) == ("22 layers", "")
    assert [(change.what, change.values) for change in found.changes] == [
        ("dtype", (("float32", "mixed_float16"),))
    ]


def test_connected_layers_that_were_added_are_one_run_between_what_was_there():
    story = told(NET, residual_net(5))
    (run,) = story.added
    assert (run.label, len(run.nodes)) == ("block4_*", 5)
    assert (run.sources, run.readers) == (("block3_out",), ("pool",))
    assert run.what == "ReLU ×2, Conv2D, BatchNormalization, Add"


def test_a_run_that_is_gone_says_what_feeds_what_now():
    (run,) = told(residual_net(5), NET).removed
    assert run.joined == (("block3_out", "pool"),)


def test_one_layer_is_shown_with_its_arguments():
    after = inserted(NET, "pool", node("drop", "Dropout", "x", rate=0.5))
    (run,) = told(NET, after).added
    assert (run.what, run.sources, run.readers) == ("Dropout(rate=0.5)", ("pool",), ("probs",))


def test_runs_that_differ_in_numbers_only_are_told_together():
    after = NET
    for number in range(4):
        after = inserted(after, f"block{number}_relu", node(f"block{number}_drop", "Dropout", "x", rate=0.1))
    (run,) = told(NET, after).added
    assert (run.label, run.times, len(run.nodes)) == ("block*_drop", 4, 4)


def test_a_layer_that_is_gone_at_the_end_tells_the_outputs():
    (run,) = told(NET, without(NET, "probs")).removed
    assert run.readers == ("outputs",)


def test_what_follows_is_counted_and_not_told():
    before = residual_net(3, named=False)
    after = inserted(before, "re_lu_1", node("drop", "Dropout", "x", rate=0.5))
    story = told(before, after)
    assert (story.rewired, story.renamed) == ((), ())
    assert story.counts == ((1, "added"),)


def test_kinds_can_be_asked_for_alone():
    after = renamed(wider(residual_net(5)), {"pool": "mean"})
    story = tell(compared(NET, after), only=("rename",))
    assert story.counts == ((1, "renamed"),)


def test_a_shape_is_told_where_it_begins_and_counted_below():
    before = graph(
        source("x", 4),
        node("a", "Dense", "x", units=4),
        node("b", "ReLU", "a"),
        node("c", "Dense", "b", units=2),
    )
    after = changed(before, "a", arguments={"units": 6})
    shapes = tuple(
        {("x",): ([None, 4],), ("a",): ([None, units],), ("b",): ([None, units],), ("c",): ([None, 2],)}
        for units in (4, 6)
    )
    story = told(before, after, shapes=shapes)
    assert [(item.label, item.shapes) for item in story.items] == [("a", (("(None, 4)", "(None, 6)"),))]
    assert story.followers == 1


def test_outputs_of_the_same_name_that_are_another_layer_are_told_apart():
    layers = [source("x", 4), *(node(f"dense_{n}", "Dense", "x", units=n, automatic=True) for n in (1, 2))]
    before = graph(*layers, outputs=Tensor("dense_1"))
    swapped = renamed(before, {"dense_1": "dense_2", "dense_2": "dense_1"}, automatic=True)
    (whole,) = told(before, graph(*swapped.nodes, outputs=Tensor("dense_1"))).wholes
    assert (whole.before, whole.after) == ("dense_1 (now dense_2)", "dense_1 (was dense_2)")


def test_what_a_layer_reads_is_told_apart_likewise():
    layers = [source("x", 4), *(node(f"dense_{n}", "Dense", "x", units=n, automatic=True) for n in (1, 2))]
    before = graph(*layers, node("add", "Add", "dense_1", "x"), outputs=[Tensor("add"), Tensor("dense_2")])
    swapped = renamed(before, {"dense_1": "dense_2", "dense_2": "dense_1"}, automatic=True)
    after = changed(swapped, "add", calls=node("add", "Add", "dense_1", "x").calls)
    (one,) = told(before, after).rewired
    assert (one.before, one.after) == ("[dense_1 (now dense_2), x]", "[dense_1 (was dense_2), x]")


DENSE = "keras.layers.Dense"


@pytest.mark.parametrize(
    ("cls", "before", "after", "said"),
    [
        ("Dense", {}, {"activation": "softmax"}, ("activation", ("linear", "softmax"))),
        ("Dense", {"use_bias": False}, {}, ("use_bias", ("false", "true"))),
        (
            "Dense",
            {},
            {"kernel_initializer": {"class": "keras.initializers.HeNormal", "arguments": {}}},
            ("kernel_initializer", ("GlorotUniform", "HeNormal")),
        ),
        (
            "Dense",
            {},
            {"kernel_regularizer": {"class": "keras.regularizers.L2", "arguments": {}}},
            ("kernel_regularizer", ("none", "L2")),
        ),
        ("MaxPooling2D", {"pool_size": 3}, {"pool_size": 3, "strides": 1}, ("strides", ("3", "1"))),
        (
            "Bidirectional",
            {"layer": {"class": DENSE, "arguments": {"units": 3}}},
            {"layer": {"class": DENSE, "arguments": {"units": 3, "activation": "relu"}}},
            ("layer.activation", ("linear", "relu")),
        ),
        (
            "Bidirectional",
            {"layer": {"class": DENSE, "arguments": {"units": 3}}},
            {"layer": {"class": DENSE, "arguments": {"units": 3, "name": "own"}}},
            ("layer.name", ("default", "own")),
        ),
    ],
)
def test_where_nothing_is_written_the_value_that_keras_takes_is_told(cls, before, after, said):
    first = graph(source("x", 4, 4, 3), node("a", cls, "x", **before))
    (item,) = told(first, changed(first, "a", arguments=after)).items
    assert [(change.what, *change.values) for change in item.changes] == [said]


def test_an_argument_that_nobody_knows_the_default_of_is_told_as_default():
    first = graph(source("x", 4), node("a", "Dense", "x", units=4))
    first = changed(first, "a", cls="acme>Gate")
    (item,) = told(first, changed(first, "a", arguments={"units": 4, "gate": 2})).items
    assert [(change.what, change.values) for change in item.changes] == [("gate", (("default", "2"),))]


def adam(**arguments: object) -> dict:
    return {"class": "keras.optimizers.Adam", "arguments": arguments}


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ({"optimizer": adam()}, {"optimizer": adam(learning_rate=0.002)}, ("0.001", "0.002")),
        ({"optimizer": adam(clipnorm=1.0)}, {"optimizer": adam()}, ("1.0", "none")),
        ({"loss": "mse"}, {"loss": "mse", "metrics": ["accuracy"]}, ("none", "[accuracy]")),
        ({"loss": "mse"}, {"loss": "mse", "steps_per_execution": 4}, ("1", "4")),
        ({"loss": {"a": "mse"}}, {"loss": {"a": "mse", "b": "mae"}}, ("none", "mae")),
        ({}, {"loss": "mse"}, ("none", "mse")),
    ],
)
def test_compile_settings_are_told_by_what_keras_takes_too(before, after, said):
    story = tell(
        compare_sides(Side("a", Architecture(NET, before), None), Side("b", Architecture(NET, after), None))
    )
    assert [(whole.before, whole.after) for whole in story.compiled] == [said]


@pytest.mark.parametrize(
    ("names", "pattern"),
    [
        (["stem"], "stem"),
        (["conv4_block1_1_conv", "conv4_block12_1_conv"], "conv4_block*_1_conv"),
        (["block4_conv", "block4_bn"], "block4_*"),
        (["a", "b"], None),
    ],
)
def test_names_have_a_pattern_where_they_share_one(names, pattern):
    assert pattern_of(names) == pattern


@pytest.mark.parametrize(
    ("pairs", "patterns"),
    [
        (
            [("conv4_block1_1_conv", "stageC_unit1_1_conv"), ("conv4_block2_out", "stageC_unit2_out")],
            [("conv4_block*", "stageC_unit*", 2)],
        ),
        ([("a_conv", "a_convolution"), ("b_conv", "b_convolution")], [("*conv", "*convolution", 2)]),
        (
            [("u_0_bn", "stage_0_norm"), ("u_1_bn", "stage_1_norm"), ("u_1_relu", "stage_1_act")],
            [("u_*_bn", "stage_*_norm", 2), ("u_1_relu", "stage_1_act", 1)],
        ),
        ([("pool", "mean"), ("probs", "scores")], [("pool", "mean", 1), ("probs", "scores", 1)]),
        ([], []),
    ],
)
def test_renames_are_told_by_what_changed(pairs, patterns):
    assert [(one.before, one.after, len(one.names)) for one in rename_patterns(pairs)] == patterns


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        ("relu", "relu"),
        ("", '""'),
        ("a\nb", '"a\\nb"'),
        ({"class": "keras.regularizers.L2", "arguments": {"l2": 0.1}}, "L2(l2=0.1)"),
        ({"class": "acme>Pool", "arguments": {}}, "acme>Pool"),
        ({"keras": {"class_name": "Odd", "config": {}}}, "Odd"),
        ([1, [2, 3]], "[1, [2, 3]]"),
        ("x" * 100, "x" * 59 + "…"),
    ],
)
def test_a_value_stands_on_one_line(value, text):
    assert value_text(value) == text


def test_keys_shapes_and_tensors_are_written_as_in_a_document():
    assert key_text(("arguments", "layer", "arguments", "units")) == "layer.units"
    assert key_text(("calls", 0, "arguments", "training")) == "call.training"
    assert shape_text([None, 3]) == "(None, 3)"
    assert shape_text([[None, 3], []]) == "[(None, 3), ()]"
    assert structure_text({"inputs": {"tensor": ["lstm", 0, [1]]}}) == "lstm.1"
    assert structure_text({"query": {"tensor": ["a", 1, []]}, "value": [{"tensor": ["b", 0, []]}]}) == (
        "query: a (call 2), value: [b]"
    )
