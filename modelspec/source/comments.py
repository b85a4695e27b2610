"""The comments of a text: what the tree leaves out, read only when somebody asks for it."""

from __future__ import annotations

from collections.abc import Iterator

import yaml

from modelspec.diagnostics import Place, Source
from modelspec.frozen import dataclass
from modelspec.source.parser import Parse, default_parse


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment.

    Args:
        place: from its `#` to the end of its line.
        alone: whether it has its line to itself.
    """

    place: Place
    alone: bool

    @property
    def text(self) -> str:
        """What it says, without the `#`."""
        return self.place.source.text[self.place.start + 1 : self.place.end].strip()


def comments_with(word: str, source: Source, *, parse: Parse = default_parse) -> tuple[Comment, ...]:
    """The comments of a YAML text that hold a word, in order; none of a text that cannot be read.

    A text without the word is not parsed. A `#` inside of a text, quoted or not, starts no comment.
    """
    if word not in source.text:
        return ()
    offset = 1 if source.text.startswith("\ufeff") else 0
    try:
        spans = [
            (event.start_mark.index + offset, event.end_mark.index + offset)
            for event in parse(source.text[offset:])
            if type(event) is yaml.ScalarEvent and event.start_mark is not None and event.end_mark is not None
        ]
    except yaml.YAMLError:
        return ()
    return tuple(comment for comment in _comments(source, spans) if word in comment.text)


def _comments(source: Source, spans: list[tuple[int, int]]) -> Iterator[Comment]:
    """Whatever follows a `#` between the scalars, which themselves come in order."""
    text, position = source.text, 0
    for start, end in [*spans, (len(text), len(text))]:
        while (found := text.find("#", position, start)) >= 0:
            line_end = text.find("\n", found)
            line_end = len(text) if line_end < 0 else line_end
            line_start = text.rfind("\n", 0, found) + 1
            stop = line_start + len(text[line_start:line_end].rstrip())
            yield Comment(Place(source, found, max(stop, found + 1)), not text[line_start:found].strip())
            position = line_end
        position = max(position, end)
