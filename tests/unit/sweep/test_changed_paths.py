"""What two documents differ in, by the paths that `--set` takes."""

from __future__ import annotations

import pytest

from modelspec.diagnostics import Report, Source
from modelspec.language.merge import History
from modelspec.language.override import Override, apply_override
from modelspec.source.reader import read_tree
from modelspec.source.tree import Mapping
from modelspec.sweep.changed import changes_between
from modelspec.sweep.same_tree import says_the_same
from modelspec.sweep.written import flow

NET = """\
modelspec: 1
vars: {width: 4, sizes: [1, 2]}
compile: {optimizer: {Adam: {learning_rate: 0.1}}, loss: mse}
layers:
  - Dense: {units: $width}
    name: hidden
  - keras.layers.Dropout: {rate: 0.5}
    name: drop
  - Flatten
  - Dense: {units: 2}
"""


def tree_of(text: str) -> Mapping:
    report = Report()
    tree = read_tree(Source("net.yaml", text), report)
    report.raise_if_errors()
    assert isinstance(tree, Mapping)
    return tree


def shown(one: str, two: str) -> list[tuple[str, str | None, str | None]]:
    return [
        (change.path, change.before and flow(change.before), change.after and flow(change.after))
        for change in changes_between(tree_of(one), tree_of(two))
    ]


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        ("width: 4", "width: 8", ("vars.width", "4", "8")),
        ("width: 4", "width: 4.0", ("vars.width", "4", "4.0")),
        ("[1, 2]", "[1, 3]", ("vars.sizes", "[1, 2]", "[1, 3]")),
        ("rate: 0.1", "rate: 1e-2", ("compile.optimizer.Adam.learning_rate", "0.1", "1e-2")),
        (
            "{Adam: {learning_rate: 0.1}}",
            "{SGD: {momentum: 0.9}}",
            ("compile.optimizer", "{Adam: {learning_rate: 0.1}}", "{SGD: {momentum: 0.9}}"),
        ),
        (
            "{Adam: {learning_rate: 0.1}}",
            "adam",
            ("compile.optimizer", "{Adam: {learning_rate: 0.1}}", "adam"),
        ),
        ("units: $width", "units: 3", ("layers.hidden.Dense.units", "$width", "3")),
        ("rate: 0.5", "rate: 0.6", ("layers.drop.rate", "0.5", "0.6")),
        ("units: 2", "units: 3", ("layers.3.Dense.units", "2", "3")),
        ("- Flatten", "- ReLU", ("layers.2", "Flatten", "ReLU")),
        (", loss: mse", "", ("compile.loss", "mse", None)),
        ("loss: mse", "loss: mse, metrics: [mae]", ("compile.metrics", None, "[mae]")),
    ],
)
def test_a_difference_has_its_path_and_both_values(before, after, change):
    other = NET.replace(before, after)
    assert other != NET
    assert shown(NET, other) == [change]
    path, first, second = change
    assert shown(other, NET) == [(path, second, first)]


@pytest.mark.parametrize("other", [NET.replace("width: 4", "width: 8").replace("units: 2", "units: 3")])
def test_what_is_told_leads_from_one_to_the_other(other):
    tree, wanted, report = tree_of(NET), tree_of(other), Report()
    for change in changes_between(tree, wanted):
        assert change.after is not None
        override = Override(tuple(change.path.split(".")), change.after, change.after.place.source)
        tree = apply_override(tree, override, lambda _: None, report, History())
    assert report.diagnostics == []
    assert says_the_same(tree, wanted)


def test_lists_of_another_length_differ_as_a_whole():
    (change,) = changes_between(tree_of(NET), tree_of(NET + "  - ReLU\n"))
    assert change.path == "layers"


def test_quotes_and_comments_are_no_difference():
    assert shown(NET, NET.replace("mse", '"mse"  # the loss').replace("}\nlayers", "\n  }\nlayers")) == []
