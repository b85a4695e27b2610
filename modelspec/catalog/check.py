"""Whether a value is of a kind its argument takes, as far as the catalog is certain."""

from __future__ import annotations

import re

from modelspec.catalog.context import Context, did_you_mean
from modelspec.catalog.entry import Argument
from modelspec.catalog.families import noun
from modelspec.catalog.registered import is_registered_name
from modelspec.diagnostics import nearest
from modelspec.language.values import Fields, Items, KerasDict, Object, Plain, Unknown, Value

_NUMBERS = frozenset({"int", "float"})
# What `$width * 2` leaves: only the variable was replaced.
_SUM = re.compile(r"-?[\d.]+(?: *[-+*/%]+ *-?[\d.]+)+")
# A tuple of Python's where YAML leaves it whole.
_TUPLE = re.compile(r"\([^()]*\)")
_DIVISION = re.compile(r"\$\([^)]*[^/]/[^/]")
_TRUE = frozenset({"yes", "on", "true", "y"})
_FALSE = frozenset({"no", "off", "false", "n"})


def check_kind(argument: Argument, value: Value, *, owner: str, context: Context) -> bool:
    """Whether a value may stand for an argument; what may not is reported.

    Args:
        owner: the class as messages call it.
    """
    if not argument.kinds:
        return True
    if _accepts(argument, value):
        return _check_choice(argument, value, owner=owner, context=context) and _check_elements(
            argument, value, owner=owner, context=context
        )
    context.complain(
        "wrong-kind",
        f"`{argument.name}` of `{owner}` takes {_wanted(argument)}, not {describe(value)}",
        value.origin,
        help=_help(argument, value),
    )
    return False


def describe(value: Value) -> str:
    """A value as messages call it."""
    match value:
        case Plain(value=str(text)):
            return f"the text `{text}`"
        case Plain(value=bool(flag)):
            return f"`{str(flag).lower()}`"
        case Plain(value=None):
            return "`null`"
        case Plain(value=number):
            return f"`{number}`"
        case Items():
            return "a list"
        case Fields():
            return "a mapping"
        case Object(cls=cls):
            return f"an object `{cls}`"
        case KerasDict() | Unknown():
            return "a Keras dict"


def _accepts(argument: Argument, value: Value) -> bool:
    kinds = argument.kinds
    match value:
        case Plain(value=None) | Unknown() | KerasDict():
            return True
        case Plain(value=bool() | int() | float()) | Items() if "tensor" in kinds:
            return True
        case Plain(value=bool()):
            return "bool" in kinds
        case Plain(value=int(number)):
            # Keras reads 0 and 1 as booleans nearly everywhere.
            return "int" in kinds or ("bool" in kinds and number in (0, 1))
        case Plain(value=float()):
            return "float" in kinds
        case Plain(value=str(text)):
            names_object = argument.family is not None and not _is_number(text) and "mapping" not in kinds
            return "str" in kinds or names_object
        case Items():
            return "list" in kinds
        case Fields():
            return "mapping" in kinds
        case _:
            return argument.family is not None or "object" in kinds


def _check_choice(argument: Argument, value: Value, *, owner: str, context: Context) -> bool:
    """Whether a string is one of those that there are."""
    match value:
        case Plain(value=str(text)) if "object" in argument.kinds and is_registered_name(text):
            return True
        case Plain(value=str(text)) if argument.choices and text not in argument.choices:
            context.complain(
                "wrong-value",
                f"`{argument.name}` of `{owner}` takes {_one_of(argument.choices)}, not `{text}`",
                value.origin,
                help=did_you_mean(_choice_near(text, argument.choices)),
            )
            return False
        case _:
            return True


def _choice_near(text: str, choices: tuple[str, ...]) -> str | None:
    folded = {choice.lower(): choice for choice in choices}
    return folded.get(text.lower()) or nearest(text, choices)


def _one_of(choices: tuple[str, ...]) -> str:
    *others, last = (f"`{choice}`" for choice in choices)
    return f"{', '.join(others)} or {last}" if others else last


def _check_elements(argument: Argument, value: Value, *, owner: str, context: Context) -> bool:
    """Whether the elements of a list of numbers are numbers."""
    if not isinstance(value, Items) or not _NUMBERS & argument.kinds or "str" in argument.kinds:
        return True
    fine = True
    for item in value.items:
        match item:
            case Plain(value=bool() | str()) | Object() | Fields():
                context.complain(
                    "wrong-kind",
                    f"`{argument.name}` of `{owner}` takes numbers, not {describe(item)}",
                    item.origin,
                    help=_number_help(item),
                )
                fine = False
            case Plain(value=float(number)) if "float" not in argument.kinds:
                context.complain(
                    "wrong-kind",
                    f"`{argument.name}` of `{owner}` takes whole numbers, not `{number}`",
                    item.origin,
                    help=f"write `{int(number)}`" if number.is_integer() else None,
                )
                fine = False
            case Items():
                fine = _check_elements(argument, item, owner=owner, context=context) and fine
    return fine


def _wanted(argument: Argument) -> str:
    kinds = argument.kinds
    wanted = []
    if "bool" in kinds:
        wanted.append("`true` or `false`")
    if "float" in kinds:
        wanted.append("a number" if "int" in kinds else "a number with a decimal point")
    elif "int" in kinds:
        wanted.append("a whole number")
    if "list" in kinds:
        wanted.append("a list of them" if _NUMBERS & kinds else "a list")
    if "mapping" in kinds:
        wanted.append("a mapping")
    if argument.choices:
        wanted.append(_one_of(argument.choices))
    elif "str" in kinds:
        wanted.append("a text")
    if "tensor" in kinds:
        wanted.append("a tensor")
    if "object" in kinds:
        wanted.append("an object")
    if argument.family is not None and "mapping" not in kinds:
        wanted.append(noun(argument.family))
    return " or ".join(wanted)


def _help(argument: Argument, value: Value) -> str | None:
    match value:
        case Plain(value=str(text)) if "bool" in argument.kinds:
            if text.lower() in _TRUE:
                return "write `true`"
            return "write `false`" if text.lower() in _FALSE else None
        case Plain(value=str(text)) if "tensor" in argument.kinds:
            return f"a tensor is written `{{from: {text}}}`"
        case Plain(value=bool()):
            return None
        case Plain(value=int(number)) if "float" in argument.kinds:
            return f"write `{float(number)}`"
        case Plain(value=float()) if _divides(value):
            return "`/` gives a float; `//` divides to a whole number"
        case Plain(value=float(number)) if number.is_integer():
            return f"write `{int(number)}`"
        case _:
            return _number_help(value)


def _divides(value: Value) -> bool:
    """Whether an expression with a `/` is written where a value comes from, be it that of a variable."""
    places = (value.origin.place, *(step.place for step in value.origin.via))
    return any(_DIVISION.search(place.source.text, place.start, place.end) for place in places)


def _number_help(value: Value) -> str | None:
    match value:
        case Plain(value=str(text)) if _is_number(text):
            return f"write `{text}` without quotes"
        case Plain(value=str(text)) if _TUPLE.fullmatch(text):
            return f"YAML has no tuples: write the list `[{text[1:-1].strip(' ,')}]`"
        case Plain(value=str(text)) if _SUM.fullmatch(text):
            return "what is computed stands in parentheses: `$(width * 2)`"
        case _:
            return None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
