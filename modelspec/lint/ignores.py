"""`# modelspec: ignore[rule]`: findings that the author has seen and wants to hear no more of."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from modelspec.diagnostics import Diagnostic, Place, Source, nearest
from modelspec.frozen import dataclass
from modelspec.language.values import Origin
from modelspec.lint.finding import Finding
from modelspec.source.comments import Comment, comments_with

_MARK = "modelspec:"
_IGNORE = re.compile(r"modelspec:\s*ignore(?:\[([^\]]*)\])?")


@dataclass(frozen=True, slots=True)
class Ignore:
    """One rule in an ignoring comment.

    Args:
        rule: its id.
        place: of the comment.
        line: which it is for: its own, or the next one with something on it.
    """

    rule: str
    place: Place
    line: int


def read_ignores(source: Source) -> tuple[Ignore, ...]:
    """What the comments of a text ignore."""
    return tuple(
        Ignore(rule, comment.place, _line(comment))
        for comment in comments_with(_MARK, source)
        for rule in _rules(comment)
    )


def _rules(comment: Comment) -> Iterator[str]:
    found = _IGNORE.match(comment.text)
    if found is not None:
        for rule in (found[1] or "").split(","):
            yield rule.strip()


def _line(comment: Comment) -> int:
    """The line that a comment is for."""
    line = comment.place.line
    if not comment.alone:
        return line
    lines = comment.place.source.text.split("\n")
    while line < len(lines) and (not lines[line].strip() or lines[line].lstrip().startswith("#")):
        line += 1
    return line + 1


class Ignores:
    """The ignoring comments of the texts that findings stand in, and which of them were needed."""

    def __init__(self) -> None:
        self._by_source: dict[str, tuple[Ignore, ...]] = {}
        self._needed: set[Ignore] = set()

    def ignored(self, found: Diagnostic) -> bool:
        """Whether a comment at a diagnostic's line, or where the block was used, ignores it."""
        places = [found.place, *(frame.place for frame in found.frames)]
        hits = [
            ignore
            for place in places
            if place is not None
            for ignore in self.of(place.source)
            if ignore.rule == found.code and ignore.line == place.line
        ]
        self._needed.update(hits)
        return bool(hits)

    def of(self, source: Source) -> tuple[Ignore, ...]:
        """Those of a text."""
        known = self._by_source.get(source.name)
        if known is None:
            known = self._by_source[source.name] = read_ignores(source)
        return known

    def unused(self, source: Source, *, asked: Collection[str], known: Collection[str]) -> Iterator[Finding]:
        """A finding for each that ignored nothing.

        Args:
            source: the text.
            asked: the rules that were looked for.
            known: all rules there are.
        """
        for ignore in self.of(source):
            if ignore.rule not in known:
                near = nearest(ignore.rule, known)
                yield Finding(
                    "unused-ignore",
                    f"no rule is called `{ignore.rule}`" if ignore.rule else "this comment names no rule",
                    Origin(ignore.place),
                    help=f"did you mean `{near}`?" if near else "write `# modelspec: ignore[rule]`",
                )
            elif ignore.rule in asked and ignore not in self._needed:
                yield Finding(
                    "unused-ignore",
                    f"`{ignore.rule}` finds nothing here",
                    Origin(ignore.place),
                    help="take the comment out",
                )
