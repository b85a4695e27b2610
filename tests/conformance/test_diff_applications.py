"""Applications of Keras compared: no wrong pair, and as many operations as their papers count."""

from __future__ import annotations

import random
from collections import Counter
from functools import cache

import keras
import pytest
from architectures import counted, inserted, node, renamed

from modelspec.architecture.comparing.comparison import compare_sides
from modelspec.architecture.comparing.matching import match
from modelspec.architecture.comparing.sides import Side
from modelspec.compiler.diffing.sides import side_of_config
from modelspec.compiler.values import Options
from modelspec.diagnostics import Report
from modelspec.link.canonical import canonical, serialize


@cache
def side(name: str, *, facts: bool = False) -> Side:
    keras.utils.clear_session()
    with keras.StatelessScope(initialize_variables=False):
        model = getattr(keras.applications, name)(weights=None)
        config = canonical(serialize(model))
    return side_of_config(config, name, Report(), options=Options(cpu_only=True), facts=facts)


def test_all_177_names_of_resnet50_changed_give_no_wrong_pair():
    before = side("ResNet50", facts=True).architecture.graph
    others = [f"layer{number}" for number in range(len(before.nodes))]
    random.Random(5).shuffle(others)
    wanted = {item.name: other for item, other in zip(before.nodes, others, strict=True)}
    assert len(wanted) == 177
    assert match(before, renamed(before, wanted)).forward == wanted


@pytest.mark.parametrize("place", [3, 100, 200, 300])
def test_a_unit_put_into_inception_with_its_automatic_names_is_three_additions(place):
    before = side("InceptionV3").architecture.graph
    after_node = before.nodes[place].name
    conv = next(item for item in before.nodes if item.cls.endswith("Conv2D"))
    with_new = before
    for new in (
        node("new_relu", "Activation", "x", automatic=True, activation="relu"),
        node("new_bn", "BatchNormalization", "x", automatic=True, axis=3, scale=False),
        node("new_conv", "Conv2D", "x", automatic=True, **conv.arguments),
    ):
        with_new = inserted(with_new, after_node, new)
    after = counted(with_new, every=False)
    wanted = {old.name: new.name for old, new in zip(with_new.nodes, after.nodes, strict=True)}
    added = {wanted.pop(name) for name in ("new_relu", "new_bn", "new_conv")}
    assert match(before, after).forward == wanted
    comparison = compare_sides(
        side("InceptionV3"),
        Side("after", type(side("InceptionV3").architecture)(after, {})),
        level="auto-names",
    )
    own = [edit for edit in comparison.edits if edit.follows is None]
    assert {(edit.op, edit.after_path) for edit in own} == {("add", (name,)) for name in added}


def test_resnet101_is_resnet50_with_seventeen_blocks_more():
    found = compare_sides(side("ResNet50", facts=True), side("ResNet101", facts=True))
    assert Counter((edit.op, edit.follows) for edit in found.edits) == {
        ("add", None): 170,
        ("rewire", "edges"): 2,
        ("rename", None): 1,
    }
    assert found.fits is not None
    assert found.fits.by_name.count("new") == 306
    assert found.fits.by_name.count("misplaced") == 0


@pytest.mark.parametrize(
    ("name", "billions"),
    [
        ("ResNet50", 3.87),  # He and others, 2015, table 1, has 3.8, with other strides
        ("ResNet101", 7.58),
        ("VGG16", 15.5),  # Simonyan and Zisserman, 2014
        ("MobileNetV2", 0.300),  # Sandler and others, 2018, table 4
    ],
)
def test_an_application_costs_what_its_paper_says(name, billions):
    """Papers count a multiplication and its addition as one."""
    from modelspec.architecture.comparing.totals import totals_of

    totals = totals_of(side(name, facts=True))
    assert totals.uncounted == ()
    assert totals.flops is not None
    assert totals.flops / 2e9 == pytest.approx(billions, rel=0.05)
