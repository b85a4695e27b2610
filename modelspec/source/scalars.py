"""Plain scalars by the rules of YAML 1.2's core schema, and the words that are refused."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from types import MappingProxyType

from modelspec.source.tree import Primitive

_DECIMAL = re.compile(r"[-+]?[0-9]+\Z")
_OCTAL = re.compile(r"0o([0-7]+)\Z")
_HEXADECIMAL = re.compile(r"0x([0-9a-fA-F]+)\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_NUMBER_STARTS = frozenset("0123456789+-.")

_WORDS: Mapping[str, Primitive] = MappingProxyType(
    {"": None, "~": None, "null": None, "true": True, "false": False}
)
_POINTED: Mapping[str, float] = MappingProxyType(
    {sign + word: float(f"{sign}inf") for sign in ("", "+", "-") for word in (".inf", ".Inf", ".INF")}
    | dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan)
)

AMBIGUOUS: Mapping[str, str] = MappingProxyType(
    {
        "True": "true",
        "TRUE": "true",
        "False": "false",
        "FALSE": "false",
        "Null": "null",
        "NULL": "null",
        "None": "null",
        "NONE": "null",
    }
)
"""What Python or YAML 1.1 reads as a boolean or as null, and how that is written here."""


def plain_value(text: str) -> Primitive:
    """The value of a scalar written without quotes.

    `1e-3` is a float, `017` is 17, `0o17` is 15; `12:30`, `1_000`, `yes` and dates are texts, and so is,
    for now, a word of `AMBIGUOUS`.

    Raises:
        ValueError: a decimal integer of more digits than Python reads; see `limits.MAX_DIGITS`.

    Source: YAML 1.2.2, section 10.3.2, less the spellings of `AMBIGUOUS`.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMBER_STARTS:
        return text
    if _DECIMAL.match(text):
        return int(text)
    if _FLOAT.match(text):
        return float(text)
    if match := _OCTAL.match(text):
        return int(match[1], 8)
    if match := _HEXADECIMAL.match(text):
        return int(match[1], 16)
    return _POINTED.get(text, text)


def is_long_number(text: str, limit: int) -> bool:
    """Whether a plain scalar is a number of more than `limit` characters."""
    return len(text) > limit and any(
        form.match(text) is not None for form in (_DECIMAL, _FLOAT, _OCTAL, _HEXADECIMAL)
    )
