"""What a parser objects to, in words of our own: one sentence at its place, and what to write."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal

import yaml

from modelspec.diagnostics import Label, Place, Source
from modelspec.diagnostics.shown import escaped, shown
from modelspec.frozen import dataclass
from modelspec.source.builder import TAG, TreeBuilder
from modelspec.source.cut import QUOTE_IT, find_cut_around, first_open
from modelspec.source.limits import MAX_DEPTH
from modelspec.source.spacing import glued_key

_QUOTE_COLON = "quote a text that holds `: `; a nested mapping starts on a line of its own"
_ALIGN = "align it with the lines that it belongs to, with spaces"


@dataclass(frozen=True, slots=True)
class _Problem:
    """What the parser says.

    Args:
        text: the parser's words for the problem.
        context: its words for what it was reading.
        at: where the problem is.
        since: where what it was reading starts, if it says so.
    """

    source: Source
    text: str
    context: str
    at: int
    since: int | None

    @property
    def letter(self) -> str:
        return self.source.text[self.at : self.at + 1]

    @property
    def line_start(self) -> int:
        return self.source.text.rfind("\n", 0, self.at) + 1

    @property
    def glued(self) -> tuple[int, int] | None:
        return glued_key(self.source.text, start=self.line_start, end=self.at)

    @property
    def starts_line(self) -> bool:
        return not self.source.text[self.line_start : self.at].strip(" \t-?")


@dataclass(frozen=True, slots=True)
class _Wording:
    """A kind of problem.

    Args:
        pattern: found in what the parser says, libyaml and the one in Python alike.
        message: the sentence; `{letter}` is what stands at the place, `{span}` all that the place covers.
        at: the problem, the tag there, the rest of the line where its context starts, the escape there, or
            the key before it that a bracket follows at once.
        label: what to say of the start of the context.
    """

    pattern: str
    message: str
    help: str | None = None
    at: Literal["problem", "tag", "line", "escape", "key"] = "problem"
    label: str | None = None
    code: str = "yaml-syntax"
    when: Callable[[_Problem], bool] = lambda problem: True


# The first that fits is used.
_WORDINGS = (
    _Wording(
        r"tab character|cannot start any token",
        "a tab cannot stand here",
        "indent with spaces",
        when=lambda problem: problem.letter == "\t",
    ),
    _Wording(
        r"cannot start any token",
        "no text starts with {letter}, unless it is quoted",
        "quote the whole text",
    ),
    _Wording(
        r"mapping values are not allowed",
        "a space is missing behind `{span}`",
        "write `{span} …`",
        at="key",
        when=lambda problem: problem.glued is not None,
    ),
    _Wording(r"mapping values are not allowed", "a `:` cannot stand here", _QUOTE_COLON),
    _Wording(
        r"could not find expected ':'",
        "a `:` is missing behind this key",
        "write `key: value`",
        at="line",
    ),
    _Wording(
        r"alphabetic or numeric character",
        "no name follows the {letter}",
        "quote it if it is a text: an unquoted {letter} starts an alias or an anchor of YAML",
        at="line",
    ),
    _Wording(
        r"tag",
        "`{span}` is a tag of YAML, and this language has none",
        "quote it if it is a text",
        at="tag",
        code="yaml-tag",
    ),
    _Wording(
        r"flow sequence.*expected ',' or",
        "a `,` or `]` is missing",
        "close the list with `]`, and quote a text that holds `[ ] {{ }} ,` or `: `",
        label="the list starts here",
    ),
    _Wording(
        r"flow mapping.*expected ',' or",
        "a `,` or `}}` is missing",
        "close the mapping with `}}`, and quote a text that holds `[ ] {{ }} ,` or `: `",
        label="the mapping starts here",
    ),
    _Wording(
        r"block (mapping|collection|sequence).*expected",
        "this line does not fit the lines above it",
        _ALIGN,
        label="the lines that it should fit start here",
        when=lambda problem: problem.starts_line,
    ),
    _Wording(
        r"block (mapping|collection|sequence).*expected",
        "the value has ended before this",
        "quote the whole value",
    ),
    _Wording(
        r"quoted scalar.*unexpected (end of stream|document)",
        "a quoted text does not end",
        "end it with {letter}",
        at="line",
    ),
    _Wording(
        r"unknown escape character",
        "a `\\` in a text with double quotes starts an escape, and this is none",
        "write `\\\\` for the `\\` itself, or put the text into single quotes",
        at="escape",
    ),
    _Wording(
        r"Unicode character escape|hexadecimal number|hexdecimal number",
        "this escape stands for no character",
        "write the character itself",
        at="escape",
    ),
    _Wording(
        r"sequence entries are not allowed",
        "a `-` cannot start a list here",
        "start the list on a line of its own, or quote the text",
    ),
    _Wording(r"mapping keys are not allowed", "a `?` cannot stand here", "quote the text"),
    _Wording(
        r"<document start>",
        "the document has ended before this",
        "check the indentation and the brackets above",
    ),
    _Wording(
        r"directive|incompatible YAML|%YAML",
        "this directive cannot be read",
        "take it out, or quote a text that starts with `%`",
    ),
    _Wording(r"expected (the )?node content", "a value is missing here", "write `null` for no value"),
    _Wording(
        r"block scalar.*comment or (a )?line break",
        "the text after `|` or `>` starts on the next line",
        "quote it if it is no block of text",
    ),
    _Wording(r"unexpected .:.", "a `:` cannot stand here", _QUOTE_COLON),
    # Newer releases of libyaml have a bound of their own, and look ahead to it.
    _Wording(
        r"maximum nesting depth",
        f"lists and mappings are nested more than {MAX_DEPTH} levels deep",
        code="too-large",
    ),
)


def report_syntax(error: yaml.YAMLError, builder: TreeBuilder) -> None:
    """Say what the parser found wrong, unless a cut expression that was reported is the reason."""
    problem = _problem(error, builder)
    if any(cut.end == problem.at for cut in builder.cuts) or _reported_cut(problem, builder):
        return
    said = f"{problem.context}: {problem.text}"
    for wording in _WORDINGS:
        if re.search(wording.pattern, said) and wording.when(problem):
            break
    else:
        wording = _Wording("", "the text is not YAML: {said}")
    place = _PLACES[wording.at](problem)
    letter = builder.source.text[place.start : place.start + 1]
    words = {
        "letter": "backtick" if letter == "`" else f"`{escaped(letter)}`",
        "span": shown(builder.source.text[place.start : place.end]),
        "said": shown(problem.text.replace("'", "`")),
    }
    labels: tuple[Label, ...] = ()
    if wording.label and problem.since is not None:
        labels = (Label(_letter(builder.source, problem.since), wording.label),)
    help_text = wording.help.format(**words) if wording.help else None
    builder.report.add(
        wording.code,
        wording.message.format(**words),
        place,
        help=QUOTE_IT if _holds_dollar(builder, problem.at) else help_text,
        labels=labels,
    )


def _problem(error: yaml.YAMLError, builder: TreeBuilder) -> _Problem:
    source = builder.source
    text = getattr(error, "problem", None) or "it cannot be read"
    context = getattr(error, "context", None) or ""
    marks = [getattr(error, name, None) for name in ("problem_mark", "context_mark")]
    at, since = (
        None if mark is None else min(mark.index + builder.offset, len(source.text)) for mark in marks
    )
    return _Problem(source, text, context, at if at is not None else since or 0, since)


def _reported_cut(problem: _Problem, builder: TreeBuilder) -> bool:
    """Whether the parser stopped within an expression; it reads ahead, and may not have told of its start."""
    cuts = (find_cut_around(builder.source.text, at) for at in (problem.since, problem.at) if at is not None)
    return any(cut is not None and builder.report_cut(cut) for cut in cuts)


def _letter(source: Source, at: int) -> Place:
    """One character; at the end of the text, what stands last."""
    if at >= len(source.text):
        end = len(source.text.rstrip())
        return Place(source, end, end)
    return Place(source, at, at + 1)


def _tag(problem: _Problem) -> Place:
    """The tag that the parser was reading."""
    since = problem.at if problem.since is None else problem.since
    tag = TAG.search(problem.source.text, since)
    return Place(problem.source, *tag.span()) if tag else _letter(problem.source, problem.at)


def _line(problem: _Problem) -> Place:
    """From where the context starts to the end of its line."""
    text = problem.source.text
    at = problem.at if problem.since is None else problem.since
    end = text.find("\n", at)
    written = text[at : end if end >= 0 else len(text)].rstrip()
    return Place(problem.source, at, at + len(written))


def _escape(problem: _Problem) -> Place:
    """The `\\` close before the problem, and what follows it."""
    text = problem.source.text
    at = text.rfind("\\", max(0, problem.at - 10), problem.at + 1)
    if at < 0:
        return _letter(problem.source, problem.at)
    return Place(problem.source, at, min(max(at + 2, problem.at), len(text)))


def _key(problem: _Problem) -> Place:
    """The key on the line, with its `:`, that a bracket follows at once."""
    return Place(problem.source, *problem.glued) if problem.glued else _letter(problem.source, problem.at)


_PLACES: Mapping[str, Callable[[_Problem], Place]] = MappingProxyType(
    {
        "problem": lambda problem: _letter(problem.source, problem.at),
        "tag": _tag,
        "line": _line,
        "escape": _escape,
        "key": _key,
    }
)


def _holds_dollar(builder: TreeBuilder, at: int) -> bool:
    """Whether a `$(` or `${` stands unclosed in the brackets that are open where the parser stopped."""
    flow = next((opened for opened in builder.stack if opened.flow), None)
    return flow is not None and first_open(builder.source.text, start=flow.start, end=at) is not None
