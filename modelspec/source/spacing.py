"""A `:` with a bracket close behind it: to YAML, `Dense:{units` is one word."""

from __future__ import annotations

import re

from modelspec.diagnostics import Place, Report
from modelspec.diagnostics.shown import shown
from modelspec.source.mistakes import Refused

_GLUED_COLON = re.compile(r":(?=[\[{])")
_NO_KEY = re.compile(r"[^A-Za-z0-9_.>$-]")
_KEY = re.compile(r"[A-Za-z_$].*", re.DOTALL)


def glued_key(text: str, *, start: int, end: int) -> tuple[int, int] | None:
    """Where the first such key with its `:` stands between `start` and `end`.

    The colon is looked for first and the key before it backwards: looked for together, every letter of a long
    word would begin a search of its own.
    """
    for colon in _GLUED_COLON.finditer(text, start, end):
        before = text[start : colon.start()][::-1]
        other = _NO_KEY.search(before)
        begin = colon.start() - (other.start() if other else len(before))
        if key := _KEY.search(text, begin, colon.start()):
            return key.start(), colon.end()
        start = colon.end()
    return None


def check_spacing(key: str, place: Place, report: Report) -> None:
    """Refuse a key that holds another one and the beginning of its value: `Dense:{units`.

    Raises:
        Refused: it does; reported.
    """
    glued = glued_key(place.source.text, start=place.start, end=place.end)
    if glued is None or (key.count("{") <= key.count("}") and key.count("[") <= key.count("]")):
        return
    written = shown(place.source.text[slice(*glued)])
    report.add(
        "yaml-syntax",
        f"a space is missing behind `{written}`",
        Place(place.source, *glued),
        help=f"write `{written} …`",
    )
    raise Refused
