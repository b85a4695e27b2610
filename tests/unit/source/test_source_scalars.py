"""Plain scalars are read by YAML 1.2's core schema, and ambiguous words are refused."""

from __future__ import annotations

import math

import pytest
from source_reading import both_parsers, data, only_mistake, read, tree_of

from modelspec.source.limits import MAX_DIGITS
from modelspec.source.scalars import AMBIGUOUS, plain_value
from modelspec.source.tree import Mapping, Scalar

VALUES = {
    "": None,
    "~": None,
    "null": None,
    "true": True,
    "false": False,
    "0": 0,
    "-7": -7,
    "+12": 12,
    "017": 17,
    "0o17": 15,
    "0x1F": 31,
    "0xff": 255,
    "1e-3": 0.001,
    "1E5": 1e5,
    "1.": 1.0,
    ".5": 0.5,
    "-1.5e+2": -150.0,
    ".inf": math.inf,
    "-.Inf": -math.inf,
    "+.INF": math.inf,
}
TEXTS = [
    "12:30",
    "1_000",
    "2024-01-02",
    "2001-12-14T21:59:43Z",
    "0b11",
    "-0o17",
    "0o18",
    "0xg",
    "1e",
    "1e+",
    ".",
    "-",
    "+",
    "..",
    "1.2.3",
    "1,5",
    "yes",
    "no",
    "on",
    "off",
    "Yes",
    "y",
    "n",
    "inf",
    "nan",
    "NaN",
    "Infinity",
    "nULL",
    "tRUE",
    "undefined",
    ".Nan",
    "-.nan",
    "0x",
    "1f",
    "3.10.2",
    "--1",
    "²",
    "٣",
    "=",
    "<",
]


@pytest.mark.parametrize(("text", "value"), VALUES.items(), ids=repr)
def test_a_number_or_word_of_the_core_schema_has_its_value(text, value):
    found = plain_value(text)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize("text", [".nan", ".NaN", ".NAN"])
def test_not_a_number_is_a_float(text):
    assert math.isnan(plain_value(text))


@pytest.mark.parametrize("text", TEXTS)
def test_anything_else_is_a_text(text):
    assert plain_value(text) == text


@both_parsers
@pytest.mark.parametrize("text", [text for text in VALUES if text])
def test_quotes_make_a_text_of_anything(text, parse):
    assert data(tree_of(f"a: '{text}'\nb: \"{text}\"\n", parse)) == {"a": text, "b": text}


@both_parsers
@pytest.mark.parametrize(("word", "meant"), AMBIGUOUS.items())
def test_an_ambiguous_word_is_refused_with_what_to_write(word, meant, parse):
    mistake = only_mistake(f"a: {word}", parse)
    assert mistake.code == "ambiguous-scalar"
    assert mistake.help == f'write `{meant}`, or `"{word}"` for the text'
    assert str(mistake.place) == "net.yaml:1:4"


def test_an_ambiguous_word_is_then_read_as_what_is_meant():
    tree, _ = read("[True, FALSE, None]")
    assert data(tree) == [True, False, None]


def test_every_ambiguous_word_is_told():
    _, found = read("a: True\nb: [None, {c: NULL}]\n")
    assert [item.place.line for item in found] == [1, 2, 2]


def test_quoted_and_as_a_key_an_ambiguous_word_is_a_text():
    assert data(tree_of("None: 'True'\nTrue: \"NULL\"\n")) == {"None": "True", "True": "NULL"}


def test_a_scalar_keeps_how_it_was_written_so_that_a_name_can_be_read_as_text():
    tree = tree_of("- 1\n- on\n- 1e-3\n- 0x1F\n- ~\n- 'a''b'\n- \"\\x41\"\n")
    assert [(item.text, item.value, item.plain) for item in tree.items] == [
        ("1", 1, True),
        ("on", "on", True),
        ("1e-3", 0.001, True),
        ("0x1F", 31, True),
        ("~", None, True),
        ("a'b", "a'b", False),
        ("A", "A", False),
    ]


def test_keys_are_read_as_text():
    tree = tree_of("1: a\n1.0: b\ntrue: c\n~: d\n0x1: e\n'': f\n")
    assert isinstance(tree, Mapping)
    assert [entry.key.value for entry in tree.entries] == ["1", "1.0", "true", "~", "0x1", ""]


@pytest.mark.parametrize("number", ["9" * (MAX_DIGITS + 1), "0x" + "f" * MAX_DIGITS, "1." + "0" * MAX_DIGITS])
def test_an_endless_number_is_refused(number):
    mistake = only_mistake(f"a: {number}")
    assert mistake.code == "too-large"
    assert "1,000 characters" in mistake.message


def test_a_long_number_is_still_read_and_a_long_text_is_no_number():
    tree = tree_of(f"[{'9' * MAX_DIGITS}, {'9' * MAX_DIGITS}x]")
    assert isinstance(tree.items[0], Scalar)
    assert tree.items[0].value == 10**MAX_DIGITS - 1
    assert tree.items[1].value == "9" * MAX_DIGITS + "x"
