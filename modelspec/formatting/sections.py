"""The entries of a document's outer mappings as spans of its text."""

from __future__ import annotations

from collections.abc import Iterator

from modelspec.formatting.marked import Marked
from modelspec.frozen import dataclass
from modelspec.source.tokens import Token

_OPENING = ("mapping", "sequence", "{", "[")
_CLOSING = ("end", "}", "]")
_DEEPEST = 2


@dataclass(frozen=True, slots=True)
class Section:
    """An entry of a mapping that is written in lines.

    Args:
        path: its key, and before it the one that its mapping stands under, if any; as written.
        first: its first token.
        last: its last.
    """

    path: tuple[str, ...]
    first: Token
    last: Token


def sections_of(marked: Marked, *, under: tuple[str, ...] = ()) -> tuple[Section, ...]:
    """The entries of the document, or of the mapping under one of its keys; none where that is no block.

    Args:
        under: that key, such as `("blocks",)`.
    """
    return tuple(section for section in _sections(marked) if section.path[:-1] == under)


def _sections(marked: Marked) -> Iterator[Section]:
    """The entries of the document and of the mappings under its keys, each when it has ended."""
    stack: list[str] = []
    entries: list[tuple[str, Token] | None] = []  # the one that is open at each level
    last: Token | None = None
    for token in marked.tokens:
        outer = 0 < len(stack) <= _DEEPEST and set(stack) == {"mapping"}
        if outer and token.kind in ("key", "?", "end"):
            path = tuple(entry[0] for entry in entries[: len(stack)] if entry is not None)
            entry = entries.pop() if len(entries) == len(stack) else None
            if entry is not None:
                assert last is not None
                yield Section(path, entry[1], last)
        if outer and token.is_written and len(entries) < len(stack):
            entries.append((marked.text[token.start : token.end], token))
        if token.kind in _OPENING:
            stack.append(token.kind)
        elif token.kind in _CLOSING:
            stack.pop()
        if token.is_written:
            last = token
