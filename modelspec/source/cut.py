"""Expressions and Python's tuples, unquoted where YAML takes one of their characters for its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from modelspec.diagnostics.shown import shown
from modelspec.frozen import dataclass
from modelspec.source.limits import MAX_QUOTED

QUOTE_IT = "quote it: outside of quotes, `[ ] { } ,` and the like are YAML's own"

_OPENING = re.compile(r"\$(?:\$|[({])")
_STOP = re.compile(r"""["'()\[\]{}]""")
_STRING_ENDS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {quote: re.compile(rf"(?:[^\\{quote}]|\\.)*{quote}", re.DOTALL) for quote in ('"', "'")}
)
_CLOSING: Mapping[str, str] = MappingProxyType({"(": ")", "[": "]", "{": "}"})
_TUPLE_TO_LIST = str.maketrans("()", "[]")
_NOT_A_TUPLE = re.compile(r"""[$"'\[\]{}]""")
_NAME = re.compile(r"\s*[A-Za-z_][A-Za-z0-9_.]*\s*")
_VALUE_END = re.compile(r"[ \t]*(?:[,\]}#\r\n]|\Z)")


@dataclass(frozen=True, slots=True)
class Cut:
    """An expression or tuple that is cut: where it begins, and where the bracket that ends it is behind.

    Args:
        closed: whether that bracket was found; without it, `end` is where YAML cut.
    """

    start: int
    end: int
    closed: bool

    def overlaps(self, other: Cut) -> bool:
        """Whether a letter belongs to both."""
        return self.start < other.end and other.start < self.end


def first_open(text: str, *, start: int, end: int) -> int | None:
    """Where the first expression starts that the unquoted scalar from `start` to `end` does not close.

    A scalar that begins with `(` is the beginning of a tuple.
    """
    if text[start] == "(" and _closing(text, start, end) is None:
        return start
    position = start
    while (opening := _OPENING.search(text, position, end + 1)) and opening.start() < end:
        position = opening.end()
        if opening[0] == "$$":
            continue
        closed = _closing(text, position - 1, end)
        if closed is None:
            return opening.start()
        position = closed
    return None


def find_cut(text: str, *, opening: int, end: int, flow: bool) -> Cut | None:
    """The expression or tuple that begins at `opening` in a scalar and goes on behind it.

    Args:
        end: where YAML ends the scalar.
        flow: whether it stands in a flow collection; elsewhere its end is looked for on the same line only.
    """
    is_tuple = text[opening] == "("
    limit = min(len(text), end + MAX_QUOTED)
    if not flow:
        line_end = text.find("\n", end, limit)
        limit = limit if line_end < 0 else line_end
    closed = _closing(text, opening if is_tuple else opening + 1, limit)
    if is_tuple and (closed is None or _NOT_A_TUPLE.search(text, opening, closed)):
        return None
    if closed is not None:
        return Cut(opening, closed, True)
    return Cut(opening, end, False) if flow and text[end : end + 1] in (",", "[", "{") else None


def find_cut_around(text: str, at: int) -> Cut | None:
    """The expression in the midst of which a parser stopped at `at`, before it told of the scalar."""
    limit = min(len(text), at + MAX_QUOTED)
    for opening in _OPENING.finditer(text, max(0, at - MAX_QUOTED), at):
        if opening[0] != "$$":
            closed = _closing(text, opening.start() + 1, limit)
            if closed is not None and closed > at:
                return Cut(opening.start(), closed, True)
    return None


def cut_message(text: str, cut: Cut) -> str:
    """What is wrong, as a sentence."""
    if cut.closed:
        return f"YAML cuts `{shown(text[cut.start : cut.end])}` in two"
    return f"YAML cuts this expression off at `{text[cut.end]}`"


def cut_help(text: str, cut: Cut) -> str:
    """What to write instead; the value itself in quotes where the expression is all of it."""
    expression = meant(text, cut)
    if text[cut.start] == "(":
        return f"YAML has no tuples: write the list `{shown(expression.replace(',]', ']'))}`"
    starts = cut.start == 0 or text[cut.start - 1] in " \t\n[{,"
    whole = cut.closed and starts and _VALUE_END.match(text, cut.end)
    quote = next((quote for quote in ('"', "'") if quote not in expression), None)
    if not whole or quote is None or "\\" in expression or "\n" in expression or len(expression) > 60:
        return QUOTE_IT
    return f"quote it: `{quote}{expression}{quote}`"


def meant(text: str, cut: Cut) -> str:
    """What the user wanted to write, in as many letters: `[2, 4]` for `(2, 4)`, `$(n * 2)` for `${n * 2}`."""
    written = text[cut.start : cut.end]
    if written.startswith("("):
        return written.translate(_TUPLE_TO_LIST)
    if cut.closed and written.startswith("${") and not _NAME.fullmatch(written, 2, len(written) - 1):
        return f"$({written[2:-1]})"
    return written


def mend(text: str, cuts: tuple[Cut, ...]) -> str:
    """The text as YAML reads it whole: with lists for tuples, and as many letters for an expression."""
    pieces: list[str] = []
    position = 0
    for cut in sorted(cuts, key=lambda cut: cut.start):
        if cut.start >= position:
            is_tuple = text[cut.start] == "("
            pieces += (
                text[position : cut.start],
                meant(text, cut) if is_tuple else "x" * (cut.end - cut.start),
            )
            position = cut.end
    return "".join((*pieces, text[position:]))


def _closing(text: str, opening: int, limit: int) -> int | None:
    """Behind the bracket that closes the one at `opening`; `None` where none does."""
    waiting: list[str] = []
    position = opening
    while stop := _STOP.search(text, position, limit):
        letter = stop[0]
        position = stop.end()
        if letter in "\"'":
            string = _STRING_ENDS[letter].match(text, position, limit)
            if string is None:
                return None
            position = string.end()
        elif letter in _CLOSING:
            waiting.append(_CLOSING[letter])
        elif not waiting or waiting.pop() != letter:
            return None
        elif not waiting:
            return position
    return None
