"""Diagnostics as text: full with the line and a caret, concise on one line, and as JSON values."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING

from modelspec.diagnostics.place import Place
from modelspec.diagnostics.report import Diagnostic

if TYPE_CHECKING:
    from rich.text import Text

MAX_WIDTH = 120  # columns of a quoted line; longer ones are cut around the caret
_TAB = 4
# Frames beyond these say where a mistake is no better.
_MAX_FRAMES = 8
Piece = tuple[str, str]  # text and style


def render_full(diagnostic: Diagnostic) -> str:
    """A diagnostic as a person reads it: the sentence, the line with a caret, the way there, the way out."""
    return "".join(text for text, _ in _pieces(diagnostic)).rstrip("\n")


def render_rich(diagnostic: Diagnostic) -> Text:
    """The same text in colour, for a terminal."""
    from rich.text import Text

    text = Text()
    for piece, style in _pieces(diagnostic):
        text.append(piece, style=style)
    text.rstrip()
    return text


def render_concise(diagnostic: Diagnostic) -> str:
    """A diagnostic on one line: `file:line:column: error[code] message`."""
    where = f"{diagnostic.place}: " if diagnostic.place else ""
    return f"{where}{diagnostic.severity}[{diagnostic.code}] {diagnostic.message}"


def render_json(diagnostics: Iterable[Diagnostic]) -> list[dict[str, object]]:
    """Diagnostics as JSON values; lines and columns count from 1, ends stand behind the last character."""
    return [
        {
            "code": item.code,
            "severity": item.severity,
            "message": item.message,
            "help": item.help,
            "place": _json_place(item.place),
            "frames": [{"text": frame.text, "place": _json_place(frame.place)} for frame in item.frames],
            "labels": [{"text": label.text, "place": _json_place(label.place)} for label in item.labels],
            "notes": list(item.notes),
        }
        for item in diagnostics
    ]


def _json_place(place: Place | None) -> dict[str, object] | None:
    if place is None:
        return None
    end = Place(place.source, place.end, place.end)
    return {
        "file": place.source.name,
        "line": place.line,
        "column": place.column,
        "end_line": end.line,
        "end_column": end.column,
    }


def in_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Diagnostics by file, in the order in which files first appear, then by position."""
    found = tuple(diagnostics)
    files: dict[str, int] = {}
    for item in found:
        files.setdefault(item.place.source.name if item.place else "", len(files))
    return tuple(
        sorted(
            found,
            key=lambda item: (
                files[item.place.source.name if item.place else ""],
                item.place.start if item.place else -1,
            ),
        )
    )


def summary(diagnostics: Iterable[Diagnostic]) -> str:
    """How many of each there are: `2 errors, 1 warning`."""
    found = tuple(diagnostics)
    counts = [(name, sum(item.severity == name for item in found)) for name in ("error", "warning")]
    return ", ".join(f"{count} {name}{'s' if count > 1 else ''}" for name, count in counts if count)


def _pieces(diagnostic: Diagnostic) -> Iterable[Piece]:
    main = "bold red" if diagnostic.severity == "error" else "bold yellow"
    yield f"{diagnostic.severity}[{diagnostic.code}]", main
    yield f": {diagnostic.message}\n", "bold"
    if diagnostic.place is not None:
        yield from _excerpt(diagnostic.place, "", main)
    for label in diagnostic.labels:
        yield from _excerpt(label.place, label.text, "bold blue")
    for note in diagnostic.notes:
        yield "  = ", "blue"
        yield f"{note}\n", ""
    for frame in diagnostic.frames[:_MAX_FRAMES]:
        yield "  ^ ", "blue"
        yield f"{frame.text} {frame.place}\n", ""
    if len(diagnostic.frames) > _MAX_FRAMES:
        yield f"  ^ and {len(diagnostic.frames) - _MAX_FRAMES} more\n", "blue"
    if diagnostic.help:
        yield "help", "bold green"
        yield f": {diagnostic.help}\n", ""


def _excerpt(place: Place, text: str, style: str) -> Iterable[Piece]:
    number = str(place.line)
    margin = " " * len(number)
    yield f"{margin}--> ", "blue"
    yield f"{place}\n", ""
    if not place.source.text:
        return
    line = place.source.line_text(place.line)
    start = place.column - 1
    length = max(1, min(place.end - place.start, len(line) - start))
    before, marked, after = _cut(line, start, start + length)
    yield f"{margin} |\n{number} | ", "blue"
    yield f"{before}{marked}{after}\n", ""
    yield f"{margin} | ", "blue"
    yield " " * _width(before), ""
    yield "^" * max(1, _width(marked)) + (f" {text}" if text else ""), style
    yield "\n", ""


def _cut(line: str, start: int, end: int) -> tuple[str, str, str]:
    """The line in three parts, tabs as spaces, the ends of a long one left out around the marked part."""
    before, marked, after = (_expanded(part) for part in (line[:start], line[start:end], line[end:]))
    marked = marked if len(marked) <= MAX_WIDTH else f"{marked[: MAX_WIDTH - 1]}…"
    room = max(20, MAX_WIDTH - len(marked))
    if len(before) > room // 2 and len(before) + len(marked) + len(after) > MAX_WIDTH:
        before = f"…{before[-(room // 2) :]}"
    spare = max(10, room - len(before))
    return before, marked, after if len(after) <= spare else f"{after[:spare]}…"


def _expanded(text: str) -> str:
    return "".join(
        " " * _TAB if char == "\t" else char if char.isprintable() else "\N{REPLACEMENT CHARACTER}"
        for char in text
    )


def _width(text: str) -> int:
    """Columns of a terminal: East Asian wide characters take two, combining ones none."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )
