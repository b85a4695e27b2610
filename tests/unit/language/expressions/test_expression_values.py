"""What bare expressions are worth, and what they object to."""

from __future__ import annotations

import math

import pytest

from modelspec.diagnostics.codes import CODES
from modelspec.language.expressions import ExpressionError, evaluate_expression, parse_expression

VALUES: dict[str, object] = {
    "n": 5,
    "flag": True,
    "off": "no",
    "nothing": None,
    "text": "abc",
    "filters": [64, 128, 256],
    "mixed": [1, "a", None, [2]],
    "norm": object(),
    "huge": 10**40,
    "infinite": math.inf,
}


def value_of(text: str) -> object:
    return evaluate_expression(parse_expression(text), VALUES.__getitem__, known=VALUES)


def error_of(text: str) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        value_of(text)
    error = caught.value
    assert error.code in CODES
    assert 0 <= error.start <= error.end <= len(text)
    assert error.message[0] in "`0" or error.message[0].islower()
    assert not error.message.endswith(".")
    return error


def check(text: str, expected: object) -> None:
    found = value_of(text)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("16", 16),
        ("017", 17),
        ("0o17", 15),
        ("0xff", 255),
        ("1e-3", 0.001),
        ("1E3", 1000.0),
        (".5", 0.5),
        ("1.", 1.0),
        ("1.5e+2", 150.0),
        (".inf", math.inf),
        ("-.inf", -math.inf),
        ("9223372036854775807", 2**63 - 1),
        ("true", True),
        ("false", False),
        ("null", None),
        ("'a'", "a"),
        ('"it\'s"', "it's"),
        (r"'a\'b\\\n\t'", "a'b\\\n\t"),
        ("'5$'", "5$"),
        ("'$$x'", "$x"),
        ("[]", []),
        ("[1, 'a', null, [2,],]", [1, "a", None, [2]]),
    ],
)
def test_constants_follow_yaml(text: str, expected: object) -> None:
    check(text, expected)


def test_not_a_number_can_be_written() -> None:
    found = value_of(".nan")
    assert isinstance(found, float)
    assert math.isnan(found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("7 / 2", 3.5),
        ("6 / 2", 3.0),
        ("7 // 2", 3),
        ("-7 // 2", -4),
        ("7.5 // 2", 3),
        ("7 % 3", 1),
        ("-7 % 3", 2),
        ("7.5 % 2", 1.5),
        ("10 - 4 - 3", 3),
        ("2 ** 3 ** 2", 512),
        ("-2 ** 2", -4),
        ("2 ** -1", 0.5),
        ("4 ** 0.5", 2.0),
        ("--n", 5),
        ("+n", 5),
        ("- n * 2", -10),
        ("2 * -n", -10),
        ("1 + 1.0", 2.0),
        ("'a' + 'b'", "ab"),
        ("[1] + ['a']", [1, "a"]),
        ("[64] * 3", [64, 64, 64]),
        ("2 * 'ab'", "abab"),
        ("[1] * -1", []),
        ("n // 2 * 2 == n", False),
    ],
)
def test_arithmetic(text: str, expected: object) -> None:
    check(text, expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 < 2 < 3", True),
        ("1 < 2 > 3", False),
        ("1 == 1.0", True),
        ("1 == true", False),
        ("0 == false", False),
        ("1 == '1'", False),
        ("true == true", True),
        ("'a' < 'b'", True),
        ("[1, [2.0]] == [1.0, [2]]", True),
        ("[1] == [true]", False),
        ("[1] != [1, 2]", True),
        ("nothing == null", True),
        ("norm == null", False),
        ("norm != null", True),
        ("null == norm", False),
        ("64 in filters", True),
        ("n not in filters", True),
        ("n not  \n in filters", True),
        ("true in [1]", False),
        ("'b' in text", True),
        ("not 64 in filters", False),
        ("not n == 5", False),
        ("true and false or true", True),
        ("not true or true", True),
        ("flag and n > 3", True),
        ("false and 1", False),
        ("true or 1", True),
        ("true and true and false", False),
        ("n >= 5 and n <= 5 and n != 4", True),
    ],
)
def test_comparisons_and_logic_give_booleans(text: str, expected: object) -> None:
    check(text, expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 if flag else 2", 1),
        ("1 if not flag else 2", 2),
        ("1 if n < 3 else 2 if n < 6 else 3", 2),
        ("(1 if flag else 2) + 1", 2),
        ("1 if flag else 2 + 1", 1),
        ("1 if flag else 1 / 0", 1),
        ("null if flag else 1", None),
        ("[1 if flag else 2, 3]", [1, 3]),
    ],
)
def test_conditionals_take_one_branch(text: str, expected: object) -> None:
    check(text, expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("filters[0]", 64),
        ("filters[-1]", 256),
        ("filters[n - 4]", 128),
        ("mixed[3][0]", 2),
        ("text[1]", "b"),
        ("[1, 2][1]", 2),
        ("-filters[0]", -64),
        ("filters[0] ** 2", 4096),
    ],
)
def test_indices(text: str, expected: object) -> None:
    check(text, expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("min(3, 1, 2)", 1),
        ("max(filters)", 256),
        ("max(1, 2.5)", 2.5),
        ("min('b', 'a')", "a"),
        ("abs(-3)", 3),
        ("abs(-2.5)", 2.5),
        ("int(2.9)", 2),
        ("int(-2.9)", -2),
        ("int(true)", 1),
        ("int('12')", 12),
        ("int('-0x1F')", -31),
        ("float(2)", 2.0),
        ("float('1e-3')", 0.001),
        ("round(2.5)", 2),
        ("round(2.567, 1)", 2.6),
        ("round(15, -1)", 20),
        ("ceil(2.1)", 3),
        ("floor(-2.1)", -3),
        ("ceil(2)", 2),
        ("len(filters)", 3),
        ("len('')", 0),
        ("range(3)", [0, 1, 2]),
        ("range(1, 3)", [1, 2]),
        ("range(5, 0, -2)", [5, 3, 1]),
        ("range(5, 0, -3)", [5, 2]),
        ("range(3, 0)", []),
        ("sum(filters)", 448),
        ("sum([])", 0),
        ("sum([1, 0.5])", 1.5),
        ("max(range(n))", 4),
        ("min(1, 2,)", 1),
    ],
)
def test_functions(text: str, expected: object) -> None:
    check(text, expected)


@pytest.mark.parametrize(
    ("text", "message", "help"),
    [
        (
            "1 + 'a'",
            "`+` takes two numbers, two strings or two lists, not a number and a string",
            "a value is put into text outside an expression: `conv_$i`",
        ),
        (
            "flag + 1",
            "`+` takes two numbers, two strings or two lists, not a boolean and a number",
            "booleans are not numbers; write `int(flag)`, or `a if flag else b`",
        ),
        (
            "2 * '1_000' * 2.5",
            "`*` takes two numbers, or a list or string and an integer, not a string and a number",
            "`1_0001_000` is a string; a number has no quotes, no `_` and no `:`",
        ),
        ("nothing * 2", None, "for a default write `x if x != null else y`"),
        ("'a' - 'b'", "`-` takes two numbers, not a string and a string", None),
        ("norm + 1", "`+` takes two numbers, two strings or two lists, not an object and a number", None),
        ("-'a'", "`-` takes a number, not a string", None),
        ("-flag", None, "booleans are not numbers; write `int(flag)`, or `a if flag else b`"),
        ("1 < 'a'", "`<` compares two numbers or two strings, not a number and a string", None),
        ("filters < filters", "`<` compares two numbers or two strings, not a list and a list", None),
        ("norm == 1", "an object can be compared with `null` only", None),
        ("norm == norm", "an object can be compared with `null` only", None),
        ("[norm] == [1]", "an object can be compared with `null` only", None),
        ("1 in 2", "`in` takes a value and a list, or two strings, not a number and a number", None),
        ("1 if n else 2", "`if` takes true or false, not a number", "write `x != 0`"),
        ("not filters", "`not` takes true or false, not a list", "write `len(x) > 0`"),
        ("nothing or 3", None, "for a default write `x if x != null else y`"),
        ("true and 3", "`and` takes true or false, not a number", "write `x != 0`"),
        (
            "1 if off else 2",
            "`if` takes true or false, not a string",
            "`no` is text in YAML 1.2; write `false`",
        ),
        ("1 if norm else 2", "`if` takes true or false, not an object", "write `x != null`"),
        ("n[0]", "only a list or a string has an index, not a number", None),
        ("norm[0]", "only a list or a string has an index, not an object", None),
        (
            "filters[1.0]",
            "an index is an integer, not the float `1.0`",
            "`//` divides to an integer, `int(…)` cuts a float",
        ),
        ("filters[true]", "an index is an integer, not a boolean", None),
        ("len(3)", "`len` takes a list or a string, not a number", None),
        ("len(norm)", "`len` takes a list or a string, not an object", None),
        ("abs()", "`abs` takes one argument, not 0", "write `abs(x)`"),
        ("min()", "`min` takes at least one argument, not 0", "write `min(a, b)` or `min(list)`"),
        ("round(1, 2, 3)", "`round` takes 1 to 2 arguments, not 3", "write `round(x)` or `round(x, digits)`"),
        ("min(3)", "`min` takes a list or several arguments, not one that is a number", None),
        ("max(1, null)", "`max` takes only numbers or only strings, not a number and null", None),
        ("max(1, flag)", None, "booleans are not numbers; write `int(flag)`, or `a if flag else b`"),
        ("range(n / 5)", "`range` takes integers, not the float `1.0`", None),
        ("sum(['a'])", "`sum` takes a list of numbers, not a string", None),
        ("sum(3)", "`sum` takes a list of numbers, not a number", None),
        ("int(null)", "`int` takes a number, a boolean or a string, not null", None),
    ],
)
def test_the_wrong_kind_is_named(text: str, message: str | None, help: str | None) -> None:
    error = error_of(text)
    assert error.code == "expression-type"
    assert message is None or error.message == message
    assert help is None or error.help == help


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 / 0", "division by zero"),
        ("1 // 0.0", "division by zero"),
        ("1 % 0", "division by zero"),
        ("0 ** -1", "0 has no negative power, that is a division by zero"),
        ("(-8) ** 0.5", "a negative number has no power with a fraction"),
        ("filters[3]", "there is no index 3 in a list of 3 items"),
        ("[1][-2]", "there is no index -2 in a list of 1 item"),
        ("''[0]", "there is no index 0 in a string of 0 characters"),
        ("max([])", "`max` of an empty list does not exist"),
        ("int('x')", "`x` does not read as a number"),
        ("int(infinite)", "`int` gives an integer, and there is none for `inf`"),
        ("infinite // 2", "`//` gives an integer, and `nan` is none"),
        ("range(1, 2, 0)", "the step of `range` cannot be 0"),
        ("round(1, 1000)", "`round` takes at most 400 digits"),
    ],
)
def test_a_value_that_does_not_exist_is_named(text: str, message: str) -> None:
    error = error_of(text)
    assert (error.code, error.message) == ("expression-value", message)


@pytest.mark.parametrize(
    "text",
    [
        "9223372036854775808",
        "9223372036854775807 + 1",
        "-9223372036854775807 - 1",
        "2 ** 63",
        "huge + 1",
        "-huge",
        "sum([huge])",
        "int(1e300)",
        "1e400",
        "1e308 * 10",
        "10.0 ** 400",
        "1e308 // 1e-308",
        "sum([1e308, 1e308])",
    ],
)
def test_numbers_stay_within_64_bits_and_finite(text: str) -> None:
    error = error_of(text)
    assert error.code in ("expression-too-large", "expression-value")


def test_an_infinity_that_was_written_goes_on() -> None:
    check("infinite * 2", math.inf)
    check("-infinite", -math.inf)
    check("min(infinite, 3)", 3)
    check("1 / infinite", 0.0)


@pytest.mark.parametrize(
    ("text", "message", "help"),
    [
        ("", "the expression is empty", None),
        ("  ", "the expression is empty", None),
        ("1 +", "expected a value, but the expression ends", None),
        ("1 2", "expected an operator or the end, found `2`", None),
        ("1)", "expected an operator or the end, found `)`", None),
        ("[1)", "expected `,` or `]`, found `)`", None),
        ("(1, 2)", "expected an operator or `)`, found `,`", "a list is written `[a, b]`"),
        ("()", "expected a value, found `)`", "an empty list is written `[]`"),
        ("True", "`True` is not how this language writes it", "write `true`"),
        ("FALSE", "`FALSE` is not how this language writes it", "write `false`"),
        ("n == None", "`None` is not how this language writes it", "write `null`"),
        ("n is null", None, "`==` compares, with `null` too"),
        ("a && b", "`&&` means nothing in an expression", "write `and`"),
        ("!a", None, "write `not`"),
        ("n = 3", None, "`==` compares; arguments have no names here"),
        ("max(n, key=3)", None, "`==` compares; arguments have no names here"),
        ("n ? 1 : 2", None, "write `a if condition else b`"),
        ("2 ^ 3", None, "a power is written `**`"),
        ("{a: 1}", None, "there are no mappings and no sets in expressions; a list is written `[a, b]`"),
        (
            "filters[0:1]",
            None,
            "there are no slices and no mappings in expressions; an index is one integer",
        ),
        ("filters[0, 1]", None, "an index is one integer; for the next level write `x[0][1]`"),
        ("filters[]", "expected a value, found `]`", None),
        ("$n + 1", None, "inside an expression a name is written without `$`"),
        (
            "text.upper()",
            None,
            "there are no attributes and no methods; dotted names exist only in a sweep's `keep` and `name`",
        ),
        (
            "plan.params",
            None,
            "there are no attributes and no methods; dotted names exist only in a sweep's `keep` and `name`",
        ),
        ("3(4)", None, "only a function is called, and by its name"),
        ("min(1)(2)", None, "only a function is called, and by its name"),
        ("[x for x in filters]", "expected `,` or `]`, found `for`", None),
        ("lambda x", None, None),
        ("1 if flag", "expected `else`, but the expression ends", "write `a if condition else b`"),
        ("1 + not flag", None, "put `not …` in parentheses"),
        ("1_000", "`1_000` is not a number", "numbers have no `_` and no unit"),
        ("0b11", "`0b11` is not a number", None),
        ("1.2.3", "`1.2.3` is not a number", None),
        ("3px", "`3px` is not a number", None),
        ("12:30", None, None),
        ("f'a'", None, "strings have no prefix; a `$…` outside the expression is replaced"),
        (r"'\d'", "`\\d` is no escape", None),
        (
            "'conv_$n'",
            "`$` does nothing inside a string of an expression",
            "put the `$…` outside the expression, as in `conv_$i`; `$$` is the character itself",
        ),
        ("é", "`é` means nothing in an expression", None),
        ("a; b", None, "one text holds one expression"),
        ("not in filters", None, "write `x not in [a, b]`"),
    ],
)
def test_syntax_errors_say_what_to_write(text: str, message: str | None, help: str | None) -> None:
    error = error_of(text)
    assert error.code == "bad-expression"
    assert message is None or error.message == message
    assert help is None or error.help == help


def test_another_call_lists_the_functions() -> None:
    error = error_of("flor(2.5)")
    assert error.code == "bad-expression"
    assert error.message == "`flor` is not a function"
    assert error.help == (
        "did you mean `floor`? the functions are `min`, `max`, `abs`, `int`, `float`, `round`, `ceil`, "
        "`floor`, `len`, `range`, `sum`"
    )
    for text in ("__import__('os')", "eval('1')", "print(1)", "n(1)"):
        help = error_of(text).help
        assert help is not None
        assert "the functions are `min`" in help


def test_a_function_without_its_arguments_is_explained() -> None:
    assert error_of("min + 1").help == "`min` is a function: write `min(…)`"


def test_a_dotted_name_is_one_name_where_it_is_on() -> None:
    values = {"plan.params": 7, "plan.output.logits": [10], "width": 2}
    expression = parse_expression("plan.params < 10 * width and plan.output.logits == [10]", dotted=True)
    assert expression.names == {"plan.params", "plan.output.logits", "width"}
    assert evaluate_expression(expression, values.__getitem__) is True
    expression = parse_expression("plan.parms > 1", dotted=True)
    with pytest.raises(ExpressionError) as caught:
        evaluate_expression(expression, values.__getitem__, known=values)
    assert (caught.value.start, caught.value.end) == (0, 10)
    assert caught.value.help == "did you mean `plan.params`?"


@pytest.mark.parametrize("text", ["plan.", "plan..x", ".plan", "plan.upper()"])
def test_a_dotted_name_has_names_between_its_dots(text: str) -> None:
    with pytest.raises(ExpressionError):
        parse_expression(text, dotted=True)


def test_a_long_flat_expression_is_fine() -> None:
    assert value_of(" + ".join(["1"] * 2000)) == 2000
    assert value_of(" and ".join(["true"] * 1000)) is True
    assert value_of(" if false else ".join(map(str, range(300)))) == 299


def test_a_long_list_of_a_document_can_be_counted() -> None:
    expression = parse_expression("len(words) + 2")
    assert evaluate_expression(expression, {"words": ["w"] * 200_000}.__getitem__) == 200_002
