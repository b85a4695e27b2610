"""Markdown of any comparison is bounded, and whatever a name holds is text."""

from __future__ import annotations

import re

import pytest
from architectures import changed, graph, node, renamed, residual_net, source

from modelspec.architecture.comparing.comparison import Comparison, compare_sides
from modelspec.architecture.comparing.sides import Facts, Side, Variable
from modelspec.architecture.model import Architecture, Graph
from modelspec.architecture.telling.tell import tell
from modelspec.cli.diffing.markdown import MAX_CHARACTERS, markdown_of, marker_of


def compared(before: Graph, after: Graph, *, name: str = "net.yaml") -> Comparison:
    sides = [Side(name, Architecture(found, {}), facts_of(found)) for found in (before, after)]
    return compare_sides(*sides)


def facts_of(found: Graph) -> Facts:
    layers = [item.name for item in found.nodes if item.kind == "layer"]
    return Facts(
        {},
        tuple(
            Variable((layer,), "kernel", "vars/0", (number, 2), "float32", True, f"layers/l_{number}/vars/0")
            for number, layer in enumerate(layers)
        ),
    )


def markdown(before: Graph, after: Graph, **given) -> str:
    found = compared(before, after, **given)
    return markdown_of(found, tell(found), why=True)


@pytest.mark.parametrize("blocks", [3, 400])
def test_it_never_gets_longer_than_a_comment_may_be(blocks):
    before = residual_net(blocks)
    words = [
        f"{'abcdefghij'[number % 10] * (number % 40 + 1)}{number}" for number in range(len(before.nodes))
    ]
    after = renamed(before, {item.name: words[number] for number, item in enumerate(before.nodes)})
    text = markdown(before, after)
    assert len(text) <= MAX_CHARACTERS
    assert text.count("<details>") == text.count("</details>")
    assert (re.search(r"… [\d,]+ more", text) is not None) == (blocks == 400)


def test_giant_names_do_not_make_it_longer_either():
    before = graph(source("x", 4), node("a" * 40_000, "Dense", "x", units=4), node("b", "ReLU", "a" * 40_000))
    after = graph(source("x", 4), node("c" * 40_000, "Dense", "x", units=5), node("b", "ReLU", "c" * 40_000))
    assert len(markdown(before, after)) <= MAX_CHARACTERS


@pytest.mark.parametrize("name", ["a`b", "a``b", "<script>", "a|b", "a\nb", "](http://x)", "@everyone"])
def test_what_a_name_holds_is_no_markup(name):
    before = graph(source("x", 4), node("a", "Dense", "x", units=4))
    after = changed(renamed(before, {"a": name}), name, arguments={"units": 5, "given": name})
    text = markdown(before, after, name=f"{name}-->.yaml")
    assert text.splitlines()[0].count("-->") == 1
    outside = re.sub(r"(`+) ?.*? ?\1", "", "\n".join(text.splitlines()[1:]))
    for piece in ("<script>", "](http", "@everyone"):
        assert piece not in outside


def test_models_that_are_equal_take_two_lines():
    found = compared(residual_net(2), residual_net(2))
    assert markdown_of(found, tell(found)) == (
        "<!-- modelspec-diff:net.yaml -->\n### `net.yaml`: no changes\n"
    )


def test_the_marker_is_the_same_each_time_and_of_one_path():
    assert marker_of("a/net.yaml") == "<!-- modelspec-diff:a/net.yaml -->"
    assert marker_of("a.yaml") != marker_of("b.yaml")
