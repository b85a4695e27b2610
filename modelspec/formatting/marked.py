"""A text with its tokens, its comments, and the lines that `# fmt: off` keeps as they are."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from itertools import pairwise

from modelspec.formatting.edits import Edit, apply_edits
from modelspec.frozen import dataclass
from modelspec.source.tokens import Token, scan_tokens

_COMMENT = re.compile(r"#[^\n]*")
_SWITCH = re.compile(r"#\s*fmt:\s*(off|on)\s*")


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment.

    Args:
        start: its `#`.
        end: where its line ends.
        trailing: whether something stands before it on its line.
    """

    start: int
    end: int
    trailing: bool


@dataclass(frozen=True, slots=True)
class Gap:
    """What stands between two tokens with a text of their own: blanks, line ends, comments.

    Args:
        before: the token before it; `None` at the start of the text.
        after: the token behind it; `None` at the end.
    """

    start: int
    end: int
    before: Token | None
    after: Token | None


@dataclass(frozen=True, slots=True)
class Marked:
    """A text whose lines end with `\\n`, with what is known of it.

    Args:
        text: all of it.
        tokens: in order, those without a text included.
        written: those with one.
        comments: in order; those in the first line of a block of text (`| # …`) are a part of that.
        above: for each comment on a line of its own that goes on with the one above it, which that is: right
            above, in the same column, at the end of a line or going on with another. Told of the text before
            any edit.
        off: spans, in whole lines, that no edit may touch.
    """

    text: str
    tokens: tuple[Token, ...]
    written: tuple[Token, ...]
    comments: tuple[Comment, ...]
    above: Mapping[int, int]
    off: tuple[tuple[int, int], ...]

    def gaps(self) -> Iterator[Gap]:
        """All gaps, empty ones too, those at both ends of the text included."""
        return _gaps(self.text, self.written)

    def comments_in(self, gap: Gap) -> tuple[tuple[int, Comment], ...]:
        """The comments between two tokens, each with its number, the last first."""
        first = bisect_left(self.comments, gap.start, key=lambda comment: comment.start)
        end = bisect_left(self.comments, gap.end, key=lambda comment: comment.start)
        return tuple((number, self.comments[number]) for number in reversed(range(first, end)))

    def line_start(self, at: int) -> int:
        """Where the line starts that a place is on."""
        return self.text.rfind("\n", 0, at) + 1

    def column(self, at: int) -> int:
        """How many characters stand before a place on its line."""
        return at - self.line_start(at)

    def starts_line(self, at: int) -> bool:
        """Whether nothing but blanks stands before a place on its line."""
        return not self.text[self.line_start(at) : at].strip(" \t")

    def edited(self, edits: Iterator[Edit]) -> Marked:
        """The text with all edits that may be made, marked anew; itself where there are none."""
        made = [edit for edit in edits if self._changes(edit)]
        return mark(apply_edits(self.text, made), above=self.above) if made else self

    def _changes(self, edit: Edit) -> bool:
        if self.text[edit.start : edit.end] == edit.text:
            return False
        return not any(edit.start < end and edit.end > start for start, end in self.off)


def mark(text: str, *, above: Mapping[int, int] | None = None) -> Marked:
    """A text with its marks; raises `yaml.YAMLError` where it is not YAML.

    Args:
        above: see there; of the text before any edit, whose comments are the same.
    """
    tokens = scan_tokens(text)
    written = tuple(token for token in tokens if token.is_written)
    comments = tuple(_comments(text, written))
    if above is None:
        above = dict(_chains(text, comments))
    return Marked(text, tokens, written, comments, above, tuple(_off(text, comments)))


def _gaps(text: str, written: tuple[Token, ...]) -> Iterator[Gap]:
    before = None
    for token in written:
        yield Gap(before.end if before else 0, token.start, before, token)
        before = token
    yield Gap(before.end if before else 0, len(text), before, None)


def _comments(text: str, written: tuple[Token, ...]) -> Iterator[Comment]:
    for gap in _gaps(text, written):
        for found in _COMMENT.finditer(text, gap.start, gap.end):
            line = text.rfind("\n", 0, found.start()) + 1
            yield Comment(found.start(), found.end(), bool(text[line : found.start()].strip(" \t")))


def _chains(text: str, comments: tuple[Comment, ...]) -> Iterator[tuple[int, int]]:
    """The comments that go on with the one above them."""
    goes_on = False
    for number, (one, two) in enumerate(pairwise(comments)):
        line = text.rfind("\n", 0, two.start) + 1
        column = one.start - text.rfind("\n", 0, one.start) - 1
        goes_on = (
            (one.trailing or goes_on)
            and not two.trailing
            and one.end == line - 1
            and column == two.start - line
        )
        if goes_on:
            yield number + 1, number


def _off(text: str, comments: tuple[Comment, ...]) -> Iterator[tuple[int, int]]:
    """Where `# fmt: off` begins to hold and `# fmt: on`, or the text, ends it; each on a line of its own."""
    since: int | None = None
    for comment in comments:
        switch = _SWITCH.fullmatch(text, comment.start, comment.end)
        if switch is None or comment.trailing:
            continue
        if switch[1] == "off" and since is None:
            since = text.rfind("\n", 0, comment.start) + 1
        elif switch[1] == "on" and since is not None:
            yield since, comment.end
            since = None
    if since is not None:
        yield since, len(text)
