"""How a variant's document differs from the base's: lines, without the section that tells what varies."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import groupby
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


_GAP = Line("gap", "")


def difference(base: str, variant: str) -> tuple[Line, ...]:
    """The lines that differ with two around them, in order; empty where there are none.

    The section `sweep` and blank lines at the end make no difference.
    """
    every = tuple(_compared(_lines(base), _lines(variant)))
    changed = [place for place, line in enumerate(every) if line.kind != "same"]
    shown = sorted(
        {near for place in changed for near in range(place - _CONTEXT, place + _CONTEXT + 1)}
        & {*range(len(every))}
    )
    found: list[Line] = []
    last = -1
    for place in shown:
        if place > last + 1:
            found.append(_GAP)
        found.append(every[place])
        last = place
    if shown and last < len(every) - 1:
        found.append(_GAP)
    return tuple(found)


def _compared(before: Sequence[str], after: Sequence[str]) -> Iterator[Line]:
    """All lines of both."""
    for tag, first, last, new_first, new_last in _steps(before, after):
        if tag == "equal":
            yield from (Line("same", text) for text in before[first:last])
        else:
            yield from (Line("removed", text) for text in before[first:last])
            yield from (Line("added", text) for text in after[new_first:new_last])


def _steps(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[str, int, int, int, int]]:
    """As `SequenceMatcher.get_opcodes`, which takes long for documents whose lines are much alike."""
    same = [one == other for one, other in zip(before, after, strict=False)]
    # Values that are replaced leave all lines in their places.
    if len(before) != len(after) or same.count(False) * 4 > len(same):
        yield from SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
        return
    place = 0
    for equal, run in groupby(same):
        end = place + len(list(run))
        yield "equal" if equal else "replace", place, end, place, end
        place = end


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
