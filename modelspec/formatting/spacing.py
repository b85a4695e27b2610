"""Blanks within a line: one space in `{a: 1, b: 2}`, none before a `:`, none at a line's end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from modelspec.formatting.edits import Edit
from modelspec.formatting.marked import Gap, Marked
from modelspec.source.tokens import Token

_CLOSING = ("}", "]", ",")
_OPENING = ("{", "[")
# Behind these something follows only after a space.
_SPACED = (":", ",", "anchor", "tag", "?")
# Before a `:`, these would take it for a part of themselves.
_GREEDY = ("alias", "anchor", "?")
_DEPTH: Mapping[str, int] = MappingProxyType({"{": 1, "[": 1, "}": -1, "]": -1})
_STRUCTURE: Mapping[str, int] = MappingProxyType({"mapping": 1, "sequence": 1, "end": -1})


def space(marked: Marked) -> Iterator[Edit]:
    """The edits that set blanks within lines and take those at their ends away."""
    text = marked.text
    aligned = _aligned(marked)
    depth = 0
    for gap in marked.gaps():
        if gap.before is not None:
            depth += _DEPTH.get(gap.before.kind, 0)
        written = text[gap.start : gap.end]
        if "\n" in written or gap.after is None:
            # One by one: the edits of some lines may be forbidden.
            for end in _line_ends(text, gap):
                line = text[max(gap.start, marked.line_start(end)) : end]
                yield Edit(end - len(line) + len(line.rstrip(" \t")), end, "")
        elif gap.before is not None:
            wanted = _in_flow(gap) if depth else _in_block(gap, written, aligned)
            if wanted is not None:
                yield Edit(gap.start, gap.end, wanted)


def _line_ends(text: str, gap: Gap) -> Iterator[int]:
    """Where the lines end that are within a gap; the last of them is the indentation of what follows."""
    end = text.find("\n", gap.start, gap.end)
    while end >= 0:
        yield end
        end = text.find("\n", end + 1, gap.end)
    if gap.after is None:
        yield gap.end


def _in_flow(gap: Gap) -> str | None:
    """What stands between two tokens within brackets; `None` where it may be anything."""
    assert gap.before is not None
    assert gap.after is not None
    before, after = gap.before.kind, gap.after.kind
    if after in _CLOSING:
        return " " if before in (":", "anchor", "?") else ""
    if after == ":":
        return None if before in ("{", ",", "[") else " " if before in _GREEDY else ""
    if before in _OPENING:
        return ""
    return " " if before in _SPACED else None


def _aligned(marked: Marked) -> set[int]:
    """Where values start, outside of brackets, that stand in the column of that of the entry above or below.

    Entries are those of one mapping, or of mappings that are items of one list.
    """
    found: set[int] = set()
    above: dict[int, tuple[tuple[int, int], int]] = {}  # by the key's column
    depth = flow = 0
    before: list[Token] = []
    for token in marked.tokens:
        depth += _STRUCTURE.get(token.kind, 0)
        flow += _DEPTH.get(token.kind, 0)
        if not token.is_written:
            continue
        key, colon = before[-2:] if len(before) > 1 else (None, None)
        if key and colon and colon.kind == ":" and key.kind == "scalar" and flow <= (token.kind in _OPENING):
            column = marked.column(key.start)
            is_beside = "\n" not in marked.text[key.start : token.start]
            # As if there were no space before the colon, which there will not be.
            place = (depth, key.end - key.start + token.start - colon.end)
            above = {other: last for other, last in above.items() if other <= column}
            if is_beside and column in above and above[column][0] == place:
                found |= {token.start, above[column][1]}
            above[column] = (place, token.start) if is_beside else ((0, 0), 0)
        before = [*before[-1:], token]
    return found


def _in_block(gap: Gap, written: str, aligned: set[int]) -> str | None:
    """The same outside of brackets, where values may be aligned by hand."""
    assert gap.before is not None
    assert gap.after is not None
    if gap.before.kind in ("-", "?"):
        return None  # the lines below are indented as what follows is
    if gap.after.kind == ":":
        return " " if gap.before.kind in _GREEDY else ""
    if gap.before.kind == ":":
        return None if gap.after.start in aligned and "\t" not in written else " "
    return " " if gap.before.kind in ("anchor", "tag", "---") else None
