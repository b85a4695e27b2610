"""Plain scalars by the rules of YAML 1.2's core schema, and the words that are refused."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from types import MappingProxyType

from modelspec.source.tree import Primitive

_INT = re.compile(r"[-+]?[0-9]+\Z")
_OCTAL = re.compile(r"0o([0-7]+)\Z")
_HEX = re.compile(r"0x([0-9a-fA-F]+)\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_WORDS: Mapping[str, Primitive] = MappingProxyType(
    {"": None, "~": None, "null": None, "true": True, "false": False}
)
_INFINITE: Mapping[str, float] = MappingProxyType(
    {sign + word: float(f"{sign}inf") for sign in ("", "+", "-") for word in (".inf", ".Inf", ".INF")}
    | dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan)
)
# What Python or YAML 1.1 would read as a boolean or null, and what to write for it here.
AMBIGUOUS: Mapping[str, str] = MappingProxyType(
    {
        "True": "true",
        "TRUE": "true",
        "False": "false",
        "FALSE": "false",
        "None": "null",
        "NONE": "null",
        "Null": "null",
        "NULL": "null",
    }
)
# Python reads no longer integers from text by default.
MAX_DIGITS = 4_000


def plain_value(text: str) -> Primitive:
    """The value of a scalar written without quotes.

    `1e-3` is a float, `017` is 17, `0o17` is 15; `12:30`, `1_000`, `yes` and dates are texts.
    """
    if text in _WORDS:
        return _WORDS[text]
    first = text[0]
    if not (first.isdigit() or first in "+-."):
        return text
    if len(text) > MAX_DIGITS:
        return text
    if _INT.match(text):
        return int(text)
    if match := _OCTAL.match(text):
        return int(match[1], 8)
    if match := _HEX.match(text):
        return int(match[1], 16)
    if _FLOAT.match(text):
        return float(text)
    return _INFINITE.get(text, text)
