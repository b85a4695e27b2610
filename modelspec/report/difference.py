"""How a variant's document differs from the base's: lines, without the section that tells what varies."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Literal

from modelspec.frozen import dataclass

_SECTION = re.compile(r"(?:sweep|\"sweep\"|'sweep')\s*:")
_BELONGS = re.compile(r"(?:\s|#|$)")
_CONTEXT = 2
Kind = Literal["same", "added", "removed", "gap"]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a difference; a `gap` stands for lines that are equal and not shown."""

    kind: Kind
    text: str


def difference(base: str, variant: str) -> tuple[Line, ...]:
    """The lines that differ with two around them, in order; empty where there are none.

    The section `sweep` and blank lines at the end make no difference.
    """
    before, after = _lines(base), _lines(variant)
    groups = SequenceMatcher(None, before, after, autojunk=False).get_grouped_opcodes(_CONTEXT)
    found: list[Line] = []
    end = 0
    for group in groups:
        if group[0][1] > end:
            found.append(Line("gap", ""))
        for tag, first, last, new_first, new_last in group:
            if tag == "equal":
                found += [Line("same", text) for text in before[first:last]]
                continue
            found += [Line("removed", text) for text in before[first:last]]
            found += [Line("added", text) for text in after[new_first:new_last]]
        end = group[-1][2]
    if found and end < len(before):
        found.append(Line("gap", ""))
    return tuple(found)


def _lines(text: str) -> Sequence[str]:
    lines = text.splitlines()
    kept: list[str] = []
    inside = False
    for number, line in enumerate(lines):
        if _SECTION.match(line):
            inside = True
            while kept and kept[-1].startswith("#"):  # what is said of the section
                kept.pop()
        elif inside and (not _BELONGS.match(line) or _opens_next(lines, number)):
            inside = False
        if not inside:
            kept.append(line)
    while kept and not kept[-1].strip():
        kept.pop()
    return kept


def _opens_next(lines: Sequence[str], number: int) -> bool:
    """Whether a comment in the first column belongs to a section that follows it."""
    if not lines[number].startswith("#"):
        return False
    rest = (line for line in lines[number:] if line.strip() and not line.startswith("#"))
    following = next(rest, "")
    return bool(following) and not following[0].isspace()
