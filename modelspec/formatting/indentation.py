"""Indentation: two columns for each level, lists below their key as deep as mappings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from modelspec.formatting.edits import Edit
from modelspec.formatting.marked import Marked
from modelspec.formatting.sections import sections_of
from modelspec.source.tokens import Token

STEP = 2

_HEADER = re.compile(r"[|>][-+]?([0-9]?)")
_MARKS = ("directive", "---", "...")


@dataclass(frozen=True, slots=True)
class _Column:
    """Where a block stands, and where it shall."""

    old: int
    new: int


@dataclass(frozen=True, slots=True)
class _Block(_Column):
    """A collection without brackets.

    Args:
        kind: `mapping`, `sequence`, or `indentless` for a list in the column of its key, of which the parser
            tells no start and no end.
    """

    kind: str


def indent(marked: Marked) -> Iterator[Edit]:
    """The edits of the blanks at the start of lines, and behind a `-`.

    A section with lines under `# fmt: off` keeps its own: its lines stand in relation to those.
    """
    kept = _kept(marked)
    for edit in _Indenting(marked).edits():
        if not any(start <= edit.start < end for start, end in kept):
            yield edit


def _kept(marked: Marked) -> tuple[tuple[int, int], ...]:
    """The spans whose indentation stays as it is."""
    if not marked.off:
        return ()
    sections = sections_of(marked)
    starts = [marked.line_start(section.first.start) for section in sections]
    if not starts or marked.column(sections[0].first.start):
        return ((0, len(marked.text)),)
    spans = zip(starts, [*starts[1:], len(marked.text)], strict=True)
    return tuple((start, end) for start, end in spans if any(a < end and start < b for a, b in marked.off))


@dataclass(slots=True)
class _Indenting:
    """One walk along the tokens.

    Args:
        blocks: those that are open.
        flow: how many brackets are.
        shift: by how many columns the line's last moved token was moved.
        flow_shift: the same of the outermost open bracket.
        is_entry: whether a key of a mapping comes next.
        column: where the line's last moved token stands now.
        comment: how many comments were met.
    """

    marked: Marked
    blocks: list[_Block] = field(default_factory=list)
    flow: int = 0
    shift: int = 0
    flow_shift: int = 0
    is_entry: bool = False
    column: int = 0
    comment: int = 0

    def edits(self) -> Iterator[Edit]:
        before: Token | None = None
        seen: tuple[_Column, ...] = ()
        tokens = self.marked.tokens
        for position, token in enumerate(tokens):
            self._structure(position)
            if not token.is_written:
                continue
            if before is None or "\n" in self.marked.text[before.end : token.start]:
                yield from self._first_of_line(token, seen)
            elif not self.flow and (before.kind in ("-", "?") or self._is_lone_colon(before)):
                yield from self._behind_mark(before, token)
            self._enter(token)
            yield from self._later_lines(token)
            before, seen, self.is_entry = token, tuple(self.blocks), False
        yield from self._move_comments(len(self.marked.text), seen, _Column(0, 0))

    def _structure(self, position: int) -> None:
        """Open and end the blocks that a token begins or ends."""
        token = self.marked.tokens[position]
        kind = token.kind
        if self.flow:
            return
        top = self.blocks[-1] if self.blocks else None
        if kind in ("key", "?", ":", "end") and top is not None and top.kind == "indentless":
            self.blocks.pop()
            top = self.blocks[-1]
        if kind in ("mapping", "sequence"):
            tokens = self.marked.tokens
            first = next(number for number in range(position, len(tokens)) if tokens[number].is_written)
            new = 0 if top is None else top.new + STEP
            self.blocks.append(_Block(self.marked.column(tokens[first].start), new, kind))
        elif kind == "end":
            self.blocks.pop()
        elif kind == "-" and top is not None and top.kind == "mapping":
            self.blocks.append(_Block(top.old, top.new + STEP, "indentless"))
        elif kind in ("key", "?"):
            self.is_entry = True

    def _enter(self, token: Token) -> None:
        if token.kind in ("{", "["):
            if not self.flow:
                self.flow_shift = self.shift
            self.flow += 1
        elif token.kind in ("}", "]"):
            self.flow -= 1

    def _first_of_line(self, token: Token, seen: tuple[_Column, ...]) -> Iterator[Edit]:
        """Move the first token of a line, and the comments above it."""
        start = self.marked.line_start(token.start)
        column = _Column(token.start - start, self._wanted(token))
        yield from self._move_comments(start, seen, column)
        yield Edit(start, token.start, " " * column.new)
        self.column, self.shift = column.new, column.new - column.old

    def _wanted(self, token: Token) -> int:
        old = self.marked.column(token.start)
        top = self.blocks[-1] if self.blocks else None
        if token.kind in _MARKS or top is None:
            return 0
        if self.flow:
            return max(old + self.flow_shift, min(old, top.new + 1))
        if token.kind in ("-", "?", ":") or self.is_entry:
            return top.new
        return top.new + STEP

    def _behind_mark(self, before: Token, token: Token) -> Iterator[Edit]:
        """Put one space behind a `-`; what stands there may be a mapping whose other lines are below."""
        yield Edit(before.end, token.start, " ")
        self.column += STEP
        self.shift = self.column - self.marked.column(token.start)

    def _is_lone_colon(self, token: Token) -> bool:
        return token.kind == ":" and self.marked.starts_line(token.start)

    def _move_comments(self, end: int, seen: tuple[_Column, ...], next_column: _Column) -> Iterator[Edit]:
        """Move the comments, up to a place, that stand on lines of their own.

        A comment belongs to what follows it, unless it is further in: then to the deepest block, of those
        that end or begin here, that is not further in than the comment. One that goes on with another goes
        along with it, later.
        """
        columns = (*seen, *self.blocks, next_column)
        comments = self.marked.comments
        while self.comment < len(comments) and comments[self.comment].start < end:
            comment = comments[self.comment]
            self.comment += 1
            if comment.trailing or self.comment - 1 in self.marked.above:
                continue
            line = self.marked.line_start(comment.start)
            old = comment.start - line
            if self.flow:
                new = max(0, old + self.flow_shift)
            elif old <= next_column.old:
                new = next_column.new
            else:
                new = max((column.old, column.new) for column in columns if column.old <= old)[1]
            yield Edit(line, comment.start, " " * new)

    def _later_lines(self, token: Token) -> Iterator[Edit]:
        """Move the lines of a scalar but its first."""
        written = self.marked.text[token.start : token.end]
        if token.kind != "scalar" or "\n" not in written:
            return
        moved = self._moved_block if token.style in ("|", ">") else self._moved_flow
        first, *lines = written.split("\n")
        yield Edit(token.start + len(first), token.end, "".join(f"\n{line}" for line in moved(first, lines)))

    def _moved_flow(self, first: str, lines: list[str]) -> Iterator[str]:
        """Lines of a text that YAML folds: blanks at their start mean nothing."""
        least = self.blocks[-1].new + STEP if self.blocks else 0
        for line in lines:
            content = line.lstrip(" \t")
            yield " " * max(len(line) - len(content) + self.shift, least) + content if content else line

    def _moved_block(self, first: str, lines: list[str]) -> Iterator[str]:
        """Lines of a block of text, which keep their indentation relative to one another."""
        indentations = [len(line) - len(line.lstrip(" ")) for line in lines if line.strip(" ")]
        if not indentations or not self.blocks:
            yield from lines
            return
        header = _HEADER.match(first)
        assert header is not None
        top = self.blocks[-1]
        if header[1]:
            base = max(top.old, 0) + int(header[1])
            shift = top.new - top.old
        else:
            base = indentations[0]
            shift = top.new + STEP - base
        for line in lines:
            space = len(line) - len(line.lstrip(" "))
            if space == len(line) and space <= base:
                yield ""
            else:
                yield " " * (space + shift) + line[space:] if space >= base else line
