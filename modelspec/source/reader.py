"""YAML text to a tree that knows its places, from the parser's events and within bounds."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import yaml

from modelspec.diagnostics import Label, Place, Report, Source
from modelspec.source.json_reader import read_json
from modelspec.source.scalars import AMBIGUOUS, plain_value
from modelspec.source.tree import Entry, Mapping, Node, Scalar, Sequence

MAX_CHARACTERS = 16 * 1024 * 1024
MAX_DEPTH = 200
MAX_NODES = 2_000_000

# The C parser is several times faster; PyYAML leaves it out where libyaml is missing.
PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_DOLLAR = re.compile(r"\$[({]")
_UNQUOTED_HELP = "quote it: in `{…}` and `[…]`, YAML takes `[ ] { } ,` for its own"


class _Refused(Exception):
    """Reading cannot go on; the reason is in the report."""


def read_tree(source: Source, report: Report, *, parser: Any = None) -> Node | None:
    """The tree of a text; `None` for an empty one and for one that cannot be read, which is reported.

    Args:
        parser: a PyYAML loader class; the C one by default.
    """
    text = source.text
    if len(text) > MAX_CHARACTERS:
        report.add(
            "too-large",
            f"the text has {len(text):,} characters, {MAX_CHARACTERS:,} are allowed",
            Place(source, 0, 0),
        )
        return None
    offset = 1 if text.startswith("\ufeff") else 0
    builder = _Builder(source, offset, report)
    events: Iterable[Any] = yaml.parse(text[offset:], Loader=parser or PARSER)
    try:
        for event in events:
            _HANDLERS[type(event)](builder, event)
    except _Refused:
        return None
    except yaml.YAMLError as error:
        found = read_json(source, offset)
        if found is not None:
            return found
        _report_syntax(error, source, offset, report)
        return None
    return None if builder.cut else builder.root


@dataclass(slots=True)
class _Open:
    """A collection whose end has not been reached."""

    start: int
    flow: bool
    mapping: bool
    anchor: str | None
    items: list[Node] = field(default_factory=list)
    entries: dict[str, Entry] = field(default_factory=dict)
    merges: list[Node] = field(default_factory=list)
    key: Scalar | None = None
    nodes: int = 1
    height: int = 1


@dataclass(frozen=True, slots=True)
class _Anchored:
    node: Node
    nodes: int
    height: int


@dataclass(slots=True)
class _Builder:
    """The tree while its events come in; an explicit stack, so that no text can exhaust Python's."""

    source: Source
    offset: int
    report: Report
    root: Node | None = None
    stack: list[_Open] = field(default_factory=list)
    anchors: dict[str, _Anchored | None] = field(default_factory=dict)
    documents: int = 0
    nodes: int = 0
    cut: bool = False  # an expression lies in pieces, so the tree is not what was meant

    def place(self, start: int, end: int) -> Place:
        return Place(self.source, start + self.offset, end + self.offset)

    def nothing(self, event: Any) -> None:
        """An event that says nothing of the tree."""

    def document(self, event: Any) -> None:
        self.documents += 1
        if self.documents > 1:
            self.refuse(
                "multiple-documents",
                "a file holds one document",
                self.place(event.start_mark.index, event.end_mark.index),
                "put each into a file of its own",
            )

    def scalar(self, event: Any) -> None:
        place = self.place(event.start_mark.index, event.end_mark.index)
        self.check_tag(event, place)
        text = event.value
        plain = not event.style  # the C parser says "" where the other says None
        is_key = self.awaits_key()
        value = plain_value(text) if plain else text
        if plain and not is_key:
            self.check_plain(text, place)
            if text in AMBIGUOUS:  # read as what is meant, so that nothing more is said of it
                value = plain_value(AMBIGUOUS[text])
        node = Scalar(value, text, place, plain)
        self.remember(event.anchor, _Anchored(node, 1, 0))
        self.add(node, 1, 0)

    def check_plain(self, text: str, place: Place) -> None:
        if text in AMBIGUOUS:
            self.report.add(
                "ambiguous-scalar",
                f"`{text}` is neither a boolean nor null in YAML 1.2",
                place,
                help=f'write `{AMBIGUOUS[text]}`, or `"{text}"` for the text',
            )
        elif self.stack and self.stack[-1].flow and _is_cut(text):
            self.cut = True
            self.report.add(
                "cut-expression", f"`{text}` is only a part of an expression", place, help=_UNQUOTED_HELP
            )

    def alias(self, event: Any) -> None:
        place = self.place(event.start_mark.index, event.end_mark.index)
        if event.anchor not in self.anchors:
            self.refuse(
                "yaml-syntax", f"no anchor is called `{event.anchor}`", place, "define it above with `&`"
            )
        anchored = self.anchors[event.anchor]
        if anchored is None:
            self.refuse("too-large", f"the alias `*{event.anchor}` stands inside its own anchor", place, None)
        self.add(replace(anchored.node, place=place), anchored.nodes, anchored.height)

    def open(self, event: Any) -> None:
        start = event.start_mark.index
        self.check_tag(event, self.place(start, start + 1))
        mapping = isinstance(event, yaml.MappingStartEvent)
        if self.awaits_key():
            self.refuse(
                "bad-key",
                "the key of a mapping must be text",
                self.place(start, event.end_mark.index),
                _UNQUOTED_HELP if self.after_dollar(start) else "quote it, or write it as a value",
            )
        if len(self.stack) >= MAX_DEPTH:
            self.refuse_depth(self.place(start, start + 1))
        if event.anchor:
            self.anchors[event.anchor] = None
        self.stack.append(_Open(start, bool(event.flow_style), mapping, event.anchor))

    def after_dollar(self, start: int) -> bool:
        return start > 0 and self.source.text[start + self.offset - 1] == "$"

    def close(self, event: Any) -> None:
        done = self.stack.pop()
        node: Node
        if done.mapping:
            self.merge(done)
            entries = tuple(done.entries.values())
            last = entries[-1].value.place.end if entries else None
            node = Mapping(entries, self.extent(done, event, last))
        else:
            last = done.items[-1].place.end if done.items else None
            node = Sequence(tuple(done.items), self.extent(done, event, last))
        self.remember(done.anchor, _Anchored(node, done.nodes, done.height))
        self.add(node, done.nodes, done.height)

    def extent(self, done: _Open, event: Any, last: int | None) -> Place:
        """A collection's place: a block's own end mark overshoots to the next line."""
        if done.flow or last is None:
            return self.place(done.start, event.end_mark.index)
        return Place(self.source, done.start + self.offset, max(last, done.start + self.offset))

    def awaits_key(self) -> bool:
        return bool(self.stack) and self.stack[-1].mapping and self.stack[-1].key is None

    def remember(self, anchor: str | None, anchored: _Anchored) -> None:
        if anchor:
            self.anchors[anchor] = anchored

    def add(self, node: Node, nodes: int, height: int) -> None:
        """Put a finished node into the collection that is open, or make it the root."""
        self.nodes += nodes if not isinstance(node, Sequence | Mapping) or nodes > 1 else 1
        if not self.stack:
            self.root = node
            return
        above = self.stack[-1]
        above.nodes += nodes
        above.height = max(above.height, height + 1)
        if above.nodes > MAX_NODES:
            self.refuse(
                "too-large", f"with its aliases the text has more than {MAX_NODES:,} nodes", node.place, None
            )
        if len(self.stack) + height > MAX_DEPTH:
            self.refuse_depth(node.place)
        if not above.mapping:
            above.items.append(node)
        elif above.key is None:
            self.set_key(above, node)
        else:
            self.set_value(above, node)

    def set_key(self, above: _Open, node: Node) -> None:
        if not isinstance(node, Scalar):
            self.refuse("bad-key", "the key of a mapping must be text", node.place, "write the key out")
        above.key = node

    def set_value(self, above: _Open, node: Node) -> None:
        key = above.key
        assert key is not None
        above.key = None
        if key.plain and key.text == "<<":
            above.merges.append(node)
            return
        first = above.entries.get(key.text)
        if first is not None:
            self.report.add(
                "duplicate-key",
                f"the key `{key.text}` stands here twice",
                key.place,
                help="keep one of the two",
                labels=(Label(first.key.place, "the first is here"),),
            )
            return
        rest = above.flow and isinstance(node, Scalar) and not node.text and _is_rest(key.text)
        if rest and not self.cut:
            self.cut = True
            self.report.add(
                "cut-expression",
                f"`{key.text}` is only a part of an expression",
                key.place,
                help=_UNQUOTED_HELP,
            )
        above.entries[key.text] = Entry(key, node)

    def merge(self, done: _Open) -> None:
        """`<<`: entries of other mappings, under those of this one; an earlier mapping over a later."""
        for node in done.merges:
            for part in node.items if isinstance(node, Sequence) else (node,):
                if not isinstance(part, Mapping):
                    self.report.add("bad-merge", "`<<` takes a mapping, or a list of mappings", part.place)
                    continue
                for entry in part.entries:
                    done.entries.setdefault(entry.key.text, entry)

    def check_tag(self, event: Any, place: Place) -> None:
        if event.tag is not None:
            self.refuse(
                "yaml-tag", f"the tag `{_shown_tag(event.tag)}` means nothing here", place, "take it out"
            )

    def refuse_depth(self, place: Place) -> None:
        self.refuse("too-large", f"the text is nested more than {MAX_DEPTH} levels deep", place, None)

    def refuse(self, code: str, message: str, place: Place, help_text: str | None) -> Any:
        self.report.add(code, message, place, help=help_text)
        raise _Refused


_HANDLERS: dict[type, Any] = {
    yaml.StreamStartEvent: _Builder.nothing,
    yaml.StreamEndEvent: _Builder.nothing,
    yaml.DocumentStartEvent: _Builder.document,
    yaml.DocumentEndEvent: _Builder.nothing,
    yaml.ScalarEvent: _Builder.scalar,
    yaml.AliasEvent: _Builder.alias,
    yaml.SequenceStartEvent: _Builder.open,
    yaml.MappingStartEvent: _Builder.open,
    yaml.SequenceEndEvent: _Builder.close,
    yaml.MappingEndEvent: _Builder.close,
}


def _is_cut(text: str) -> bool:
    """Whether a plain scalar ends within a `$(…` or `${…`."""
    return _DOLLAR.search(text) is not None and (
        text.count("(") > text.count(")") or text.count("{") > text.count("}")
    )


def _is_rest(text: str) -> bool:
    """Whether a key is what a comma cut off an expression: `2))`."""
    return text.count(")") > text.count("(")


def _shown_tag(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!")


def _report_syntax(error: yaml.YAMLError, source: Source, offset: int, report: Report) -> None:
    """What the parser found wrong, in one sentence at its place."""
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        index = mark.index + offset if mark else 0
        problem = error.problem or "the text is not YAML"
    elif isinstance(error, yaml.reader.ReaderError):
        index = error.position + offset if isinstance(error.position, int) else 0
        problem = "a character that YAML does not allow"
    else:
        index, problem = 0, "the text is not YAML"
    index = min(index, len(source.text))
    end = min(index + 1, len(source.text))
    report.add("yaml-syntax", _sentence(problem), Place(source, index, end), help=_syntax_help(source, index))


def _sentence(problem: str) -> str:
    return " ".join(problem.replace("'", "`").split())


def _syntax_help(source: Source, index: int) -> str | None:
    line = source.text[source.text.rfind("\n", 0, index) + 1 : index + 200].partition("\n")[0]
    if _DOLLAR.search(line) and re.search(r"[\[{].*\$[({]", line):
        return _UNQUOTED_HELP
    if "\t" in line:
        return "indent with spaces, not with tabs"
    return None
