"""Blank lines: never two, none at either end, one around the sections of a document that has any."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from modelspec.formatting.edits import Edit
from modelspec.formatting.marked import Gap, Marked
from modelspec.formatting.sections import Section, sections_of

_ENDS = re.compile(r"\n+")
# How many line ends stay in the middle of a text, at its start, at its end.
_KEPT = ("\n\n", "", "\n", "")
_BLANK = re.compile(r"\n\n")
# Where the entries are sections themselves.
_GROUPS = ((), ("blocks",), ("models",))


def set_off(marked: Marked) -> Iterator[Edit]:
    """The edits that take blank lines away and put them between sections.

    Sections of one line may follow each other closely. A document, or its blocks, with no blank line between
    any sections has none afterwards: a short one reads better so.
    """
    apart = {start for group in _GROUPS for start in _apart(marked, group)}
    text = marked.text
    for gap in marked.gaps():
        if gap.after is not None and gap.after.start in apart and not _BLANK.search(text, gap.start, gap.end):
            at = _attached(marked, gap)
            yield Edit(at, at, "\n")
        for ends in _ENDS.finditer(text, gap.start, gap.end):
            at_edge = (gap.before is None and ends.start() == gap.start) + 2 * (ends.end() == len(text))
            yield Edit(ends.start(), ends.end(), _KEPT[at_edge][: len(ends[0])])
    # The last line of a block of text means something else with an end.
    last = marked.written[-1]
    if not text.endswith("\n") and not (last.end == len(text) and last.style in ("|", ">")):
        yield Edit(len(text), len(text), "\n")


def _apart(marked: Marked, group: tuple[str, ...]) -> Iterator[int]:
    """Where the sections of a group start that a blank line belongs above, whether one is there or not."""
    pairs = tuple(pairwise(sections_of(marked, under=group)))
    if any(_BLANK.search(marked.text, one.last.end, two.first.start) for one, two in pairs):
        for one, two in pairs:
            has_lines = _has_lines(marked, one) or _has_lines(marked, two)
            if has_lines and not one.last.keeps_blank_lines(marked.text):
                yield two.first.start


def _has_lines(marked: Marked, section: Section) -> bool:
    return "\n" in marked.text[section.first.start : section.last.end]


def _attached(marked: Marked, gap: Gap) -> int:
    """The start of the line below the blank one: that of the first comment that belongs to the token."""
    assert gap.after is not None
    column = marked.column(gap.after.start)
    at = marked.line_start(gap.after.start)
    for number, comment in marked.comments_in(gap):
        if comment.trailing or number in marked.above or marked.column(comment.start) > column:
            break
        at = marked.line_start(comment.start)
    return at
