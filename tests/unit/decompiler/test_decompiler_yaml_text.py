"""What is printed is read back as the very same."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelspec.decompiler.yaml_text import WIDTH, flow, print_document, scalar
from modelspec.diagnostics import Report, Source
from modelspec.source.reader import read_tree
from modelspec.source.tree import Mapping, Node, Scalar, Sequence

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**18), 10**18)
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
    | st.sampled_from(
        [
            "yes",
            "on",
            "null",
            "~",
            "True",
            "None",
            "0o7",
            "1e3",
            ".inf",
            "1_000",
            "12:30",
            "a: b",
            "- a",
            "x[:, 0]",
            "#c",
            "a #c",
            "&a",
            "*a",
            "!t",
            "%d",
            "@a",
            "`b",
            "{",
            "]",
            "=",
            "<<",
        ]
    )
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text("abcXYZ_>.", min_size=1, max_size=6), inner, max_size=4)
    ),
    max_leaves=20,
)


def read(text: str) -> object:
    report = Report()
    tree = read_tree(Source("t.yaml", text), report)
    assert not report.diagnostics, (text, report.diagnostics)
    assert tree is not None
    return data_of(tree)


def data_of(node: Node) -> object:
    match node:
        case Scalar():
            return node.value
        case Sequence():
            return [data_of(item) for item in node.items]
        case Mapping():
            return {entry.key.text: data_of(entry.value) for entry in node.entries}


@given(VALUES)
def test_any_value_survives_on_one_line(value):
    assert read(f"a: {flow(value)}\n") == {"a": value}


@given(
    st.dictionaries(
        st.sampled_from(["alpha", "beta", "layers", "gamma"]), st.lists(VALUES, max_size=6), max_size=3
    )
)
def test_any_document_survives_broken_into_lines(sections):
    sections = {key: value for key, value in sections.items() if key != "layers"}
    assert read(print_document({"modelspec": 1, **sections})) == {"modelspec": 1, **sections}


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_keeps_its_bits(number):
    found = read(f"a: {scalar(number)}\n")
    assert isinstance(found, dict)
    assert math.copysign(1, found["a"]) == math.copysign(1, number)
    assert (type(found["a"]), found["a"]) == (float, number)


def test_an_item_has_its_class_on_the_line_of_the_dash_and_its_words_below():
    item = {"Dense": {"units": 4, "activation": "relu"}, "name": "hidden", "from": "x[:, 0]"}
    text = print_document({"layers": ["Flatten", {"Add": None, "from": ["a", "b[:, 0]"]}, item]})
    assert text == (
        "layers:\n"
        "  - Flatten\n"
        "  - Add:\n"
        '    from: [a, "b[:, 0]"]\n'
        "  - Dense: {units: 4, activation: relu}\n"
        "    name: hidden\n"
        "    from: x[:, 0]\n"
    )


def test_arguments_that_do_not_fit_on_a_line_stand_below_their_class():
    arguments = {f"argument_{n}": list(range(12)) for n in range(3)}
    text = print_document({"layers": [{"Dense": arguments, "name": "wide"}]})
    assert text.startswith("layers:\n  - Dense:\n      argument_0: [0, 1, 2")
    assert all(len(line) <= WIDTH for line in text.splitlines())
    assert read(text) == {"layers": [{"Dense": arguments, "name": "wide"}]}


@pytest.mark.parametrize(
    ("value", "text"),
    [("yes", '"yes"'), ("y", "y"), ("1", '"1"'), (1.0, "1.0"), (1e-7, "1e-07"), (True, "true")],
)
def test_only_what_would_be_read_otherwise_is_quoted(value, text):
    assert scalar(value) == text
