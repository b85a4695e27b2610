from __future__ import annotations

import inspect

import pytest

from modelspec.link.harvest.choices import NONSENSE, documented_choices, quoted, tried_choices
from modelspec.link.harvest.documentation import first_sentence, shortened
from modelspec.link.harvest.kinds import value_kinds

REQUIRED = inspect.Parameter.empty


def kinds(text: str, default: object = REQUIRED) -> set[str] | None:
    parameter = inspect.Parameter("sample", inspect.Parameter.KEYWORD_ONLY, default=default)
    found = value_kinds("Sample", parameter, text)
    return None if found is None else set(found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Positive integer, dimensionality of the output space.", {"int"}),
        ("Number of attention heads.", {"int"}),
        ("A Python float. The decay rate.", {"float"}),
        ("Float between 0 and 1. Fraction of the units to drop.", {"float"}),
        ("(Optional) Integer class ID for which we want binary metrics.", {"int"}),
        ("(int, optional) The number of samples.", {"int"}),
        ("int or tuple/list of 2 integers, specifying the strides.", {"int", "list"}),
        ("Integer, or list of Integers, axis along which to normalize.", {"int", "list"}),
        ("Integer, tuple of integers, or None. The axis or axes.", {"int", "list"}),
        ("Tuple of integers. Permutation pattern.", {"list"}),
        ("A tuple of two floats or a single float. How much.", {"list", "float"}),
        ("A float value, or a Python list/tuple of float threshold values.", {"float", "list"}),
        ("Boolean, whether the layer uses a bias vector.", {"bool"}),
        ('string, either `"valid"` or `"same"` (case-insensitive).', {"str"}),
        ("Optional dictionary of keyword arguments.", {"mapping"}),
        ("A float value or a constant float tensor, or a callable that takes no arguments.", None),
        ("A tensor of shape `(N, 2)`.", None),
        ("A callable.", None),
        ("", None),
    ],
)
def test_the_first_words_of_a_description_name_the_kinds(text, expected):
    found = kinds(text)
    assert found == expected or (expected is None and found is not None and "object" in found)


@pytest.mark.parametrize(
    ("default", "text", "expected"),
    [
        (True, "Whether to do it.", {"bool"}),
        (0.5, "A weight.", {"float"}),
        (0.5, "A weight, or a list of them.", {"float", "list"}),
        (2, "How often.", {"int", "float"}),
        (2, "How often, an integer.", {"int"}),
        ("auto", "The way to do it.", {"str"}),
        ("epoch", "`epoch` or an integer.", None),
        (None, "Something.", None),
        # The description forgets what the default shows.
        (0.0, "A tuple of two floats.", {"list", "float"}),
    ],
)
def test_else_the_default_does(default, text, expected):
    assert kinds(text, default) == expected


def test_choices_are_read_where_the_description_says_that_they_are_all():
    assert documented_choices('One of `"a"`, `"b"` or `"c"`. With `"d"` nothing.') == ("a", "b", "c")
    assert documented_choices('string, either `"valid"` or `"same"` (case-insensitive).') == ("valid", "same")
    assert documented_choices('String. For example `"a"` or `"b"`.') == ()
    assert quoted("one of {'fan_in', 'fan_out'}") == ("fan_in", "fan_out")


def refusing_all_but(*known: str, named: bool = True):
    def fails(text: str) -> str | None:
        if text in known:
            return None
        return f"expected one of {known}, received {text}" if named else "wrong"

    return fails


def test_choices_are_those_that_keras_takes_and_its_refusal_names():
    assert tried_choices((), "", None, refusing_all_but("a", "b")) == (("a", "b"), False)
    assert tried_choices(("a", "x"), "", None, refusing_all_but("a", "b")) == (("a", "b"), False)


def test_a_set_is_open_where_keras_takes_anything_and_nothing_says_otherwise():
    assert tried_choices((), 'like "a"', "a", lambda text: None) == ((), False)
    assert tried_choices(("a", "b"), "", "a", lambda text: None) == (("a", "b"), False)


def test_one_word_alone_is_no_set():
    assert tried_choices((), "", "a", refusing_all_but("a", named=False)) == ((), False)


def test_a_word_in_any_case_is_spelt_as_it_is_described():
    def fails(text: str) -> str | None:
        return None if text.lower() in ("roc", "pr") else "expected 'roc' or 'pr'"

    assert fails(NONSENSE)
    assert tried_choices((), '"ROC" or "PR"', "ROC", fails) == (("ROC", "PR"), True)


def test_a_long_description_ends_with_a_sentence():
    text = f"First, e.g. this. {'Second word. ' * 40}"
    assert first_sentence(text) == "First, e.g. this."
    assert shortened("short") == "short"
    assert len(shortened(text)) <= 300
    assert shortened(text).endswith("word.")
