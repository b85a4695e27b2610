"""A `:` with a bracket close behind it: to YAML, `Dense:{units` is one word."""

from __future__ import annotations

import re

from modelspec.diagnostics import Place, Report
from modelspec.diagnostics.shown import shown
from modelspec.source.mistakes import Refused

_GLUED = re.compile(r"[A-Za-z_$][A-Za-z0-9_.>$-]*:(?=[\[{])")


def glued_key(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Where the first such key with its `:` stands between `start` and `end`."""
    found = _GLUED.search(text, start, end)
    return found.span() if found else None


def check_spacing(key: str, place: Place, report: Report) -> None:
    """Refuse a key that holds another one and the beginning of its value: `Dense:{units`.

    Raises:
        Refused: it does; reported.
    """
    glued = glued_key(place.source.text, place.start, place.end)
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
