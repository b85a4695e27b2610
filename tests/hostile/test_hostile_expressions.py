"""Expressions made to take all time, memory or stack: each is refused at once with a diagnostic."""

from __future__ import annotations

import time
import tracemalloc

import pytest

from modelspec.language.expressions import (
    ExpressionError,
    evaluate,
    evaluate_expression,
    parse_expression,
    parse_template,
)
from modelspec.language.expressions.limits import MAX_DEPTH

SECONDS = 10.0  # of a busy machine; without a bound these texts take hours
BYTES = 32 * 2**20

VALUES: dict[str, object] = {
    "long": "x" * 1_000_000,
    "many": [0] * 200_000,
    "huge": 16**100_000,
    "deep": None,
}
for _ in range(20_000):
    VALUES["deep"] = [VALUES["deep"]]
VALUES["wide"] = [0] * 100
for _ in range(8):  # ten to the tenth items, all of them shared
    VALUES["wide"] = [VALUES["wide"]] * 10

LEVELS = MAX_DEPTH * 40

TOO_LARGE = {
    "a tower of powers": "9**9**9",
    "a tall tower of powers": "2**" * 40 + "2",
    "a power": "10**1000000000",
    "a float's power": "10.0**10**6",
    "squares of squares": "(" * 20 + "9" + ")**9" * 20,
    "a product of a looked-up integer": "huge * huge",
    "a power of a looked-up integer": "huge ** 60",
    "many nines": "9" * 9_000,
    "very many nines": "9" * 1_000_000,
    "a long hexadecimal": "0x" + "f" * 9_000,
    "a list of a list, often": "[[[[1]]]] * 10**9",
    "an empty list, often": "[[]] * 10**9",
    "an empty string in a list, often": "['']*10**9",
    "doubling lists": "((((([1]*99)*99)*99)*99)*99)",
    "a string, often": '"a" * 10**12',
    "a string, often, from the left": '10**12 * "a"',
    "a long string doubled": "long + long",
    "a long range": "range(10**12)",
    "the longest range": "range(-9223372036854775807, 9223372036854775807)",
    "a long range backwards": "range(0, -10**12, -1)",
    "a sum of many": "sum(many)",
    "a list of many": "[many, many]",
    "a search in vain": "1 in many",
    "a comparison of shared lists": "wide == wide",
    "a search in shared lists": "[1] in [wide, wide]" + " or [wide] == [wide]",
    "a copy of shared lists": "wide * 2",
    "deep parentheses": "(" * LEVELS + "1" + ")" * LEVELS,
    "deep parentheses, open": "(" * LEVELS,
    "deep lists": "[" * LEVELS + "]" * LEVELS,
    "deep calls": "abs(" * LEVELS + "1" + ")" * LEVELS,
    "deep indices": "many[" * LEVELS + "0" + "]" * LEVELS,
    "many signs": "-" * LEVELS + "1",
    "many nots": "not " * LEVELS + "true",
    "deep operators": "1+(" * LEVELS + "1" + ")" * LEVELS,
    "every level of every operator": "(" * 45
    + "1"
    + " ** 1 * 1 + 1 == 1 and true or true) if true else 1" * 45,
    "a long text": "1 + " * 10_000 + "1",
    "a long string": "'" + "a" * 1_000_000 + "'",
    "much space": "1" + " " * 1_000_000 + "+ 1",
    "not, and much space": "1 not" + " " * 1_000_000 + "in [1]",
    "many big strings": " == ".join(["'ab' * 5000"] * 100),
}

FINE_OR_ERROR = {
    "a deep list": "deep",
    "deep lists compared": "deep == deep",
    "a wide list counted": "len(wide)",
    "a long index": "many[" + "9" * 18 + "]",
    "a huge index": "many[huge]",
    "rounding to nowhere": "round(1, -10**18)",
    "rounding far": "round(12345.678, 400)",
    "a long name": "a" * 9_000,
    "a long dotted name": "a." * 4_000 + "a",
    "a long unknown function": "a" * 9_000 + "(1)",
    "a search in long strings": "('a' * 9000 + 'b') in long",
    "a huge integer compared": "huge > 1.5",
    "a huge integer made a float": "float(huge)",
}


def guarded(text: str) -> str | None:
    """The code of the error that the text gives, or `None`; fails where it takes much time or memory."""
    tracemalloc.start()
    started = time.process_time()
    found = None
    try:
        evaluate_expression(parse_expression(text), VALUES.__getitem__, known=VALUES)
    except ExpressionError as error:
        found = error
    seconds = time.process_time() - started
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert seconds < SECONDS
    assert peak < BYTES
    if found is None:
        return None
    assert len(found.message) + len(found.help or "") < 500
    return found.code


@pytest.mark.parametrize("text", TOO_LARGE.values(), ids=TOO_LARGE.keys())
def test_what_is_too_large_is_refused(text: str) -> None:
    assert guarded(text) == "expression-too-large"


@pytest.mark.parametrize("text", FINE_OR_ERROR.values(), ids=FINE_OR_ERROR.keys())
def test_odd_ones_end_soon(text: str) -> None:
    guarded(text)


def evaluated(text: str) -> object:
    template = parse_template(text)
    assert template is not None
    return evaluate(template, VALUES.__getitem__, known=VALUES)


@pytest.mark.parametrize(
    "text",
    [
        "$(" * 10_000,
        "${" * 10_000,
        "$" * 100_001 + "(",
        "x$wide",
        "x$deep" * 100_000,
        "x$long",
        "$many$many",
        "x$huge",
        "$($(" * 1000 + "))" * 1000,
        "$('" * 5_000,
        "$(1)" * 200_000,
    ],
    ids=lambda text: text[:12],
)
def test_texts_that_hold_too_much_are_refused(text: str) -> None:
    started = time.process_time()
    with pytest.raises(ExpressionError) as caught:
        evaluated(text)
    assert len(caught.value.message) < 200
    assert time.process_time() - started < SECONDS * 2


def test_the_deepest_that_is_allowed_needs_little_stack() -> None:
    depth = MAX_DEPTH - 2
    assert _under_a_stack_of(550, lambda: guarded("abs(" * depth + "1" + ")" * depth)) is None


def _under_a_stack_of(frames: int, call: object) -> object:
    """What `call` gives when so many frames are already in use."""
    if frames:
        return _under_a_stack_of(frames - 1, call)
    assert callable(call)
    return call()


@pytest.mark.parametrize(
    "text",
    [
        "().__class__",
        "''.__class__.__mro__",
        "__import__('os').system('true')",
        "[].append(1)",
        "(lambda: 1)()",
        "open('/etc/passwd')",
        "f'{n}'",
        "n := 3",
        "getattr(n, 'x')",
        "min.__self__",
        "`id`",
        "n; n",
        "\\",
        "\x00",
    ],
)
def test_no_way_leads_to_python(text: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        evaluate_expression(parse_expression(text), {"n": 1}.__getitem__)
    assert caught.value.code == "bad-expression"
