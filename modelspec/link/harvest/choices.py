"""Which strings an argument takes, where the set is closed: by the description, and by trying.

Keras either refuses a string it does not know when the object is made, and then names in its message what
it knows, or only meets it later; then the description has to say `one of`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from modelspec.link.harvest.corrections import ARGUMENT_CHOICES

# A text that no argument means.
NONSENSE = "no such choice"

_QUOTED = re.compile(r"[\"'](?P<text>[A-Za-z][\w/+-]*)(?:`?\"|\"`?|')")
# Words after which a description lists all that there is.
_CLOSED = re.compile(
    r"\b(?:one of|either|can be|values? can be|acceptable values are|supported (?:values|options)|supports"
    r"|available (?:methods|modes) are)\b|^(?:a )?string,?\s*[\"`']",
    re.IGNORECASE,
)


def documented_choices(text: str) -> tuple[str, ...]:
    """The strings that a description lists as all there are, in its order; empty where it does not."""
    found = _CLOSED.search(text)
    if found is None:
        return ()
    # The list ends with its sentence; what follows tells about each.
    sentence = re.split(r"\.\s|\)", text[found.start() :], maxsplit=1)[0]
    choices = quoted(sentence)
    return choices if len(choices) > 1 else ()


def quoted(text: str) -> tuple[str, ...]:
    """The words in quotes, each once."""
    return tuple(dict.fromkeys(found["text"] for found in _QUOTED.finditer(text)))


def corrected_choices(owner: str, argument: str) -> tuple[str, ...] | None:
    """The choices that the table gives, none where it says that the set is open; `None` for no word."""
    correction = ARGUMENT_CHOICES.get(f"{owner}.{argument}") or ARGUMENT_CHOICES.get(f"*.{argument}")
    return None if correction is None else correction.value or ()


def tried_choices(
    told: Sequence[str], text: str, default: object, fails: Callable[[str], str | None]
) -> tuple[tuple[str, ...], bool]:
    """The strings an argument takes, and whether whatever their case; none where the set is open.

    Args:
        told: what a correction or the description lists as all there are.
        text: the description.
        default: the argument's own.
        fails: what Keras says when the object is made with a string; `None` where it takes it.
    """
    refusal = fails(NONSENSE)
    if refusal is None:
        return tuple(told), False
    # As documented, before any other spelling; a message may name them in the order of a set.
    named = (*told, *quoted(text), *sorted(quoted(refusal)), *([default] if isinstance(default, str) else []))
    taken = tuple(choice for choice in dict.fromkeys(named) if choice != NONSENSE and fails(choice) is None)
    folded = bool(taken) and all(fails(choice.upper()) is None for choice in taken)
    if folded:
        spelt: dict[str, str] = {}
        for choice in taken:
            spelt.setdefault(choice.lower(), choice)
        taken = tuple(spelt.values())
    # One word alone, if nothing says that it is all, is but the one that was thought of here.
    return (taken, folded) if len(taken) > 1 or told else ((), False)
