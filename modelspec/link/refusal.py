"""What Keras objects to, in one short sentence at the place it was written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from modelspec.diagnostics import Frame, Report
from modelspec.language.values import Origin
from modelspec.link.registered.blame import raised_at
from modelspec.link.rewording import reworded

# Keras wraps an error in its own text, several times over; what it was about stands after the last of these.
_WRAPPERS = re.compile(r"(?:Exception|Error) encountered: *|and encountered the following error: *")
# From here on Keras shows values and configs at length.
_TAILS = re.compile(
    r"\s*(?:\n\nArguments received by|\n\nconfig=|Full (?:object )?config:|\n\nExample|\nThis is |\n\n)"
)
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_SHAPE_WORDS = re.compile(
    r"\b(?:shapes?|dims?|dimensions?|ndim|rank|axis|axes|broadcast|incompatible|size)\b", re.IGNORECASE
)
# An object as Python shows it, with a number that is another in each process.
_ADDRESSED = re.compile(r"<(?:[\w.]+\.)?(\w+) object at 0x[0-9a-f]+>")
_MAX_LENGTH = 240


class WordedError(Exception):
    """A mistake in a call that is found and worded here; its text is the message."""


class Refused(Exception):
    """Keras objected.

    Args:
        stage: while the object was made of its arguments, or while it was called on its inputs.
        error: what Keras raised.
    """

    def __init__(self, stage: Literal["made", "called"], error: Exception) -> None:
        super().__init__(stage, error)
        self.stage = stage
        self.error = error


def point_of(error: BaseException) -> str:
    """Keras' own sentence without its wrapping, its dumps and its full stop, in lower case."""
    text = _COLOURS.sub("", str(error)).strip() or type(error).__name__
    text = _ADDRESSED.sub(r"`\1`", text)
    text = _WRAPPERS.split(text)[-1].strip()
    if text[:1] == text[-1:] == "'" and text.count("'") == 2:  # Python quotes an error inside another
        text = text[1:-1].strip()
    text = _TAILS.split(text)[0]
    text = re.sub(r"\s+", " ", text).strip()
    if len(text) > _MAX_LENGTH:
        cut = text.rfind(". ", 0, _MAX_LENGTH)
        text = text[:cut] if cut > 40 else text[: _MAX_LENGTH - 1].rstrip() + "…"
    text = text.rstrip(".")
    if isinstance(error, KeyError):
        text = f"no key `{text}`"
    # An identifier or an acronym keeps its letters.
    return text[0].lower() + text[1:] if re.match(r"[A-Z][a-z]*\b[^.(=_]", text) else text


def is_about_shapes(message: str) -> bool:
    """Whether Keras' sentence speaks of shapes."""
    return _SHAPE_WORDS.search(message) is not None


def argument_in(message: str, names: Mapping[str, Origin]) -> str | None:
    """The argument that Keras' sentence speaks of, or `None`.

    A name in quotes or before `=` is certain; one that merely stands among the words must be longer
    than three letters.
    """
    patterns = (r"[`'\"]{0}[`'\"]", r"\b{0}=", r"\bargument {0}\b")
    for pattern in patterns:
        hits = [
            (found.start(), name)
            for name in names
            if (found := re.search(pattern.format(re.escape(name)), message))
        ]
        if hits:
            return min(hits)[1]
    hits = [
        (found.start(), name)
        for name in names
        if len(name) > 3 and (found := re.search(rf"\b{re.escape(name)}\b", message))
    ]
    return min(hits)[1] if hits else None


def report_made(
    report: Report, error: Exception, *, what: str, origin: Origin, names: Mapping[str, Origin]
) -> None:
    """Report that an object could not be made of its arguments, at the argument where it can be told.

    Args:
        report: gets `keras-refused`.
        error: what Keras raised.
        what: the class, for the message.
        origin: the object's place.
        names: where each argument was written.
    """
    message = point_of(error)
    name = argument_in(message, names)
    at = names[name] if name is not None else origin
    frames: tuple[Frame, ...] = at.frames or origin.frames
    text = f"`{what}` cannot be made: {message}"
    report.add("keras-refused", text, at.place, frames=frames, notes=raised_at(error))


def report_called(
    report: Report,
    error: Exception,
    *,
    what: str,
    origin: Origin,
    notes: tuple[str, ...],
    help: str | None = None,
) -> None:
    """Report that a call was refused, with the shapes that met.

    Args:
        report: gets `shape-mismatch` where Keras speaks of shapes, else `keras-refused`.
        error: what Keras raised.
        what: what was called.
        origin: the call's place.
        notes: the inputs, their shapes and where each comes from.
        help: a way out, where one is known.
    """
    said = point_of(error)
    message, way_out = reworded(said)
    report.add(
        "shape-mismatch" if message != said or is_about_shapes(said) else "keras-refused",
        f"`{what}` cannot be called: {message}",
        origin.place,
        help=help or way_out,
        frames=origin.frames,
        notes=(*notes, *raised_at(error)),
    )
