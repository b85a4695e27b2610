"""Comments at the ends of lines: those that were aligned stay in their column, whatever moved before them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from modelspec.formatting.edits import Edit
from modelspec.formatting.marked import Marked

_APART = 2


def realign(marked: Marked, original: Marked) -> Iterator[Edit]:
    """The edits that put comments at the ends of lines where they were in the original text.

    A comment without one above or below in its column keeps its distance instead. Comments that go on with
    one on lines of their own go along.
    """
    aligned = _aligned(original)
    columns: dict[int, int] = {}
    for number, (comment, old) in enumerate(zip(marked.comments, original.comments, strict=True)):
        line = marked.line_start(comment.start)
        before = len(marked.text[line : comment.start].rstrip(" \t"))
        if number in marked.above:
            columns[number] = columns[marked.above[number]]
        elif comment.trailing:
            code = original.text[original.line_start(old.start) : old.start]
            distance = len(code) - len(code.rstrip(" \t"))
            least = before + max(1, min(_APART, distance))
            stays = number in aligned or distance > _APART
            columns[number] = max(least, original.column(old.start)) if stays else least
        else:
            continue
        yield Edit(line + before, comment.start, " " * (columns[number] - before))


def _aligned(marked: Marked) -> set[int]:
    """The comments with another one in the same column on the line above or below."""
    found: set[int] = set()
    for number, (one, two) in enumerate(pairwise(marked.comments)):
        next_line = marked.text.find("\n", one.end + 1, two.start) < 0
        if next_line and marked.column(one.start) == marked.column(two.start):
            found |= {number, number + 1}
    return found
