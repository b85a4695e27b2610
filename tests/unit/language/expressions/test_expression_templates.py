"""Texts that hold `$…`: what is read, what keeps its type, what is written into a longer text."""

from __future__ import annotations

import math

import pytest

from modelspec.diagnostics.codes import CODES
from modelspec.language.expressions import ExpressionError, evaluate, parse_template

VALUES: dict[str, object] = {
    "i": 3,
    "width": 16,
    "rate": 0.001,
    "tiny": 1e-05,
    "kind": "same",
    "flag": True,
    "nothing": None,
    "filters": [64, 128],
    "words": ["a", "true", "x y", None],
}


def run(text: str, values: dict[str, object]) -> object:
    template = parse_template(text)
    assert template is not None
    return evaluate(template, values.__getitem__, known=values)


def value_of(text: str, **more: object) -> object:
    values = VALUES | more
    return run(text, values)


def error_of(text: str, **more: object) -> ExpressionError:
    values = VALUES | more
    with pytest.raises(ExpressionError) as caught:
        run(text, values)
    error = caught.value
    assert error.code in CODES
    assert 0 <= error.start <= error.end <= len(text)
    return error


@pytest.mark.parametrize("text", ["", "relu", "5$", "cost: 5$", r"^\d+$", "$ x", "$1", "a$-b", "$é", "$]"])
def test_a_text_without_ours_is_no_template(text: str) -> None:
    assert parse_template(text) is None


def test_two_dollars_are_one() -> None:
    assert value_of("$$") == "$"
    assert value_of("$$width costs 5$$") == "$width costs 5$"
    assert value_of("$$$i") == "$3"
    assert value_of("$$$$") == "$$"


def test_any_other_dollar_stays_beside_one_of_ours() -> None:
    assert value_of("$i costs 5$") == "3 costs 5$"
    assert value_of("^$i$") == "^3$"


def test_a_text_that_is_one_name_keeps_the_type() -> None:
    for name, expected in VALUES.items():
        for text in (f"${name}", f"${{{name}}}", f"${{ {name} }}", f"$({name})", f"$( {name}\n)"):
            assert value_of(text) is expected


def test_a_looked_up_object_is_handed_on_untouched() -> None:
    norm = {"BatchNormalization": {"epsilon": 1e-5}}
    assert value_of("$norm", norm=norm) is norm
    assert value_of("${norm}", norm=norm) is norm
    assert value_of("$(norm if flag else null)", norm=norm) is norm
    several = value_of("$([norm, null])", norm=norm)
    assert isinstance(several, list)
    assert several[0] is norm
    assert value_of("$(choices[1])", choices=["a", norm]) is norm


def test_a_tuple_is_a_list() -> None:
    assert value_of("$(shape + [3])", shape=(32, 32)) == [32, 32, 3]
    assert value_of("$shape", shape=(32, 32)) == (32, 32)
    assert value_of("k$shape", shape=(32, 32)) == "k[32, 32]"
    assert value_of("$(shape == [32, 32])", shape=(32, 32)) is True


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("conv$i", "conv3"),
        ("${i}_conv", "3_conv"),
        ("$i-$i", "3-3"),
        ("w$width.$i", "w16.3"),
        ("lr=$rate", "lr=0.001"),
        ("lr=$tiny", "lr=1e-05"),
        ("$kind.", "same."),
        ("$flag$nothing", "truenull"),
        ("k$filters", "k[64, 128]"),
        ("$words ", '[a, "true", "x y", null] '),
        ("x$(i / 2)", "x1.5"),
        ("$(i)$(i)", "33"),
        ("mixed9_$(i - 1)", "mixed9_2"),
        (" $i", " 3"),
    ],
)
def test_inside_a_longer_text_a_value_is_written_as_yaml_writes_it(text: str, expected: str) -> None:
    assert value_of(text) == expected


def test_parentheses_brackets_and_quotes_inside_an_expression_match() -> None:
    assert value_of("$((i + 1) * (2))") == 8
    assert value_of("$(')' + \"]\")") == ")]"
    assert value_of("a$(['(', '['][0])b") == "a(b"
    assert value_of("$(max(i, (2)))x)") == "3x)"


def test_names_tell_what_is_read() -> None:
    template = parse_template("$i ${width} $(a if b else min(c, 2)) $$d")
    assert template is not None
    assert template.names == {"i", "width", "a", "b", "c"}


def test_the_longest_identifier_is_read_and_the_help_offers_braces() -> None:
    error = error_of("block$i_conv")
    assert (error.code, error.start, error.end) == ("unknown-variable", 5, 12)
    assert error.message == "no variable is called `i_conv` here"
    assert error.help == "did you mean `${i}_conv`?"
    assert value_of("block$i_conv", i_conv="x") == "blockx"


def test_the_longest_known_prefix_is_offered() -> None:
    help = error_of("$width_x9", w=1, wid=2).help
    assert help is not None
    assert "`${width}_x9`" in help


def test_a_misspelt_name_gets_the_nearest_spelt_as_it_was_written() -> None:
    assert error_of("$widht").help == "did you mean `$width`?"
    assert error_of("${widht}").help == "did you mean `${width}`?"
    assert error_of("$(widht + 1)").help == "did you mean `width`?"
    assert error_of("$widths").help == "did you mean `$width`, or `${width}s`?"


def test_without_a_near_name_the_known_ones_are_listed() -> None:
    template = parse_template("$zzzz")
    assert template is not None
    with pytest.raises(ExpressionError) as caught:
        evaluate(template, {}.__getitem__, known=["b", "a"])
    assert caught.value.help == "the variables here are `a`, `b`"
    with pytest.raises(ExpressionError) as caught:
        evaluate(template, {}.__getitem__)
    assert caught.value.help is not None
    assert "`vars`" in caught.value.help


def test_a_misspelt_name_in_a_branch_that_is_not_taken_is_found() -> None:
    assert error_of("$(1 if true else widht)").code == "unknown-variable"
    assert error_of("$(true or widht)").code == "unknown-variable"


def test_each_name_is_looked_up_once() -> None:
    asked: list[str] = []

    def lookup(name: str) -> object:
        asked.append(name)
        return 2

    template = parse_template("$a$(b + a * b)$b")
    assert template is not None
    assert evaluate(template, lookup) == "262"
    assert asked == ["a", "b"]


def test_a_constant_or_function_with_a_dollar_is_explained() -> None:
    assert error_of("$true").help == "write `true`, without `$`"
    assert error_of("$None").help == "write `null`, without `$`"
    assert error_of("$min(1, 2)").help == "`min` is a function: write `min(…)` inside `$(…)`"


def test_a_variable_may_be_called_like_a_function() -> None:
    assert value_of("$(min + min(1, 2))", min=5) == 6


@pytest.mark.parametrize("text", ["$(", "a$(i", "$(min(b", "$([1, 2", "$(i +", "${", "x${i", "$(i if flag"])
def test_what_is_not_closed_is_an_error_that_says_to_quote_it(text: str) -> None:
    error = error_of(text)
    assert error.code == "bad-expression"
    assert "is never closed" in error.message
    assert (error.start, error.end) == (text.index("$"), len(text))
    assert error.help is not None
    assert "quotes" in error.help


@pytest.mark.parametrize("text", ["$()", "$( )"])
def test_an_empty_expression_is_an_error(text: str) -> None:
    error = error_of("x" + text)
    assert (error.code, error.message) == ("bad-expression", "`$()` holds no expression")
    assert (error.start, error.end) == (1, 1 + len(text))


def test_a_string_that_is_not_closed_is_an_error() -> None:
    error = error_of("$(i == 'a)")
    assert "`'a)`" in error.message
    assert error.start == 7


@pytest.mark.parametrize(
    ("text", "help"),
    [
        ("${}", "write a variable's name between the braces, or `$$` for a `$`"),
        ("${width * 2}", "an expression stands in parentheses: `$(width * 2)`"),
        ("${1}", "an expression stands in parentheses: `$(1)`"),
        ("${plan.params}", "there are no attributes; dotted names exist only in a sweep's `keep` and `name`"),
    ],
)
def test_braces_hold_a_name_only(text: str, help: str) -> None:
    error = error_of("x" + text)
    assert (error.code, error.help, error.start, error.end) == ("bad-expression", help, 1, 1 + len(text))


def test_offsets_are_into_the_whole_text() -> None:
    text = "some words $(1 + (2 - 'a')) more"
    error = error_of(text)
    assert text[error.start : error.end] == "2 - 'a'"
    text = "x$(i)y$(filters[7])"
    error = error_of(text)
    assert text[error.start : error.end] == "filters[7]"
    text = "x$(1 + 2 + (3) / 0 + 1)"
    error = error_of(text)
    assert text[error.start : error.end] == "(3) / 0"


def test_an_object_inside_a_longer_text_is_an_error() -> None:
    error = error_of("x_$norm", norm={"BatchNormalization": {}})
    assert error.code == "expression-type"
    assert error.message == "an object cannot stand inside a longer text"
    error = error_of("x_$norms", norms=[{"BatchNormalization": {}}])
    assert error.message == "a list with an object in it cannot stand inside a longer text"


def test_an_index_after_a_bare_list_is_no_silent_text() -> None:
    error = error_of("$filters[0]")
    assert error.code == "expression-type"
    assert error.help == "write `$(filters[0])`"
    assert value_of("$kind[:, 0]") == "same[:, 0]"


def test_dotted_names_are_looked_up_whole_where_they_are_on() -> None:
    values = {"plan.params": 10, "vars.width": 8, "layers.0.units": 4, "vars": 1}
    text = "r_w$(vars.width + 1)_${plan.params}_$vars.width_$(layers.0.units)"
    template = parse_template(text, dotted=True)
    assert template is not None
    assert template.names == {"vars.width", "plan.params", "vars", "layers.0.units"}
    assert evaluate(template, values.__getitem__) == "r_w9_10_1.width_4"


def test_special_floats_are_written_as_yaml_writes_them() -> None:
    assert value_of("x$a $b $c", a=math.inf, b=-math.inf, c=math.nan) == "x.inf -.inf .nan"
