"""Where something was written: a text with a name, and a span in it."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from pathlib import Path

from modelspec.frozen import dataclass


class Source:
    """A text and the name messages call it by.

    Args:
        name: a path, `<stdin>`, `--set vars.width=8`.
        text: all of it.
        folder: what relative paths in it are relative to; `None` for the working folder.
        inline: it is one short line, such as an option's, so that a place in it needs no numbers.
    """

    def __init__(self, name: str, text: str, *, folder: Path | None = None, inline: bool = False) -> None:
        self.name = name
        self.text = text
        self.folder = folder
        self.inline = inline

    def __repr__(self) -> str:
        return f"Source({self.name!r})"

    @cached_property
    def line_starts(self) -> tuple[int, ...]:
        """Character offset of the first character of each line."""
        starts = [0]
        position = self.text.find("\n")
        while position >= 0:
            starts.append(position + 1)
            position = self.text.find("\n", position + 1)
        return tuple(starts)


@dataclass(frozen=True, slots=True)
class Place:
    """A span of a source, as character offsets: `start` included, `end` not."""

    source: Source
    start: int
    end: int

    @property
    def line(self) -> int:
        """The line of `start`, counted from 1."""
        return bisect_right(self.source.line_starts, self.start)

    @property
    def column(self) -> int:
        """The column of `start` in characters, counted from 1."""
        return self.start - self.source.line_starts[self.line - 1] + 1

    @property
    def file_and_line(self) -> str:
        """`file:line`."""
        return f"{self.source.name}:{self.line}"

    def __str__(self) -> str:
        if self.source.inline:
            return self.source.name
        return f"{self.source.name}:{self.line}:{self.column}"
