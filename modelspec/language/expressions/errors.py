"""The mistakes an expression can hold."""

from __future__ import annotations


class ExpressionError(Exception):
    """A mistake in a text that holds `$…`, with its place in that text.

    Args:
        code: a key of `modelspec.diagnostics.codes.CODES`.
        message: one lower-case sentence, the user's text in backticks.
        start: offset of the first character it is about, in the text that was given.
        end: offset after the last one.
        help: what to do about it.
    """

    def __init__(self, code: str, message: str, *, start: int, end: int, help: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.start = start
        self.end = end
        self.help = help


class Fault(Exception):
    """What an operator or function objects to; the evaluator adds the place and makes it an error."""

    def __init__(self, code: str, message: str, help: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.help = help


def shorten(text: str) -> str:
    """A text of the user's as a message can show it: one line of at most 40 characters."""
    line = " ".join(text[:200].split())
    return line if len(line) <= 40 else line[:39] + "…"
