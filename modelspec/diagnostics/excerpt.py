"""The line of a place as a terminal shows it, in three parts: before, under and after the caret."""

from __future__ import annotations

import unicodedata

from modelspec.diagnostics.place import Place
from modelspec.frozen import dataclass

MAX_COLUMNS = 100
"""Columns of a line that is shown; of a longer one, the part around the place."""

_MAX_MARKED = 80
_TAB = "    "
_UNSHOWN = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The parts of a line that are shown, tabs as spaces and what is unprintable replaced."""

    before: str
    marked: str
    after: str

    @property
    def line(self) -> str:
        """The line as it is shown."""
        return (self.before + self.marked + self.after).rstrip()

    @property
    def indentation(self) -> str:
        """As many spaces as stand before the mark."""
        return " " * columns(self.before)

    @property
    def caret(self) -> str:
        """The run of `^` under the marked part; one where nothing is marked."""
        return "^" * max(1, columns(self.marked))


def excerpt(place: Place) -> Excerpt:
    """What to show of a place's first line, at most `MAX_COLUMNS` wide, with an ellipsis where it goes on."""
    text = place.source.text
    line_start = place.source.line_starts[place.line - 1]
    line_end = text.find("\n", place.start)
    line_end = line_end if line_end >= 0 else len(text)
    stop = min(max(place.start, place.end), line_end)
    # Lines of megabytes exist: no more of one is looked at than could be shown.
    before = _printed(text[max(line_start, place.start - MAX_COLUMNS - 1) : place.start])
    marked = _printed(text[place.start : min(stop, place.start + MAX_COLUMNS + 1)].removesuffix("\r"))
    after = _printed(text[stop : min(line_end, stop + MAX_COLUMNS + 1)].removesuffix("\r"))
    marked = _cut_end(marked, _MAX_MARKED)
    room = MAX_COLUMNS - columns(marked)
    before = _cut_start(before, max(room // 2, room - columns(after)))
    return Excerpt(before, marked, _cut_end(after, room - columns(before)))


def columns(text: str) -> int:
    """How many columns a terminal gives a text: two to each wide character, none to a combining one."""
    if text.isascii():
        return len(text)
    return sum(map(_columns, text))


def _columns(letter: str) -> int:
    if unicodedata.category(letter) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in ("W", "F") else 1


def _printed(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() else _TAB if letter == "\t" else _UNSHOWN for letter in text
    )


def _cut_end(text: str, limit: int) -> str:
    """The start of a text, `limit` columns at most; an ellipsis says that there is more."""
    if columns(text) <= limit:
        return text
    kept = 0
    for count, letter in enumerate(text):
        kept += _columns(letter)
        if kept > limit - 1:
            return text[:count] + "…"
    return text


def _cut_start(text: str, limit: int) -> str:
    """The end of a text, `limit` columns at most; an ellipsis says that there is more."""
    if columns(text) <= limit:
        return text
    kept = 0
    for count, letter in enumerate(reversed(text)):
        kept += _columns(letter)
        if kept > limit - 1:
            return "…" + text[len(text) - count :]
    return text
