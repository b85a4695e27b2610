"""Diagnostics as text: full with the line and a caret, concise on one line, and as JSON values.

Whatever the user's text holds, the result holds no control characters: it can neither steer a terminal
nor break a line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from modelspec.diagnostics.diagnostic import Diagnostic
from modelspec.diagnostics.excerpt import excerpt
from modelspec.diagnostics.place import Place
from modelspec.diagnostics.shown import escaped

if TYPE_CHECKING:
    from rich.text import Text

# Characters of a sentence; a giant name in it must not bury it.
_MAX_TEXT = 1_000
# Frames beyond these say where a mistake is no better.
_MAX_FRAMES = 8
_SEVERITY_STYLES = {"error": "bold red", "warning": "bold yellow", "info": "bold cyan"}
_MARGIN_STYLE = "blue"
_LABEL_STYLE = "bold blue"
_HELP_STYLE = "bold green"

Piece = tuple[str, str]
"""A text without line ends and its style."""


def render_full(diagnostic: Diagnostic) -> str:
    """A diagnostic as a person reads it: the sentence, the line with a caret, the way there, the way out."""
    return "\n".join("".join(text for text, _ in line) for line in _lines(diagnostic))


def render_rich(diagnostic: Diagnostic) -> Text:
    """The same characters as `render_full`, in colour, for a terminal."""
    from rich.text import Text

    lines = (Text.assemble(*(Text(text, style) for text, style in line)) for line in _lines(diagnostic))
    return Text("\n").join(lines)


def render_concise(diagnostic: Diagnostic) -> str:
    """A diagnostic on one line: `file:line:column: error[code] message`."""
    where = f"{_shown(str(diagnostic.place))}: " if diagnostic.place else ""
    return f"{where}{diagnostic.severity}[{diagnostic.code}] {_shown(diagnostic.message)}"


def render_github(diagnostic: Diagnostic) -> str:
    """A diagnostic as a workflow command of GitHub Actions, which shows it at its line of a pull request.

    Source: "Workflow commands for GitHub Actions", setting a notice, warning or error message.
    """
    place, properties = diagnostic.place, [("title", diagnostic.code)]
    if place is not None:
        end = Place(place.source, place.end, place.end)
        properties = [
            ("file", place.source.name),
            ("line", str(place.line)),
            ("endLine", str(end.line)),
            ("col", str(place.column)),
            ("endColumn", str(end.column)),
            *properties,
        ]
    text = diagnostic.message if diagnostic.help is None else f"{diagnostic.message}\n{diagnostic.help}"
    written = ",".join(f"{name}={_command(value, _PROPERTY)}" for name, value in properties)
    return f"::{_COMMANDS[diagnostic.severity]} {written}::{_command(text, _DATA)}"


_COMMANDS = {"error": "error", "warning": "warning", "info": "notice"}
_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = {**_DATA, ":": "%3A", ",": "%2C"}


def _command(text: str, escapes: dict[str, str]) -> str:
    parts = text.split("\n")
    return "".join(escapes.get(letter, letter) for letter in "\n".join(map(_shown, parts)))


def render_json(diagnostics: Iterable[Diagnostic]) -> list[dict[str, object]]:
    """Diagnostics as JSON values; lines and columns count from 1, ends stand behind the last character."""
    return [
        {
            "code": item.code,
            "severity": item.severity,
            "message": _valid(item.message),
            "help": None if item.help is None else _valid(item.help),
            "place": _json_place(item.place),
            "frames": [
                {"text": _valid(frame.text), "place": _json_place(frame.place)} for frame in item.frames
            ],
            "labels": [
                {"text": _valid(label.text), "place": _json_place(label.place)} for label in item.labels
            ],
            "notes": [_valid(note) for note in item.notes],
        }
        for item in diagnostics
    ]


def in_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Diagnostics by file, in the order in which files first appear, then by position.

    Those without a place count as a file of their own; where places are equal, the order given is kept.
    """
    found = tuple(diagnostics)
    files: dict[str, int] = {}
    for item in found:
        files.setdefault(_file(item), len(files))
    return tuple(sorted(found, key=lambda item: (files[_file(item)], item.place.start if item.place else 0)))


def summary(diagnostics: Iterable[Diagnostic]) -> str:
    """How many of each there are: `2 errors, 1 warning`."""
    severities = [item.severity for item in diagnostics]
    counts = [(name, severities.count(name)) for name in ("error", "warning", "info")]
    plural = {"info": ""}
    found = [f"{count} {name}{plural.get(name, 's') if count > 1 else ''}" for name, count in counts if count]
    return ", ".join(found) or "no errors"


def _file(diagnostic: Diagnostic) -> str:
    return diagnostic.place.source.name if diagnostic.place else ""


def _json_place(place: Place | None) -> dict[str, object] | None:
    if place is None:
        return None
    end = Place(place.source, place.end, place.end)
    return {
        "file": _valid(place.source.name),
        "line": place.line,
        "column": place.column,
        "end_line": end.line,
        "end_column": end.column,
    }


def _valid(text: str) -> str:
    """A text of bounded length that can be written as UTF-8: half surrogate pairs as escapes."""
    return _short(text).encode("utf-8", "backslashreplace").decode("utf-8")


def _shown(text: str) -> str:
    """A text of bounded length on one line, harmless to a terminal."""
    return escaped(_short(text))


def _short(text: str) -> str:
    return text if len(text) <= _MAX_TEXT else f"{text[: _MAX_TEXT - 1]}…"


def _lines(diagnostic: Diagnostic) -> Iterator[tuple[Piece, ...]]:
    main = _SEVERITY_STYLES[diagnostic.severity]
    yield (
        (f"{diagnostic.severity}[{diagnostic.code}]", main),
        (f": {_shown(diagnostic.message)}", "bold"),
    )
    if diagnostic.place is not None:
        yield from _place_lines(diagnostic.place, "", main)
    for label in diagnostic.labels:
        yield from _place_lines(label.place, label.text, _LABEL_STYLE)
    for note in diagnostic.notes:
        for number, line in enumerate(note.split("\n")):
            yield (("    " if number else "  = ", _MARGIN_STYLE), (_shown(line), ""))
    for frame in diagnostic.frames[:_MAX_FRAMES]:
        yield (("  ^ ", _MARGIN_STYLE), (_shown(f"{frame.text} {frame.place}"), ""))
    if len(diagnostic.frames) > _MAX_FRAMES:
        yield ((f"  ^ and {len(diagnostic.frames) - _MAX_FRAMES} more", _MARGIN_STYLE),)
    if diagnostic.help:
        yield (("help", _HELP_STYLE), (f": {_shown(diagnostic.help)}", ""))


def _place_lines(place: Place, text: str, style: str) -> Iterator[tuple[Piece, ...]]:
    """Where a place is, its line, and a caret with a text under it; of a source without text, only where."""
    number = str(place.line)
    margin = " " * len(number)
    yield ((f"{margin}--> ", _MARGIN_STYLE), (_shown(str(place)), ""))
    if not place.source.text:
        if text:
            yield ((f"{margin} = ", _MARGIN_STYLE), (_shown(text), style))
        return
    seen = excerpt(place)
    yield ((f"{margin} |", _MARGIN_STYLE),)
    yield ((f"{number} |{' ' if seen.line else ''}", _MARGIN_STYLE), (seen.line, ""))
    yield (
        (f"{margin} | ", _MARGIN_STYLE),
        (seen.indentation, ""),
        (seen.caret + (f" {_shown(text)}" if text else ""), style),
    )
