"""Any text gives a value or an error with a place; arithmetic is Python's."""

from __future__ import annotations

import ast
import operator
import time
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from modelspec.diagnostics.codes import CODES
from modelspec.language.expressions import (
    ExpressionError,
    evaluate,
    evaluate_expression,
    parse_expression,
    parse_template,
)

VALUES: dict[str, object] = {"a": 3, "b": [1, 2.5, "x"], "c": "text", "d": None, "e": True, "f": object()}
SECONDS = 2.0  # far above what any of these takes, so that a busy machine fails no test

# fmt: off
PIECES = st.sampled_from([
    "$", "$$", "$(", "${", "}", "(", ")", "[", "]", ",", ".", ":", "a", "b", "c", "d", "e", "f", "a.b",
    "1", "0",
    "2.5", "1e3", "9", "63", "1e308", "'x'", '"y"', "'", '"', "\\", "true", "false", "null", "and", "or",
    "not",
    "in", "if", "else", "+", "-", "*", "/", "//", "%", "**", "==", "!=", "<", "<=", ">", ">=", "min(", "max(",
    "abs(", "int(", "float(", "round(", "ceil(", "floor(", "len(", "range(", "sum(", "True", "None", "is",
    "for",
    " ", "\n", "é",
])
INFIXES = st.sampled_from(["+", "-", "*", "/", "//", "%", "**", "==", "<", "in", "and", "or"])
FUNCTIONS = st.sampled_from(["min", "max", "abs", "int", "round", "len", "range", "sum"])
# fmt: on
SOUP = st.lists(PIECES, max_size=25).map(" ".join) | st.lists(PIECES, max_size=25).map("".join)
WELL_FORMED = st.recursive(
    st.sampled_from(["a", "b", "c", "d", "e", "f", "1", "0", "2.5", "63", "'x'", "true", "null", "[]"]),
    lambda inner: st.one_of(
        st.tuples(inner, INFIXES, inner).map(" ".join),
        st.tuples(inner, inner).map("{0[0]}[{0[1]}]".format),
        st.tuples(inner, inner, inner).map("({0[0]} if {0[1]} else {0[2]})".format),
        st.tuples(FUNCTIONS, inner).map("{0[0]}({0[1]})".format),
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        inner.map("({})".format),
    ),
    max_leaves=12,
)


def check_outcome(text: str, work: Callable[[], object]) -> None:
    """`work` gives a value or an error that has a code and a place in `text`, and soon."""
    started = time.process_time()
    found: ExpressionError | None = None
    try:
        work()
    except ExpressionError as error:
        found = error
    assert time.process_time() - started < SECONDS
    if found is not None:
        assert found.code in CODES
        assert 0 <= found.start <= found.end <= len(text)


@given(st.text() | SOUP | WELL_FORMED.map("x$({})".format))
@settings(max_examples=300, deadline=None)
def test_any_text_gives_a_value_or_an_error_that_has_a_place(text: str) -> None:
    def work() -> object:
        template = parse_template(text)
        return template and evaluate(template, VALUES.__getitem__, known=VALUES)

    check_outcome(text, work)


@given(st.text() | SOUP | WELL_FORMED, st.booleans())
@settings(max_examples=300, deadline=None)
def test_any_bare_expression_gives_a_value_or_an_error_that_has_a_place(text: str, dotted: bool) -> None:
    check_outcome(
        text,
        lambda: evaluate_expression(parse_expression(text, dotted=dotted), VALUES.__getitem__, known=VALUES),
    )


@given(st.text())
def test_a_text_with_its_dollars_doubled_is_itself(text: str) -> None:
    template = parse_template(text.replace("$", "$$"))
    assert text == (text if template is None else evaluate(template, VALUES.__getitem__))


NUMBERS = st.integers(0, 30).map(str) | st.sampled_from(["0.5", "2.25", "1e-3", "100.0"])
CONDITIONS = st.tuples(NUMBERS, st.sampled_from(["<", "<=", "==", "!=", ">", ">="]), NUMBERS).map(" ".join)
ARITHMETIC = st.recursive(
    NUMBERS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "//", "%"]), inner).map(" ".join),
        st.tuples(inner, st.sampled_from(["0", "1", "2", "-1"])).map("({0[0]}) ** {0[1]}".format),
        st.tuples(inner, CONDITIONS, CONDITIONS, inner).map(
            "({0[0]} if {0[1]} and not {0[2]} else {0[3]})".format
        ),
        inner.map("-{}".format),
        inner.map("({})".format),
    ),
    max_leaves=10,
)


@given(ARITHMETIC)
@settings(max_examples=300, deadline=None)
def test_arithmetic_is_pythons_except_that_whole_division_gives_an_integer(text: str) -> None:
    try:
        expected: object = _python(ast.parse(text, mode="eval").body)
    except ZeroDivisionError:
        expected = "expression-value"
    except OverflowError:
        expected = "expression-too-large"
    try:
        found = evaluate_expression(parse_expression(text), VALUES.__getitem__)
    except ExpressionError as error:
        found = error.code
    assert found == expected
    assert type(found) is type(expected)


_OPERATORS: dict[type[ast.AST], Callable[..., object]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: lambda left, right: int(left // right),
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.USub: operator.neg,
    ast.Not: operator.not_,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


def _python(node: ast.expr) -> object:
    """What Python makes of the expression; integers beyond 64 bits and infinities are overflows."""
    match node:
        case ast.Constant():
            return node.value
        case ast.UnaryOp():
            return _OPERATORS[type(node.op)](_python(node.operand))
        case ast.BinOp():
            result = _OPERATORS[type(node.op)](_python(node.left), _python(node.right))
            if isinstance(result, int) and abs(result) >= 2**63:
                raise OverflowError
            if isinstance(result, float) and abs(result) == float("inf"):
                raise OverflowError
            return result
        case ast.Compare():
            return _OPERATORS[type(node.ops[0])](_python(node.left), _python(node.comparators[0]))
        case ast.BoolOp():
            return all(_python(value) for value in node.values)
        case ast.IfExp():
            return _python(node.body if _python(node.test) else node.orelse)
        case _:
            raise AssertionError(ast.dump(node))
