"""What the operators do to values, and what they object to."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from modelspec.language.expressions.budget import Budget
from modelspec.language.expressions.constants import (
    bounded,
    compare_equal,
    format_constant,
    is_integer,
    is_list,
    is_number,
    spoken,
    weigh,
)
from modelspec.language.expressions.errors import Fault, shorten
from modelspec.language.expressions.limits import MAX_SIZE

Number = int | float


def apply_arithmetic(symbol: str, left: object, right: object, *, budget: Budget) -> object:
    """`left symbol right` for one of `+ - * / // % **`.

    Raises:
        Fault: the kinds do not fit, the value does not exist, or it is too large.
    """
    if is_number(left) and is_number(right):
        return finite(_NUMERIC[symbol](bounded(left), bounded(right)), left, right)
    match symbol, left, right:
        case "+", str(), str():
            budget.check_made(left, right)
            return left + right
        case "+", (list() | tuple()), (list() | tuple()):
            budget.check_made(left, right)
            return [*left, *right]
        case "*", (str() | list() | tuple()), int() if is_integer(right):
            return _repeated(left, right, budget)
        case "*", int(), (str() | list() | tuple()) if is_integer(left):
            return _repeated(right, left, budget)
        case _:
            raise Fault(
                "expression-type",
                f"`{symbol}` takes {_TAKES.get(symbol, 'two numbers')}, "
                f"not {spoken(left)} and {spoken(right)}",
                _arithmetic_help(symbol, left, right),
            )


def apply_sign(symbol: str, value: object) -> Number:
    """`-value` or `+value`."""
    if not is_number(value):
        raise Fault("expression-type", f"`{symbol}` takes a number, not {spoken(value)}", _number_help(value))
    value = bounded(value)
    return -value if symbol == "-" else value


def apply_comparison(symbol: str, left: object, right: object, *, budget: Budget) -> bool:
    """`left symbol right` for one of `== != < <= > >= in` and `not in`."""
    match symbol:
        case "==":
            return equal(left, right, budget=budget)
        case "!=":
            return not equal(left, right, budget=budget)
        case "in":
            return _contains(right, left, budget)
        case "not in":
            return not _contains(right, left, budget)
    if is_number(left) and is_number(right):
        return _ORDERINGS[symbol](left, right)
    if isinstance(left, str) and isinstance(right, str):
        return _ORDERINGS[symbol](left, right)
    raise Fault(
        "expression-type",
        f"`{symbol}` compares two numbers or two strings, not {spoken(left)} and {spoken(right)}",
        _number_help(left, right),
    )


def equal(left: object, right: object, *, budget: Budget) -> bool:
    """Whether two values are equal: `1 == 1.0`, but no number equals a boolean or a string."""
    for same in compare_equal(left, right):
        budget.spend(1)
        if not same:
            return False
    return True


def condition(value: object, user: str) -> bool:
    """The boolean that `user` (`if`, `and`, `or`, `not`) takes; nothing else counts as true or false."""
    if isinstance(value, bool):
        return value
    help: str | None = None
    match value:
        case str() if value.lower() in _BOOLEAN_WORDS:
            help = f"`{value}` is text in YAML 1.2; write `{format_constant(_BOOLEAN_WORDS[value.lower()])}`"
        case None:
            help = "for a default write `x if x != null else y`" if user == "or" else "write `x != null`"
        case str() | list() | tuple():
            help = "write `len(x) > 0`"
        case int() | float():
            help = "write `x != 0`"
        case _:
            help = "write `x != null`"
    raise Fault("expression-type", f"`{user}` takes true or false, not {spoken(value)}", help)


def index(value: object, position: object) -> object:
    """`value[position]`; a negative position counts from the end."""
    if not (isinstance(value, str) or is_list(value)):
        raise Fault("expression-type", f"only a list or a string has an index, not {spoken(value)}")
    if not is_integer(position):
        raise Fault(
            "expression-type",
            f"an index is an integer, not {shown_kind(position)}",
            "`//` divides to an integer, `int(…)` cuts a float" if isinstance(position, float) else None,
        )
    if not -len(value) <= position < len(value):
        what, unit = ("string", "character") if isinstance(value, str) else ("list", "item")
        length = f"{len(value)} {unit}" + ("s" if len(value) != 1 else "")
        raise Fault(
            "expression-value",
            f"there is no index {_short_number(position)} in a {what} of {length}",
            f"the indices are 0 to {len(value) - 1}" if value else None,
        )
    return value[position]


def shown_kind(value: object) -> str:
    """The kind, with the value where it is a float: what a message about a wanted integer says."""
    return f"the float `{value!r}`" if isinstance(value, float) else spoken(value)


def finite(value: Number, *operands: Number) -> Number:
    """The number itself; `Fault` where it left the bounds though the operands were inside."""
    if isinstance(value, float) and not math.isfinite(value) and all(map(math.isfinite, operands)):
        raise Fault("expression-too-large", "the result is larger than the largest float, about 1.8e308")
    return bounded(value)


def _number_help(*values: object) -> str | None:
    """What helps where one of the values should be a number."""
    for value in values:
        if isinstance(value, bool):
            return "booleans are not numbers; write `int(flag)`, or `a if flag else b`"
    for value in values:
        if value is None:
            return "for a default write `x if x != null else y`"
        if isinstance(value, str) and _LIKE_NUMBER.issuperset(value) and not _LIKE_NUMBER.isdisjoint(value):
            return f"`{shorten(value)}` is a string; a number has no quotes, no `_` and no `:`"
    return None


def _arithmetic_help(symbol: str, left: object, right: object) -> str | None:
    found = _number_help(left, right)
    if found is None and symbol == "+" and isinstance(left, str) != isinstance(right, str):
        return "a value is put into text outside an expression: `conv_$i`"
    return found


def _repeated(items: str | list[object] | tuple[object, ...], times: int, budget: Budget) -> object:
    times = max(times, 0)
    budget.check_size(min(times, MAX_SIZE + 1) * max(weigh(items, MAX_SIZE), 1))
    return items * times if isinstance(items, str) else [*items] * times


def _contains(container: object, value: object, budget: Budget) -> bool:
    if isinstance(container, str) and isinstance(value, str):
        budget.spend(len(container) // 64 + len(value) // 64)
        return value in container
    if is_list(container):
        return any(equal(item, value, budget=budget) for item in container)
    raise Fault(
        "expression-type",
        f"`in` takes a value and a list, or two strings, not {spoken(value)} and {spoken(container)}",
    )


def _divide(left: Number, right: Number) -> Number:
    _check_divisor(right)
    return left / right


def _floor_divide(left: Number, right: Number) -> Number:
    _check_divisor(right)
    quotient = left // right
    if not math.isfinite(quotient):
        raise Fault("expression-value", f"`//` gives an integer, and `{quotient!r}` is none")
    return int(quotient)


def _modulo(left: Number, right: Number) -> Number:
    _check_divisor(right)
    return left % right


def _power(base: Number, exponent: Number) -> Number:
    if base == 0 and exponent < 0:
        raise Fault("expression-value", "0 has no negative power, that is a division by zero")
    if isinstance(base, int) and isinstance(exponent, int) and exponent >= 0:
        # |base| > 1 leaves 64 bits long before the exponent 64, so no huge integer is ever made.
        if abs(base) > 1 and exponent >= 64:
            raise Fault(
                "expression-too-large",
                "an integer here does not fit in 64 bits",
                "write a float such as `1e30`",
            )
        whole: int = base**exponent
        return whole
    result: object
    try:
        result = base**exponent
    except OverflowError:
        result = math.inf
    if isinstance(result, complex):
        raise Fault("expression-value", "a negative number has no power with a fraction")
    assert isinstance(result, float | int)
    return result


def _check_divisor(divisor: Number) -> None:
    if divisor == 0:
        raise Fault("expression-value", "division by zero")


def _short_number(number: int) -> str:
    return str(number) if number.bit_length() <= 64 else "of more than 64 bits"


_NUMERIC: Mapping[str, Callable[[Number, Number], Number]] = MappingProxyType(
    {
        "+": operator.add,
        "-": operator.sub,
        "*": operator.mul,
        "/": _divide,
        "//": _floor_divide,
        "%": _modulo,
        "**": _power,
    }
)
_ORDERINGS: Mapping[str, Callable[[Any, Any], bool]] = MappingProxyType(
    {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
)
_TAKES: Mapping[str, str] = MappingProxyType(
    {
        "+": "two numbers, two strings or two lists",
        "*": "two numbers, or a list or string and an integer",
    }
)
_BOOLEAN_WORDS: Mapping[str, bool] = MappingProxyType(
    dict.fromkeys(("yes", "on", "y", "true"), True) | dict.fromkeys(("no", "off", "n", "false"), False)
)
_LIKE_NUMBER = frozenset("0123456789._:+-eE")
