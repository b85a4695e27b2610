"""A document in parts that are merged one by one: sections, entries of sections, items of layers.

Each part is whole lines, the comments above it included, so that parts of several texts can stand together.
"""

from __future__ import annotations

from bisect import bisect_right

from modelspec.diagnostics import Report, Source
from modelspec.frozen import dataclass
from modelspec.language.paths import item_name
from modelspec.language.words import ITEM_WORDS
from modelspec.source.reader import read_tree
from modelspec.source.tokens import scan_tokens
from modelspec.source.tree import Entry, Mapping, Node, Scalar, Sequence

Lines = tuple[str, ...]

_DEEP = frozenset({"blocks", "models"})
"""Sections whose entries have sections of their own."""


_ORDERED = frozenset({"layers", "inputs", "outputs"})
"""Sections in which it matters what comes first."""

_DEEPEST = 3
_UNCUT = frozenset({"anchor", "alias", "tag", "---", "...", "?"})


class Doubt(Exception):
    """The text is not one that can be taken apart: it is merged by lines."""


@dataclass(frozen=True, slots=True)
class Part:
    """Lines that belong together.

    Args:
        key: what it is called: a key, or the name of an item; `None` for an item without one.
        kind: what an item is an item of: a class, block or model; empty for all else.
        lead: blank lines and comments above it.
        head: its own lines; of a part with children those above the first.
        children: the parts within.
        tail: comments below the last child that belong to none.
        ordered: whether the order of its children means something.
    """

    key: str | None
    kind: str
    lead: Lines
    head: Lines
    children: tuple[Part, ...] = ()
    tail: Lines = ()
    ordered: bool = False

    @property
    def lines(self) -> Lines:
        """All of it."""
        inside = (line for child in self.children for line in child.lines)
        return (*self.lead, *self.head, *inside, *self.tail)


def parts_of(text: str) -> Part:
    """A document, whose lines end with `\\n`, as a part of parts.

    Raises:
        Doubt: it cannot be read, has anchors, or is not written in lines.
    """
    report = Report()
    source = Source("", text)
    tree = read_tree(source, report)
    if tree is None or report.has_errors or not isinstance(tree, Mapping) or not text.endswith("\n"):
        raise Doubt
    if any(token.kind in _UNCUT for token in scan_tokens(text)):
        raise Doubt
    cutter = _Cutter(source, tuple(text.splitlines(keepends=True)))
    if len(cutter.lines) != text.count("\n"):
        raise Doubt  # line ends that only YAML 1.1 knows
    children, tail = cutter.children(tree, (0, len(cutter.lines)), ())
    return Part(None, "", (), (), children, tail)


@dataclass(frozen=True, slots=True)
class _Cutter:
    """Cuts one text."""

    source: Source
    lines: Lines

    def children(
        self, node: Mapping | Sequence, span: tuple[int, int], path: tuple[str, ...]
    ) -> tuple[tuple[Part, ...], Lines]:
        """The parts of a collection, and the comments below that belong to none of them.

        Args:
            span: its lines, comments above and below included; the first, and behind the last.
            path: the keys that lead to it.
        """
        children: tuple[Entry | Node, ...] = node.entries if isinstance(node, Mapping) else node.items
        begins = [self._begin(child) for child in children]
        columns = {_indentation(self.lines[begin]) for begin in begins}
        if len(columns) != 1 or sorted(set(begins)) != begins or begins[0] < span[0]:
            raise Doubt
        parts: list[Part] = []
        position = span[0]
        for child, begin, limit in zip(children, begins, [*begins[1:], span[1]], strict=True):
            value = child.value if isinstance(child, Entry) else child
            last = max(begin, self._line(max(value.place.start, value.place.end - 1)))
            end = self._with_comments(last + 1, limit, min(columns))
            parts.append(self._part(child, position, begin, end, path))
            position = end
        return tuple(parts), self.lines[position : span[1]]

    def _part(self, child: Entry | Node, start: int, begin: int, end: int, path: tuple[str, ...]) -> Part:
        """A child: the line that its comments above start on, its own, and the one that it ends before."""
        lead = self.lines[start:begin]
        if not isinstance(child, Entry):
            return Part(item_name(child), _kind(child), lead, self.lines[begin:end])
        key = child.key.text
        value = child.value
        inner = (*path, key)
        if not _is_divisible(inner, value) or self._line(value.place.start) == begin:
            return Part(key, "", lead, self.lines[begin:end])
        assert isinstance(value, Mapping | Sequence)
        children, tail = self.children(value, (begin + 1, end), inner)
        head = self.lines[begin : begin + 1]
        return Part(key, "", lead, head, children, tail, key in _ORDERED)

    def _begin(self, child: Entry | Node) -> int:
        """The line on which a child starts, which it has to itself."""
        place = child.key.place if isinstance(child, Entry) else child.place
        line = self._line(place.start)
        before = self.lines[line][: place.start - self.source.line_starts[line]]
        if before.strip(" ") if isinstance(child, Entry) else not before.lstrip(" ").startswith("-"):
            raise Doubt
        return line

    def _line(self, at: int) -> int:
        return bisect_right(self.source.line_starts, at) - 1

    def _with_comments(self, start: int, limit: int, column: int) -> int:
        """Behind the comments below a part that are further in than it is."""
        end = start
        for number in range(start, limit):
            line = self.lines[number].strip()
            if line and (not line.startswith("#") or _indentation(self.lines[number]) <= column):
                break
            if line:
                end = number + 1
        return end


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _is_divisible(path: tuple[str, ...], value: Node) -> bool:
    """Whether what stands under a key is merged part by part."""
    if isinstance(value, Scalar) or (isinstance(value, Sequence) and path[-1] != "layers"):
        return False
    entries = value.entries if isinstance(value, Mapping) else value.items
    if not entries:
        return False
    return len(path) == 1 or (path[0] in _DEEP and len(path) <= _DEEPEST)


def _kind(item: Node) -> str:
    """What an item is one of, however it is named."""
    if isinstance(item, Mapping):
        keys = [entry.key.text for entry in item.entries]
        return next((key for key in keys if key not in ITEM_WORDS), "reuse")
    return item.text if isinstance(item, Scalar) else ""
