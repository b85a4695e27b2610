"""The text of a reference taken apart: a path of names, a selection, a slice."""

from __future__ import annotations

import re

from modelspec.frozen import dataclass

_REFERENCE = re.compile(
    r"\s*(?P<path>/?[A-Za-z0-9_-]+(?:/[A-Za-z0-9_-]+)*)"
    r"(?P<index>(?:\.[A-Za-z0-9_-]+)*)"
    r"\s*(?P<slice>\[.*\])?\s*$",
    re.DOTALL,
)
_MAX_DIGITS = 18  # no tensor has more elements, and Python reads no number of thousands of digits
_NUMBER = re.compile(rf"\s*([+-]?[0-9]{{1,{_MAX_DIGITS}}})\s*$")


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference.

    Args:
        path: the names between the slashes.
        index: the steps after the dots, numbers as integers.
        slices: the entries between the brackets as Keras' `GetItem` takes them, `None` without brackets.
    """

    path: tuple[str, ...]
    index: tuple[int | str, ...]
    slices: tuple[object, ...] | None


def read_reference(text: str) -> Reference | str:
    """The reference a text spells, or a sentence on why it is none."""
    match = _REFERENCE.match(text)
    if match is None:
        return f"`{text}` is no reference: write a name, `name.0`, `block/name` or `name[:, 0]`"
    slices: tuple[object, ...] | None = None
    if match["slice"]:
        found = read_slices(match["slice"][1:-1])
        if isinstance(found, str):
            return found
        slices = found
    steps = tuple(_step(step) for step in match["index"].split(".")[1:])
    return Reference(tuple(match["path"].removeprefix("/").split("/")), steps, slices)


def _step(text: str) -> int | str:
    return int(text) if text.isdigit() and len(text) <= _MAX_DIGITS else text


def read_slices(text: str) -> tuple[object, ...] | str:
    """The entries that a text between brackets spells, or a sentence on why it spells none."""
    if not text.strip():
        return "a slice needs an index, such as `x[:, 0]`"
    entries: list[object] = []
    for part in text.split(","):
        entry = _read_slice(part)
        if isinstance(entry, str):
            return entry
        entries.append(entry)
    return tuple(entries)


def _read_slice(part: str) -> object:
    word = part.strip()
    if word == "...":
        return Ellipsis
    if word in ("None", "null"):
        return None
    if number := _NUMBER.match(word):
        return int(number[1])
    pieces = word.split(":")
    if len(pieces) not in (2, 3):
        return f"`{word}` is no part of a slice: write a number, `a:b`, `a:b:step`, `...` or `null`"
    bounds: list[int | None] = []
    for piece in pieces:
        if not piece.strip():
            bounds.append(None)
        elif number := _NUMBER.match(piece):
            bounds.append(int(number[1]))
        else:
            return f"`{piece.strip()}` in a slice must be a whole number"
    if len(bounds) == 3 and bounds[2] == 0:
        return "the step of a slice cannot be 0"
    return slice(*bounds)
