"""Which kinds of value an argument certainly takes: from its description, its name, its default.

Kinds are `bool`, `int`, `float`, `str`, `list`, `mapping` and, where an instance may stand as well,
`object`. An argument without kinds takes anything. Whether a whole number does for a float is tried later
(`trials`); a float for a whole number, true for 1, or a text for a number is never meant, whatever Keras
lets pass.
"""

from __future__ import annotations

import inspect
import re

from modelspec.link.harvest.corrections import ARGUMENT_KINDS, KINDS_BY_NAME

# What may stand before the first word that names a kind.
_BEFORE = re.compile(
    r"^(?:[(`]|optional\b|an?\b|the\b|python\b|single\b|scalar\b|small\b|(?:strictly )?positive\b"
    r"|non-negative\b|unsigned\b|constant\b|initial\b|[),:;`\s])+",
    re.IGNORECASE,
)
_LIST = r"(?:python )?(?:tuples?|lists?|sequences?)(?:\s*(?:/|or)\s*(?:tuple|list))*"
_SOME = r"(?:\s+of\s+(?:\w+\s+|`rank`\s+)?{0}\b)"
_INT, _INTS = r"(?:int|integer)\b`?", r"(?:int|integer)s?"
_FLOAT, _FLOATS = (
    r"(?:floating point(?: values?)?|float|number(?! of))\b`?",
    r"(?:float|number|floating point value)s?",
)
_OR = r"(?:\s*value)?\s*,?\s*(?:or|/)?\s*(?:an? )?(?:single )?"
# First words that leave no room for other kinds.
_FLAG = re.compile(r"bool(?:ean)?\b", re.IGNORECASE)
_COUNT = re.compile(r"(?:total |maximum |possible )*number of\b", re.IGNORECASE)
# First words of the description: the kinds they name. The first that fits decides.
_WORDS = tuple(
    (re.compile(pattern, re.IGNORECASE), kinds)
    for pattern, kinds in (
        (rf"{_INT}\s+{_LIST}", ("int", "list")),
        (rf"{_INT}{_OR}{_LIST}", ("int", "list")),
        (rf"{_LIST}{_SOME.format(_INTS)}{_OR}{_INT}", ("int", "list")),
        (rf"{_LIST}{_SOME.format(_INTS)}", ("list",)),
        (_INT, ("int",)),
        (rf"{_FLOAT}{_OR}{_LIST}", ("float", "list")),
        (rf"{_LIST}{_SOME.format(_FLOATS)}{_OR}{_FLOAT}", ("float", "list")),
        (rf"{_LIST}{_SOME.format(_FLOATS)}", ("list",)),
        (_FLOAT, ("float",)),
        (r"(?:string|str)\b`?", ("str",)),
        (r"dict(?:ionary)?\b", ("mapping",)),
    )
)

# Words that open the door to other kinds than the first ones named.
_DOUBT = re.compile(
    r"\b(?:or|either|tensor|callable|schedule|sequence|array|list|tuple|dict|dictionary|iterable|object)\b"
    r"|[\"']",
    re.IGNORECASE,
)
_NONE = re.compile(r"(?:,? or |/|, )`?None`?|`(?:True|False|None)`")
_OBJECTS = re.compile(
    r"\b(?:tensor|callable|function|instance|schedule|array|iterable|PathLike|Path)\b", re.IGNORECASE
)
_NO_TEXT = re.compile(
    r"\b(?:int|integer|bool|boolean|callable|function|list|tuple|dict|tensor|object|instance|PathLike|False)\b",
    re.IGNORECASE,
)
_LISTS = re.compile(r"\b(?:list|tuple|sequence|array)\b", re.IGNORECASE)
_INTEGERS = re.compile(r"\binteger\b", re.IGNORECASE)


def value_kinds(owner: str, parameter: inspect.Parameter, text: str) -> tuple[str, ...] | None:
    """The kinds an argument takes besides null; `None` where in doubt.

    Args:
        owner: the class's name, or `ops.NAME`.
        text: its description, empty where there is none.
    """
    if f"{owner}.{parameter.name}" in ARGUMENT_KINDS:
        return ARGUMENT_KINDS[f"{owner}.{parameter.name}"].value
    if isinstance(parameter.default, bool):
        return ("bool",)
    by_name = KINDS_BY_NAME.get(parameter.name)
    if text:
        told = _with_default(_from_words(text), parameter.default)
        if told is not None and not (by_name is not None and set(by_name.value or ()) > set(told)):
            return told
    if by_name is not None:
        return by_name.value
    return _from_default(parameter.default, text)


def corrected_kinds(owner: str, argument: str) -> tuple[str, ...] | None:
    """The kinds that the tables of corrections give; `None` where they say nothing."""
    correction = ARGUMENT_KINDS.get(f"{owner}.{argument}") or KINDS_BY_NAME.get(argument)
    return correction.value if correction is not None else None


def _with_default(kinds: tuple[str, ...] | None, default: object) -> tuple[str, ...] | None:
    """The kinds with that of the default, which the description may have forgotten."""
    if kinds is None:
        return None
    match default:
        case float():
            own = "float"
        case int():
            own = "float" if "float" in kinds else "int"
        case str():
            own = "str"
        case tuple() | list():
            own = "list"
        case _:
            return kinds
    return kinds if own in kinds else (*kinds, own)


def _from_words(text: str) -> tuple[str, ...] | None:
    sentence = _BEFORE.sub("", re.split(r"\.(?:\s|$)", text, maxsplit=1)[0])
    if _FLAG.match(sentence):
        return ("bool",)
    if _COUNT.match(sentence):
        return ("int",)
    for pattern, kinds in _WORDS:
        found = pattern.match(sentence)
        if found:
            rest = _NONE.sub("", sentence[found.end() :])
            if kinds == ("str",):
                # Quotes and `or` only list the strings then.
                return None if _NO_TEXT.search(rest) else kinds
            elif "list" in kinds:
                rest = re.sub(rf"^\s*/?(?:tuple|list)?{_SOME.format(r'(?:int(?:eger)?|float)s?')}", "", rest)
            doubtful = _DOUBT.search(rest)
            if doubtful and not _only_a_tensor(rest, kinds):
                return None
            return (*kinds, "object") if doubtful else kinds
    return None


def _only_a_tensor(rest: str, kinds: tuple[str, ...]) -> bool:
    """Whether what else may stand there is what no document writes down: tensors and functions."""
    less = re.sub(
        r"^(?: value)?(?:,? or (?:an? )?(?:constant |scalar |zero-argument )*(?:float |keras |integer )?"
        r"(?:tensor|callable|`?[\w.]*(?:SeedGenerator|instance of [\w.`]+)`?)(?: that takes no arguments and "
        r"returns the actual value to use)?)+|^ or instance of `[\w.]+`|,? or (?:an? )?instance of `[\w.]+`",
        "",
        rest,
    )
    return kinds in (("int",), ("float",)) and less != rest and not _DOUBT.search(less)


def _from_default(default: object, text: str) -> tuple[str, ...] | None:
    """The kind of the default, and what else the description names."""
    match default:
        case float():
            kinds: tuple[str, ...] = ("float",)
        case int():
            kinds = ("int",) if _INTEGERS.search(text) else ("int", "float")
        case str():
            return None if _NO_TEXT.search(text) else ("str",)
        case tuple() | list():
            return None if _OBJECTS.search(text) or not text else ("int", "float", "list")
        case _:
            return None
    if not text or _LISTS.search(text):
        kinds = (*kinds, "list")
    return (*kinds, "object") if _OBJECTS.search(text) else kinds
