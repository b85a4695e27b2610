"""Edits of a text: what stands between two places, and what shall stand there."""

from __future__ import annotations

from collections.abc import Iterable

from modelspec.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Edit:
    """A replacement; `start` included, `end` not."""

    start: int
    end: int
    text: str


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """The text with all edits made, whose places are those of the given text and do not overlap."""
    pieces: list[str] = []
    position = 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        if edit.start < position:
            raise AssertionError(f"edits overlap at {edit.start}")
        pieces += (text[position : edit.start], edit.text)
        position = edit.end
    return "".join((*pieces, text[position:]))
