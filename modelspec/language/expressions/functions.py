"""The functions of expressions: these and no others."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

from modelspec.frozen import dataclass
from modelspec.language.expressions.budget import Budget
from modelspec.language.expressions.constants import bounded, is_integer, is_list, is_number, spoken
from modelspec.language.expressions.errors import Fault, shorten
from modelspec.language.expressions.lexer import read_number
from modelspec.language.expressions.limits import MAX_DIGITS
from modelspec.language.expressions.operators import finite, shown_kind

Arguments = tuple[object, ...]
Number = int | float


@dataclass(frozen=True, slots=True)
class Function:
    """A function: its body and how many arguments it takes (`most` is `None` for any number)."""

    apply: Callable[[Arguments, Budget], object]
    least: int
    most: int | None
    usage: str


def call(name: str, arguments: Arguments, *, budget: Budget) -> object:
    """The result of the function `name`, which exists.

    Raises:
        Fault: the arguments do not fit, or the result does not exist or is too large.
    """
    function = FUNCTIONS[name]
    if len(arguments) < function.least or (function.most is not None and len(arguments) > function.most):
        raise Fault(
            "expression-type",
            f"`{name}` takes {_count(function)}, not {len(arguments)}",
            f"write {function.usage}",
        )
    return function.apply(arguments, budget)


def _count(function: Function) -> str:
    if function.most is None:
        return "at least one argument"
    if function.least == function.most:
        return "one argument"
    return f"{function.least} to {function.most} arguments"


def _extreme(
    name: str, pick: Callable[[list[Number]], Number], pick_text: Callable[[list[str]], str]
) -> Function:
    def apply(arguments: Arguments, budget: Budget) -> object:
        values = arguments
        if len(arguments) == 1:
            if not is_list(arguments[0]):
                raise Fault(
                    "expression-type",
                    f"`{name}` takes a list or several arguments, not one that is {spoken(arguments[0])}",
                )
            values = tuple(arguments[0])
        budget.spend(len(values))
        if not values:
            raise Fault("expression-value", f"`{name}` of an empty list does not exist")
        numbers = [value for value in values if is_number(value)]
        if len(numbers) == len(values):
            return bounded(pick(numbers))
        texts = [value for value in values if isinstance(value, str)]
        if len(texts) == len(values):
            return pick_text(texts)
        raise Fault(
            "expression-type",
            f"`{name}` takes only numbers or only strings, not {_kinds(values)}",
            _flag_help(values),
        )

    return Function(apply, 1, None, f"`{name}(a, b)` or `{name}(list)`")


def _kinds(values: Arguments) -> str:
    """The kinds met, each once, in the order they appear: `a number and null`."""
    return " and ".join(dict.fromkeys(spoken(value) for value in values))


def _flag_help(values: Arguments) -> str | None:
    flags = any(isinstance(value, bool) for value in values)
    return "booleans are not numbers; write `int(flag)`, or `a if flag else b`" if flags else None


def _number(name: str, value: object) -> Number:
    if is_number(value):
        return bounded(value)
    raise Fault("expression-type", f"`{name}` takes a number, not {spoken(value)}", _flag_help((value,)))


def _integer(name: str, value: object) -> int:
    if is_integer(value):
        bounded(value)
        return value
    raise Fault(
        "expression-type",
        f"`{name}` takes integers, not {shown_kind(value)}",
        "`//` divides to an integer, `int(…)` cuts a float"
        if isinstance(value, float)
        else _flag_help((value,)),
    )


def _whole(name: str, value: Number, result: Callable[[Number], int]) -> int:
    """A float made an integer."""
    if not math.isfinite(value):
        raise Fault("expression-value", f"`{name}` gives an integer, and there is none for `{value!r}`")
    whole = result(value)
    bounded(whole)
    return whole


def _convertible(name: str, value: object) -> Number:
    """What `int` and `float` take: a number, a boolean, or a string that reads as a number."""
    match value:
        case bool():
            return int(value)
        case int() | float():
            return bounded(value)
        case str():
            try:
                number = read_number(value.strip(" "))
            except ValueError:
                raise Fault("expression-too-large", f"the number `{shorten(value)}` is too large") from None
            if number is not None:
                return number
            raise Fault("expression-value", f"`{shorten(value)}` does not read as a number")
        case _:
            raise Fault(
                "expression-type", f"`{name}` takes a number, a boolean or a string, not {spoken(value)}"
            )


def _abs(arguments: Arguments, budget: Budget) -> object:
    return abs(_number("abs", arguments[0]))


def _int(arguments: Arguments, budget: Budget) -> object:
    return _whole("int", _convertible("int", arguments[0]), int)


def _float(arguments: Arguments, budget: Budget) -> object:
    return float(_convertible("float", arguments[0]))


def _round(arguments: Arguments, budget: Budget) -> object:
    value = _number("round", arguments[0])
    if len(arguments) == 1:
        return _whole("round", value, round)
    digits = _integer("round", arguments[1])
    if abs(digits) > MAX_DIGITS:
        raise Fault("expression-value", f"`round` takes at most {MAX_DIGITS} digits")
    try:
        return finite(round(value, digits), value)
    except OverflowError:
        raise Fault("expression-too-large", "the result is larger than the largest float") from None


def _ceil(arguments: Arguments, budget: Budget) -> object:
    return _whole("ceil", _number("ceil", arguments[0]), math.ceil)


def _floor(arguments: Arguments, budget: Budget) -> object:
    return _whole("floor", _number("floor", arguments[0]), math.floor)


def _len(arguments: Arguments, budget: Budget) -> object:
    value = arguments[0]
    if isinstance(value, str) or is_list(value):
        return len(value)
    raise Fault("expression-type", f"`len` takes a list or a string, not {spoken(value)}")


def _range(arguments: Arguments, budget: Budget) -> object:
    values = [_integer("range", value) for value in arguments]
    start, stop, step = (0, values[0], 1) if len(values) == 1 else (*values, 1)[:3]
    if step == 0:
        raise Fault("expression-value", "the step of `range` cannot be 0")
    budget.check_size(max(0, -((start - stop) // step)))
    return list(range(start, stop, step))


def _sum(arguments: Arguments, budget: Budget) -> object:
    values = arguments[0]
    if not is_list(values):
        raise Fault("expression-type", f"`sum` takes a list of numbers, not {spoken(values)}")
    budget.spend(len(values))
    total: Number = 0
    # Added one by one: Python's own `sum` rounds floats differently from release to release.
    for value in values:
        if not is_number(value):
            raise Fault(
                "expression-type",
                f"`sum` takes a list of numbers, not {_kinds(tuple(values))}",
                _flag_help((value,)),
            )
        total = finite(total + bounded(value), total, value)
    return total


FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {
        "min": _extreme("min", min, min),
        "max": _extreme("max", max, max),
        "abs": Function(_abs, 1, 1, "`abs(x)`"),
        "int": Function(_int, 1, 1, "`int(x)`"),
        "float": Function(_float, 1, 1, "`float(x)`"),
        "round": Function(_round, 1, 2, "`round(x)` or `round(x, digits)`"),
        "ceil": Function(_ceil, 1, 1, "`ceil(x)`"),
        "floor": Function(_floor, 1, 1, "`floor(x)`"),
        "len": Function(_len, 1, 1, "`len(list)`"),
        "range": Function(_range, 1, 3, "`range(stop)` or `range(start, stop, step)`"),
        "sum": Function(_sum, 1, 1, "`sum(list)`"),
    }
)
"""The functions by name, in the order messages list them."""
