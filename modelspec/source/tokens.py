"""The tokens of a YAML text with their places; what lies between two of them is space and comments."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import yaml

from modelspec.frozen import dataclass
from modelspec.source.python_parser import PythonParser

# By what they are in the text; those without a text of their own by a word.
KINDS: Mapping[str, str] = MappingProxyType(
    {
        "BlockMappingStartToken": "mapping",
        "BlockSequenceStartToken": "sequence",
        "BlockEndToken": "end",
        "FlowMappingStartToken": "{",
        "FlowMappingEndToken": "}",
        "FlowSequenceStartToken": "[",
        "FlowSequenceEndToken": "]",
        "FlowEntryToken": ",",
        "BlockEntryToken": "-",
        "KeyToken": "key",
        "ValueToken": ":",
        "ScalarToken": "scalar",
        "AliasToken": "alias",
        "AnchorToken": "anchor",
        "TagToken": "tag",
        "DirectiveToken": "directive",
        "DocumentStartToken": "---",
        "DocumentEndToken": "...",
    }
)
_KEEPS = re.compile(r"[|>][0-9]?\+")


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a text that the parser takes as one.

    Args:
        kind: a value of `KINDS`, or `?` for a key that is marked as one.
        start: its first character.
        end: behind its last; a block of text (`|`, `>`) ends with its last line, the empty lines below it
            belong to it only where it keeps them.
        style: of a scalar: `"`, `'`, `|`, `>`, or nothing.
    """

    kind: str
    start: int
    end: int
    style: str = ""

    @property
    def is_written(self) -> bool:
        """Whether it has a text of its own."""
        return self.end > self.start

    def keeps_blank_lines(self, text: str) -> bool:
        """Whether it is a block of text of which the empty lines below it are a part."""
        return self.style in ("|", ">") and _KEEPS.match(text, self.start) is not None


def scan_tokens(text: str) -> tuple[Token, ...]:
    """All tokens in order; places count in `text`, which begins with no byte order mark.

    Raises:
        yaml.YAMLError: the text is not YAML.
    """
    found = ((KINDS.get(type(token).__name__), token) for token in _tokens(text))
    return tuple(_token(kind, token, text) for kind, token in found if kind is not None)


def _tokens(text: str) -> Iterator[Any]:
    if not yaml.__with_libyaml__:
        return iter(_python_tokens(text), None)
    from yaml._yaml import CParser  # not there in every PyYAML

    return iter(CParser(text).get_token, None)


def _python_tokens(text: str) -> Callable[[], Any]:
    # The scanner's own: the parser would take them.
    return PythonParser(text).get_token


def _token(kind: str, found: Any, text: str) -> Token:
    start, end = found.start_mark.index, found.end_mark.index
    if kind == "key":
        return Token("?" if end > start else kind, start, end)
    style = getattr(found, "style", None) or ""
    token = Token(kind, start, end, style)
    if style in ("|", ">"):
        written = text[start:end]
        # The line end behind the last line is no part of either, so that there is always one in between.
        kept = written.removesuffix("\n") if token.keeps_blank_lines(text) else written.rstrip("\n")
        return Token(kind, start, start + len(kept), style)
    return token
