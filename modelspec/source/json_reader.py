"""JSON to the same tree as YAML.

YAML's parsers refuse some of it (tabs as indentation, surrogate pairs, raw control characters), so a text
that is JSON is read as JSON.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from json import JSONDecoder
from types import MappingProxyType

from modelspec.diagnostics import Place, Report, Source, SpecError
from modelspec.source.limits import MAX_DEPTH, MAX_DIGITS, MAX_NODES
from modelspec.source.mistakes import refuse_depth, refuse_nodes, report_duplicate, report_long_number
from modelspec.source.scalars import plain_value
from modelspec.source.tree import Entry, Mapping, Node, Scalar, Sequence

_SPACE = re.compile(r"[ \t\r\n]*")
# RFC 8259, section 6; the words of section 3.
_WORD = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?(?![\w.+-])|true|false|null")
_DECODER = JSONDecoder()  # used for strings only: it recurses into the rest
_SURROGATE = re.compile("[\ud800-\udfff]")

_CLOSING = MappingProxyType({"{": "}", "[": "]"})


@dataclass(slots=True)
class _Open:
    """An object or array whose end has not been reached; an array has no entries."""

    start: int
    entries: dict[str, Entry] | None
    items: list[Node]
    key: Scalar | None = None


def read_json(source: Source, report: Report, *, offset: int = 0) -> tuple[bool, Node | None]:
    """Whether a text is JSON, and its tree; a text of bare words and numbers alone is left to YAML.

    Args:
        offset: where the text starts.

    Raises:
        Refused: the text is beyond a bound; reported.
    """
    start = _behind_space(source.text, offset)
    if source.text[start : start + 1] not in ("{", "[", '"'):
        return False, None
    reader = _Reader(source, report, Report())
    tree: Node | None
    try:
        tree = reader.read(start)
    except ValueError:
        return False, None
    except SpecError:  # as many errors as a report takes
        tree = None
    report.take(reader.found.diagnostics)
    return True, tree


def _behind_space(text: str, index: int) -> int:
    space = _SPACE.match(text, index)
    return space.end() if space else index


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads with a stack of its own; `ValueError` says that the text is not JSON.

    Args:
        report: what ends the reading whatever the text is.
        found: mistakes that count only if all of the text is JSON.
    """

    source: Source
    report: Report
    found: Report

    def read(self, index: int) -> Node:
        """The value that starts at `index`, behind which nothing may stand."""
        text = self.source.text
        stack: list[_Open] = []
        nodes = 0
        while True:
            nodes += 1
            letter = text[index : index + 1]
            if letter in ("{", "["):
                place = Place(self.source, index, index + 1)
                if len(stack) >= MAX_DEPTH:
                    refuse_depth(place, self.report)
                if nodes > MAX_NODES:
                    refuse_nodes(place, self.report)
                stack.append(_Open(index, {} if letter == "{" else None, []))
                index = _behind_space(text, index + 1)
                if text[index : index + 1] != _CLOSING[letter]:
                    index = self.read_key(stack[-1], index)
                    continue
                node, end = self.close(stack.pop(), index)
            else:
                node, end = self.read_scalar(index)
            while stack:
                above = stack[-1]
                self.put(above, node)
                index = _behind_space(text, end)
                if text[index : index + 1] == ",":
                    index = self.read_key(above, _behind_space(text, index + 1))
                    break
                if text[index : index + 1] != ("]" if above.entries is None else "}"):
                    raise ValueError
                node, end = self.close(stack.pop(), index)
            else:
                if _behind_space(text, end) != len(text):
                    raise ValueError
                return node

    def read_key(self, above: _Open, index: int) -> int:
        """Read the key of an object, if it is one; where the value starts."""
        if above.entries is None:
            return index
        text = self.source.text
        if text[index : index + 1] != '"':
            raise ValueError
        above.key, end = self.read_scalar(index)
        colon = _behind_space(text, end)
        if text[colon : colon + 1] != ":":
            raise ValueError
        return _behind_space(text, colon + 1)

    def read_scalar(self, index: int) -> tuple[Scalar, int]:
        """A string, a number or a word, and where it ends."""
        text = self.source.text
        if text[index : index + 1] == '"':
            value, end = _DECODER.raw_decode(text, index)
            place = Place(self.source, index, end)
            if _SURROGATE.search(value):
                self.found.add(
                    "yaml-syntax",
                    "this text holds half of a surrogate pair, which is no character",
                    place,
                    help="write the character itself",
                )
            return Scalar(value, value, place, plain=False), end
        word = _WORD.match(text, index)
        if word is None:
            raise ValueError
        place = Place(self.source, index, word.end())
        if word.end() - index > MAX_DIGITS:
            report_long_number(place, self.found)
            return Scalar(word[0], word[0], place), word.end()
        return Scalar(plain_value(word[0]), word[0], place), word.end()

    def put(self, above: _Open, node: Node) -> None:
        """Add a value to the collection it stands in."""
        if above.entries is None or above.key is None:
            above.items.append(node)
            return
        first = above.entries.setdefault(above.key.text, Entry(above.key, node))
        if first.value is not node:
            report_duplicate(above.key, first.key, self.found)

    def close(self, done: _Open, index: int) -> tuple[Node, int]:
        """The collection whose last bracket stands at `index`, and where it ends."""
        place = Place(self.source, done.start, index + 1)
        if done.entries is None:
            return Sequence(tuple(done.items), place), index + 1
        return Mapping(tuple(done.entries.values()), place), index + 1
