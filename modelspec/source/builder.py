"""The events of a parser to a tree: places, anchors, merge keys and bounds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from collections.abc import Mapping as AbstractMapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NoReturn

import yaml

from modelspec.diagnostics import Place, Report, Source
from modelspec.diagnostics.shown import shown
from modelspec.source.cut import Cut, cut_help, cut_message, find_cut, first_open, meant
from modelspec.source.limits import MAX_CUTS, MAX_DEPTH, MAX_DIGITS, MAX_NODES
from modelspec.source.mistakes import (
    Refused,
    refuse_depth,
    refuse_nodes,
    report_duplicate,
    report_long_number,
)
from modelspec.source.scalars import AMBIGUOUS, is_long_number, plain_value
from modelspec.source.spacing import check_spacing
from modelspec.source.tree import Entry, Mapping, Node, Primitive, Scalar, Sequence

_SPACE = " \t\r\n\x85\u2028\u2029"
_ANCHOR = re.compile(rf"&[^{_SPACE},\[\]{{}}]*(?:[{_SPACE}]|#[^\r\n\x85\u2028\u2029]*)*")
TAG = re.compile(rf"![^{_SPACE},\[\]{{}}]*")
_COLON = re.compile(r"[ \t]*:")
_BLOCK_STYLES = ("|", ">")


@dataclass(slots=True)
class Open:
    """A collection whose end has not been reached.

    Args:
        start: where it starts.
        flow: whether it is written with brackets, or stands within some.
        mapping: whether it has keys.
        anchor: its anchor's name.
        before: how many nodes were counted before it.
        end: where its last child ends.
        height: how many levels it has.
    """

    start: int
    flow: bool
    mapping: bool
    anchor: str | None
    before: int
    end: int
    height: int = 1
    key: Scalar | None = None
    items: list[Node] = field(default_factory=list)
    entries: dict[str, Entry] = field(default_factory=dict)
    merge: _Merge | None = None


@dataclass(frozen=True, slots=True)
class _Merge:
    """The value of a `<<`, and how many entries stand above it."""

    key: Scalar
    value: Node
    above: int


@dataclass(frozen=True, slots=True)
class _Anchored:
    node: Node
    nodes: int
    height: int


class TreeBuilder:
    """The tree of one text while its events come in.

    It keeps its own stack, so that no text can exhaust Python's, and counts what an alias stands for
    without writing it out.

    Args:
        source: the text; its places are what the tree holds.
        offset: what to add to the parser's positions.
        mended: cut expressions that the parser was given as letters.
        report: where mistakes go.
    """

    def __init__(self, source: Source, report: Report, *, offset: int, mended: tuple[Cut, ...]) -> None:
        self.source = source
        self.report = report
        self.offset = offset
        self.mended = mended
        self.root: Node | None = None
        self.stack: list[Open] = []
        self.cuts: list[Cut] = []
        self._above: Open | None = None
        self._anchors: dict[str, _Anchored | None] = {}
        self._documents = 0
        self._open_expressions = 0
        self._nodes = 0

    def build(self, events: Iterator[Any]) -> Node | None:
        """The tree, or `None` for a text with nothing in it.

        Raises:
            Refused: reading cannot go on; reported.
            yaml.YAMLError: the parser met a mistake.
        """
        scalar, handlers = self._scalar, _HANDLERS
        for event in events:
            if type(event) is yaml.ScalarEvent:
                scalar(event)
            elif (handler := handlers.get(type(event))) is not None:
                handler(self, event)
        return self.root

    def _document(self, event: Any) -> None:
        self._documents += 1
        if self._documents > 1:
            self._refuse(
                "multiple-documents",
                "a second document starts here, and a file holds one",
                self._place(event.start_mark.index, event.end_mark.index),
                "put it into a file of its own",
            )

    def _scalar(self, event: Any) -> None:
        text: str = event.value
        style = event.style
        plain = not style  # libyaml says "" where the parser in Python says None
        start = event.start_mark.index + self.offset
        end = event.end_mark.index + self.offset
        anchor = event.anchor
        if event.tag is not None:
            self._report_tag(event.tag, start)
        if anchor is not None:
            start = self._behind_anchor(start, end)
        above = self._above
        is_key = above is not None and above.mapping and above.key is None
        if not plain:
            if style in _BLOCK_STYLES:
                end = start + len(self.source.text[start:end].rstrip(_SPACE))
        elif not text:
            if anchor is None:
                start = end = self._empty_at(end)
        else:
            if self.mended:
                text = self._unmended(text, start, end)
            if "$" in text or (text[0] == "(" and above is not None and above.flow):
                self._look_for_cut(start, end)
        place = Place(self.source, start, end)
        if above is not None and is_key and plain and not above.flow and ":" in text:
            check_spacing(text, Place(self.source, start, end), self.report)
        value: Primitive = text
        if plain and not is_key:
            value = self._value(text, place)
        node = Scalar(value, text, place, plain)
        if anchor is not None:
            anchored = Scalar(self._value(text, place), text, place, plain) if plain else node
            self._anchors[anchor] = _Anchored(anchored, 1, 0)
        if above is None and plain and not text:
            return  # a document with nothing in it
        self._nodes += 1
        self._add(node, end)

    def _value(self, text: str, place: Place) -> Primitive:
        if text in AMBIGUOUS:
            self.report.add(
                "ambiguous-scalar",
                f"`{text}` is neither a boolean nor null in YAML 1.2",
                place,
                help=f'write `{AMBIGUOUS[text]}`, or `"{text}"` for the text',
            )
            return plain_value(AMBIGUOUS[text])  # what is meant, so that nothing more is said of it
        elif len(text) > MAX_DIGITS:
            if is_long_number(text, MAX_DIGITS):
                report_long_number(place, self.report)
            return text
        return plain_value(text)

    def _alias(self, event: Any) -> None:
        place = self._place(event.start_mark.index, event.end_mark.index)
        name = shown(event.anchor)
        if event.anchor not in self._anchors:
            self._refuse(
                "yaml-syntax",
                f"no anchor `&{name}` stands above",
                place,
                "quote it if it is a text: an unquoted `*` starts an alias",
            )
        anchored = self._anchors[event.anchor]
        if anchored is None:
            self._refuse("too-large", f"the alias `*{name}` stands inside of what it stands for", place)
        match anchored.node:
            case Scalar(value, text, _, plain):
                node: Node = Scalar(value, text, place, plain)
            case Sequence(items):
                node = Sequence(items, place)
            case Mapping(entries):
                node = Mapping(entries, place)
        self._nodes += anchored.nodes
        if len(self.stack) + anchored.height > MAX_DEPTH:
            refuse_depth(place, self.report)
        if self._above is not None:
            self._above.height = max(self._above.height, anchored.height + 1)
        self._add(node, place.end)

    def _open(self, event: Any) -> None:
        start = event.start_mark.index + self.offset
        if event.tag is not None:
            self._report_tag(event.tag, start)
        if event.anchor is not None:
            start = self._behind_anchor(start, len(self.source.text))
            self._anchors[event.anchor] = None
        if len(self.stack) >= MAX_DEPTH:
            refuse_depth(Place(self.source, start, start + 1), self.report)
        mapping = type(event) is yaml.MappingStartEvent
        opened = Open(start, bool(event.flow_style), mapping, event.anchor, self._nodes, start)
        self._nodes += 1
        self.stack.append(opened)
        self._above = opened

    def _close(self, event: Any) -> None:
        done = self.stack.pop()
        above = self._above = self.stack[-1] if self.stack else None
        # A block's own end mark stands on a later line, and so may that of a pair without braces.
        bracketed = done.flow and self.source.text[done.start] in "[{"
        end = event.end_mark.index + self.offset if bracketed else done.end
        place = Place(self.source, done.start, end)
        node: Node
        if done.mapping:
            node = Mapping(self._entries(done), place)
        else:
            node = Sequence(tuple(done.items), place)
        if done.anchor is not None:
            self._anchors[done.anchor] = _Anchored(node, self._nodes - done.before, done.height)
        if above is not None:
            above.height = max(above.height, done.height + 1)
        self._add(node, end)

    def _add(self, node: Node, end: int) -> None:
        """Put a finished node into the collection that is open, or make it the root."""
        if self._nodes > MAX_NODES:
            refuse_nodes(node.place, self.report)
        above = self._above
        if above is None:
            self.root = node
            return
        above.end = end
        if not above.mapping:
            above.items.append(node)
        elif above.key is None:
            above.key = self._key(node)
        else:
            key, above.key = above.key, None
            self._set(above, key, node)

    def _key(self, node: Node) -> Scalar:
        if isinstance(node, Scalar) and (node.text or not node.plain):
            return node if node.value is node.text else Scalar(node.text, node.text, node.place, node.plain)
        self.report.add(
            "bad-key",
            "the key of a mapping must be text",
            node.place,
            help="quote it if it is a text: an unquoted `{` or `[` starts a mapping or a list",
        )
        return _NO_KEY

    def _set(self, above: Open, key: Scalar, node: Node) -> None:
        if key is _NO_KEY:
            return
        if key.text == "<<" and key.plain:
            if above.merge is not None:
                report_duplicate(key, above.merge.key, self.report)
            else:
                above.merge = _Merge(key, node, len(above.entries))
            return
        entry = Entry(key, node)
        first = above.entries.setdefault(key.text, entry)
        if first is not entry:
            report_duplicate(key, first.key, self.report)

    def _entries(self, done: Open) -> tuple[Entry, ...]:
        """A mapping's entries, those of a merge key where that stands; own ones win, then earlier ones."""
        own = done.entries
        if done.merge is None:
            return tuple(own.values())
        merged: dict[str, Entry] = {}
        value = done.merge.value
        for part in value.items if isinstance(value, Sequence) else (value,):
            if not isinstance(part, Mapping):
                self.report.add(
                    "bad-merge",
                    "`<<` takes a mapping or a list of mappings",
                    part.place,
                    help="for example `<<: *defaults`",
                )
                continue
            for entry in part.entries:
                merged.setdefault(entry.key.text, entry)
        listed = tuple(own.values())
        above = {entry.key.text: entry for entry in listed[: done.merge.above]}
        inserted = {key: own.get(key, entry) for key, entry in merged.items() if key not in above}
        return tuple((above | inserted | own).values())

    def _place(self, start: int, end: int) -> Place:
        return Place(self.source, start + self.offset, end + self.offset)

    def _behind_anchor(self, start: int, end: int) -> int:
        """Where the value starts whose anchor stands at `start`: the parser counts the anchor in."""
        behind = _ANCHOR.match(self.source.text, start, end)
        return behind.end() if behind else start

    def _empty_at(self, end: int) -> int:
        """Where a value stands of which nothing is written: behind the `:`, without one behind the key."""
        above = self._above
        if above is None or above.key is None:
            return end
        colon = _COLON.match(self.source.text, above.end)
        return colon.end() if colon else above.end

    def _unmended(self, text: str, start: int, end: int) -> str:
        """What stands in the text where the parser was given letters for a cut expression."""
        cuts = [cut for cut in self.mended if start <= cut.start < end]
        if not cuts:
            return text
        written = self.source.text[start:end]
        for cut in cuts:
            written = "".join(
                (written[: cut.start - start], meant(self.source.text, cut), written[cut.end - start :])
            )
        return " ".join(written.split())

    def _look_for_cut(self, start: int, end: int) -> None:
        text = self.source.text
        opening = first_open(text, start=start, end=end)
        if opening is None or self._open_expressions >= MAX_CUTS:
            return
        self._open_expressions += 1
        cut = find_cut(text, opening=opening, end=end, flow=self._above is not None and self._above.flow)
        if cut is not None:
            self.report_cut(cut)

    def report_cut(self, cut: Cut) -> bool:
        """Say once that an expression is cut, unless it was mended already; whether it was said."""
        if any(cut.overlaps(other) for other in self.mended):
            return False
        if any(cut.overlaps(other) for other in self.cuts):
            return True
        text = self.source.text
        self.cuts.append(cut)
        self.report.add(
            "cut-expression",
            cut_message(text, cut),
            Place(self.source, cut.start, cut.end),
            help=cut_help(text, cut),
        )
        return True

    def _report_tag(self, tag: str, start: int) -> None:
        written = TAG.search(self.source.text, start)
        place = Place(self.source, *written.span()) if written else Place(self.source, start, start + 1)
        name = shown(written[0]) if written else shown(tag)
        self.report.add(
            "yaml-tag",
            f"`{name}` is a tag of YAML, and this language has none",
            place,
            help="write the value without it" if name.startswith("!!") else "quote it if it is a text",
        )

    def _refuse(self, code: str, message: str, place: Place, help_text: str | None = None) -> NoReturn:
        self.report.add(code, message, place, help=help_text)
        raise Refused


_NO_KEY = Scalar("", "", Place(Source("", ""), 0, 0))

_HANDLERS: AbstractMapping[type, Callable[[TreeBuilder, Any], None]] = MappingProxyType(
    {
        yaml.DocumentStartEvent: TreeBuilder._document,
        yaml.AliasEvent: TreeBuilder._alias,
        yaml.SequenceStartEvent: TreeBuilder._open,
        yaml.MappingStartEvent: TreeBuilder._open,
        yaml.SequenceEndEvent: TreeBuilder._close,
        yaml.MappingEndEvent: TreeBuilder._close,
    }
)
