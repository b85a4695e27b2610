"""JSON that PyYAML refuses (tabs as white space, surrogate pairs), read with places all the same."""

from __future__ import annotations

import json
import re
from json.decoder import scanstring

from modelspec.diagnostics import Place, Source
from modelspec.source.scalars import plain_value
from modelspec.source.tree import Entry, Mapping, Node, Scalar, Sequence

_SPACE = re.compile(r"[ \t\r\n]*")
_WORD = re.compile(r"[^\s,\]}:]+")


def read_json(source: Source, offset: int) -> Node | None:
    """The tree of a text that Python's `json` accepts; `None` for every other text."""
    text = source.text
    if text[offset:].lstrip()[:1] not in ("{", "["):
        return None
    try:
        json.loads(text[offset:])
    except (ValueError, RecursionError):
        return None
    node, _ = _read(source, _skip(text, offset))
    return node


def _skip(text: str, index: int) -> int:
    match = _SPACE.match(text, index)
    assert match is not None
    return match.end()


def _read(source: Source, index: int) -> tuple[Node, int]:
    """The value that starts at `index`, and where it ends; the text is known to be JSON."""
    text = source.text
    match text[index]:
        case "{":
            return _read_object(source, index)
        case "[":
            return _read_array(source, index)
        case '"':
            value, end = scanstring(text, index + 1, True)
            return Scalar(value, value, Place(source, index, end), plain=False), end
        case _:
            word = _WORD.match(text, index)
            assert word is not None
            place = Place(source, index, word.end())
            return Scalar(plain_value(word[0]), word[0], place), word.end()


def _read_array(source: Source, start: int) -> tuple[Node, int]:
    text = source.text
    items: list[Node] = []
    index = _skip(text, start + 1)
    while text[index] != "]":
        node, index = _read(source, index)
        items.append(node)
        index = _skip(text, index)
        if text[index] == ",":
            index = _skip(text, index + 1)
    return Sequence(tuple(items), Place(source, start, index + 1)), index + 1


def _read_object(source: Source, start: int) -> tuple[Node, int]:
    text = source.text
    entries: dict[str, Entry] = {}
    index = _skip(text, start + 1)
    while text[index] != "}":
        key, index = _read(source, index)
        assert isinstance(key, Scalar)
        node, index = _read(source, _skip(text, _skip(text, index) + 1))
        entries[key.text] = Entry(key, node)
        index = _skip(text, index)
        if text[index] == ",":
            index = _skip(text, index + 1)
    return Mapping(tuple(entries.values()), Place(source, start, index + 1)), index + 1
