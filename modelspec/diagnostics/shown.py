"""The user's text inside a message: on one line, harmless to a terminal, and not endless."""

from __future__ import annotations

from collections.abc import Iterable

LONGEST = 60


def shown(text: str, *, limit: int = LONGEST) -> str:
    """A text of at most `limit` characters, with what is invisible or steers a terminal as an escape."""
    short = text if len(text) <= limit else f"{text[: limit - 1]}…"
    return escaped(short)


def quoted(names: Iterable[str]) -> str:
    """Names in backticks, with commas between them."""
    return ", ".join(f"`{name}`" for name in names)


def escaped(text: str) -> str:
    """A text with line ends, control characters and the like as escapes (`\\n`, `\\x1b`)."""
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii") for letter in text
    )
