"""Which kinds of value an argument certainly takes, from the first words of its description.

Said only where the words leave no doubt: an argument without kinds takes anything. Whether a
whole number does for a float, and the reverse, is tried later (`trials`).
"""

from __future__ import annotations

import inspect
import re

from modelspec.link.harvest.corrections import ARGUMENT_KINDS

# First words of the description: the kinds they name. The first that fits decides.
_WORDS = (
    (r"(?:an? )?(?:optional )?(?:python )?(?:bool|boolean)\b", ("bool",)),
    (
        r"(?:an? )?(?:optional )?(?:(?:strictly |non-negative )?positive |python )?(?:int|integer)"
        r"(?:,? or (?:an? )?(?:tuple|list|tuple/list|list/tuple))",
        ("int", "list"),
    ),
    (r"(?:an? )?(?:optional )?(?:(?:strictly )?positive |non-negative |python )?(?:int|integer)\b", ("int",)),
    (r"(?:an? )?(?:optional )?(?:(?:strictly )?positive |python |small )?float\b", ("float",)),
)

# Words that open the door to other kinds than the first ones named.
_DOUBT = re.compile(
    r"\b(?:or|either|tensor|callable|schedule|sequence|array|list|tuple|dict|strings?|iterable|object)\b"
    r"|[\"'`]",
    re.IGNORECASE,
)


def value_kinds(owner: str, parameter: inspect.Parameter, text: str) -> tuple[str, ...] | None:
    """The kinds (`bool`, `int`, `float`, `list`) an argument takes besides null; `None` where in doubt."""
    corrected = corrected_kinds(owner, parameter.name)
    if corrected is not None:
        return corrected
    if text:
        return _from_words(text)
    return ("bool",) if isinstance(parameter.default, bool) else None


def corrected_kinds(owner: str, argument: str) -> tuple[str, ...] | None:
    """The kinds that the table of corrections gives; `None` where it says nothing."""
    correction = ARGUMENT_KINDS.get(f"{owner}.{argument}") or ARGUMENT_KINDS.get(f"*.{argument}")
    return correction.value if correction is not None else None


def _from_words(text: str) -> tuple[str, ...] | None:
    sentence = re.split(r"\.(?:\s|$)", text, maxsplit=1)[0]
    for pattern, kinds in _WORDS:
        found = re.match(pattern, sentence, re.IGNORECASE)
        if found:
            rest = sentence[found.end() :]
            if "list" in kinds:
                rest = re.sub(r"^/?(?:tuple|list)?\s*of (?:\w+ )?(?:int(?:eger)?s?)", "", rest)
            return None if _DOUBT.search(_without_none(rest)) else kinds
    return None


def _without_none(text: str) -> str:
    return re.sub(r"(?:,? or |/)`?None`?|`(?:True|False|None)`", "", text)
