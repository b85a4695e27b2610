"""Lines of more than 100 columns: a collection in brackets that makes one becomes lines of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from modelspec.formatting.edits import Edit
from modelspec.formatting.indentation import STEP
from modelspec.formatting.marked import Comment, Marked
from modelspec.frozen import dataclass
from modelspec.source.tokens import Token

WIDTH = 100

_PAIRS: Mapping[str, str] = MappingProxyType({"{": "}", "[": "]"})
# Texts that outside of brackets would begin a list or a key.
_NO_TEXT = ("-", "?")


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a collection in brackets, as written.

    Args:
        key: with its `:`; empty in a list.
        value: empty where there is none.
        is_scalar: whether the value is one scalar or an alias.
    """

    key: str
    value: str
    is_scalar: bool

    @property
    def line(self) -> str:
        """It without the brackets around it."""
        return f"{self.key or '-'} {self.value}".rstrip()


@dataclass(frozen=True, slots=True)
class _Long:
    """A collection in brackets that is to be written in lines.

    Args:
        column: where its lines begin.
        behind: the token that they go below; `None` where the first stays where the bracket is.
        start: where that token ends, or the bracket is.
        end: behind the collection.
        comment: at the end of its line.
    """

    column: int
    behind: Token | None
    start: int
    end: int
    parts: tuple[_Part, ...]
    comment: Comment | None


def shorten(marked: Marked) -> Iterator[Edit]:
    """The edits that write the outermost collection of each line that is too long in lines of its own.

    What can be: all of it on that line and nothing but a comment behind it. Of a list of scalars as many stay
    on a line as fit, between their brackets. What stood inside may be too long again.
    """
    written = marked.written
    comments = {marked.line_start(comment.start): comment for comment in marked.comments if comment.trailing}
    depth = 0
    for position, token in enumerate(written):
        if token.kind in _PAIRS:
            if not depth and (long := _long(marked, written, position, comments)):
                yield _filled(long) if all(_stays(part) for part in long.parts) else _block(long, marked)
            depth += 1
        elif token.kind in _PAIRS.values():
            depth -= 1


def _long(
    marked: Marked, written: tuple[Token, ...], opening: int, comments: Mapping[int, Comment]
) -> _Long | None:
    """The collection that begins with a token, if it is to be written in lines and can be."""
    closing = _closing(written, opening)
    start, end = written[opening].start, written[closing].end
    line = marked.line_start(start)
    follower = written[closing + 1] if closing + 1 < len(written) else None
    if end - line <= WIDTH or "\n" in marked.text[start:end]:
        return None
    if follower is not None and "\n" not in marked.text[end : follower.start]:
        return None
    since = opening
    while since and written[since - 1].start >= line:
        since -= 1
    before = written[since:opening]
    while before and before[0].kind == "-":
        before = before[1:]
    parts = _parts(marked.text, written[opening : closing + 1])
    if not parts or any(token.kind == "?" for token in before):
        return None
    column = (before[0].start if before else start) - line
    if any(token.kind == ":" for token in before):
        column += STEP
    behind = before[-1] if before else None
    return _Long(column, behind, behind.end if behind else start, end, parts, comments.get(line))


def _closing(written: tuple[Token, ...], opening: int) -> int:
    """Where the bracket stands that closes one."""
    depth, position = 1, opening
    while depth:
        position += 1
        kind = written[position].kind
        depth += (kind in _PAIRS) - (kind in _PAIRS.values())
    return position


def _parts(text: str, collection: tuple[Token, ...]) -> tuple[_Part, ...]:
    """What a collection holds; nothing where some of it cannot stand outside of brackets."""
    groups: list[list[Token]] = [[]]
    depth = 0
    for token in collection[1:-1]:
        depth += (token.kind in _PAIRS) - (token.kind in _PAIRS.values())
        if token.kind == "," and not depth:
            groups.append([])
        else:
            groups[-1].append(token)
    if not groups[-1]:
        groups.pop()  # nothing, or what a comma at the end leaves
    parts = [_part(text, group, has_key=collection[0].kind == "{") for group in groups]
    found = tuple(part for part in parts if part is not None)
    return found if len(found) == len(parts) else ()


def _part(text: str, group: list[Token], *, has_key: bool) -> _Part | None:
    key, value = "", group
    if has_key:
        if [token.kind for token in group[:2]] != ["scalar", ":"]:
            return None
        key, value = text[group[0].start : group[1].end], group[2:]
    elif not group or any(token.kind in (":", "?") for token in group[:2]):
        return None
    written = text[value[0].start : value[-1].end] if value else ""
    if written in _NO_TEXT:
        return None
    return _Part(key, written, len(value) == 1 and value[0].kind in ("scalar", "alias"))


def _stays(part: _Part) -> bool:
    """Whether it is better read beside its like than below."""
    return part.is_scalar and not part.key


def _filled(long: _Long) -> Edit:
    """A list of scalars between brackets, as many on a line as fit."""
    pad = " " * long.column
    lines, line = [], f"{pad}["
    for number, part in enumerate(long.parts):
        text = part.value + ("]" if number == len(long.parts) - 1 else ",")
        if len(line) + len(text) + 1 > WIDTH and line.strip() != "[":
            lines.append(line.rstrip())
            line = f"{pad} "
        line += f"{text} "
    filled = "\n".join((*lines, line.rstrip()))
    return Edit(long.start, long.end, f"\n{filled}" if long.behind else filled[long.column :])


def _block(long: _Long, marked: Marked) -> Edit:
    """A collection without brackets; the comment behind it goes on its first line."""
    pad = f"\n{' ' * long.column}"
    lines = [part.line for part in long.parts]
    if long.behind is not None:
        lines.insert(0, "")
    end = long.end
    if long.comment is not None:
        lines[0] += f"  {marked.text[long.comment.start : long.comment.end]}"
        end = long.comment.end
    return Edit(long.start, end, pad.join(lines))
