"""Comments at the ends of lines: those that were aligned stay in their column, whatever moved before them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from modelspec.formatting.edits import Edit
from modelspec.formatting.marked import Marked

_APART = 2


def realign(marked: Marked, original: Marked) -> Iterator[Edit]:
    """The edits that put comments at the ends of lines where they were in the original text.

    A comment without one above or below in its column keeps its distance instead; where that is wide, lines
    without a comment may lie between the two. Comments that go on with one on lines of their own go along.
    """
    aligned, in_column = _aligned(original), _aligned(original, apart=True)
    columns: dict[int, int] = {}
    for number, (comment, old) in enumerate(zip(marked.comments, original.comments, strict=True)):
        line = marked.line_start(comment.start)
        before = len(marked.text[line : comment.start].rstrip(" \t"))
        if number in marked.above:
            columns[number] = columns[marked.above[number]]
        elif comment.trailing:
            code = original.text[original.line_start(old.start) : old.start]
            distance = len(code) - len(code.rstrip(" \t"))
            stays = number in (in_column if distance > _APART else aligned)
            least = before + max(1, min(_APART, distance) if stays else distance)
            columns[number] = max(least, original.column(old.start)) if stays else least
        else:
            continue
        yield Edit(line + before, comment.start, " " * (columns[number] - before))


def _aligned(marked: Marked, *, apart: bool = False) -> set[int]:
    """The comments with the one above or below in the same column.

    Args:
        apart: whether lines without a comment may lie between.
    """
    found: set[int] = set()
    for number, (one, two) in enumerate(pairwise(marked.comments)):
        beside = apart or marked.text.find("\n", one.end + 1, two.start) < 0
        if beside and marked.column(one.start) == marked.column(two.start):
            found |= {number, number + 1}
    return found
