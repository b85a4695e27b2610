"""PyYAML's parser in Python, brought to what libyaml reads, which is nearer to YAML 1.2."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from yaml.error import MarkedYAMLError
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner, ScannerError
from yaml.tokens import ScalarToken

_BREAKS = "\r\n\x85\u2028\u2029"
_ENDS = "\0" + _BREAKS
_BLANK_OR_END = " \t" + _ENDS
_SURROGATE = re.compile("[\ud800-\udfff]")


class PythonParser(Reader, Scanner, Parser):
    """PyYAML's reader, scanner and parser, with libyaml's rules for tabs, for `?` in texts and the like.

    It has no constructors and no resolver: nothing in a text can name a Python object.
    """

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)

    def scan_to_next_token(self) -> None:
        """Skip white space, comments and line ends; a tab is no white space where indentation counts."""
        while True:
            while self.peek() == " " or (
                self.peek() == "\t" and (self.flow_level or not self.allow_simple_key)
            ):
                self.forward()
            if self.peek() == "#":
                while self.peek() not in _ENDS:
                    self.forward()
            if not self.scan_line_break():  # type: ignore[no-untyped-call]
                return
            if not self.flow_level:
                self.allow_simple_key = True

    def scan_directive_name(self, start_mark: Any) -> Any:
        """The name of a directive, one of the two that YAML has."""
        name = super().scan_directive_name(start_mark)  # type: ignore[no-untyped-call]
        if name not in ("YAML", "TAG"):
            raise ScannerError(
                "while scanning a directive", start_mark, "found unknown directive name", self.get_mark()
            )
        return name

    def scan_plain(self) -> ScalarToken:
        """A scalar without quotes."""
        chunks: list[str] = []
        start = end = self.get_mark()
        indent = self.indent + 1
        blanks = ""
        lines = False
        while not self._at_document_mark() and self.peek() != "#":
            length = self._plain_length()
            if length:
                self.allow_simple_key = False
                chunks += (blanks, self.prefix(length))
                self.forward(length)
                end = self.get_mark()
                blanks, lines = "", False
            if self.peek() not in " \t" + _BREAKS:
                break
            blanks, lines = self._scan_blanks(indent, start)
            if not self.flow_level and self.column < indent:
                break
        if lines:
            self.allow_simple_key = True
        return ScalarToken("".join(chunks), True, start, end)

    def scan_block_scalar_indicators(self, start_mark: Any) -> tuple[bool | None, int | None]:
        """What stands behind `|` or `>`: whether to keep line ends at the end, and the indentation."""
        keep: bool | None = None
        indentation: int | None = None
        for _ in range(2):
            if keep is None and self.peek() in "+-":
                keep = self.peek() == "+"
            elif indentation is None and self.peek() in "0123456789":
                indentation = int(self.peek())
                if not indentation:
                    raise ScannerError(
                        "while scanning a block scalar",
                        start_mark,
                        "found an indentation indicator equal to 0",
                        self.get_mark(),
                    )
            else:
                break
            self.forward()
        return keep, indentation

    def scan_block_scalar_indentation(self) -> Any:
        """The empty lines at the start of a block scalar, and its indentation."""
        found = super().scan_block_scalar_indentation()
        self._refuse_tab()
        return found

    def scan_block_scalar_breaks(self, indent: int) -> Any:
        """The empty lines within a block scalar."""
        found = super().scan_block_scalar_breaks(indent)
        if self.column < indent:
            self._refuse_tab()
        return found

    def scan_block_scalar_ignored_line(self, start_mark: Any) -> None:
        """The rest of a block scalar's first line."""
        while self.peek() in " \t":
            self.forward()
        super().scan_block_scalar_ignored_line(start_mark)

    def _refuse_tab(self) -> None:
        if self.peek() == "\t":
            raise ScannerError(
                "while scanning a block scalar",
                self.get_mark(),
                "found a tab character where an indentation space is expected",
                self.get_mark(),
            )

    def _at_document_mark(self) -> bool:
        return self.column == 0 and self.prefix(3) in ("---", "...") and self.peek(3) in _BLANK_OR_END

    def _plain_length(self) -> int:
        """The number of characters from here on that belong to a plain scalar."""
        length = 0
        while (here := self.peek(length)) not in _BLANK_OR_END:
            after = self.peek(length + 1)
            if here == ":" and self.flow_level and after in ",?[]{}":
                raise ScannerError(
                    "while scanning a plain scalar", self.get_mark(), "found unexpected `:`", self.get_mark()
                )
            if (here == ":" and after in _BLANK_OR_END) or (self.flow_level and here in ",[]{}"):
                break
            length += 1
        return length

    def _scan_blanks(self, indent: int, start: Any) -> tuple[str, bool]:
        """What white space inside a plain scalar comes to, and whether it held line ends."""
        blanks = ""
        breaks: list[str] = []
        while self.peek() in " \t" + _BREAKS:
            if self.peek() not in " \t":
                breaks.append(self.scan_line_break())  # type: ignore[no-untyped-call]
                continue
            if breaks and self.column < indent and self.peek() == "\t":
                raise ScannerError(
                    "while scanning a plain scalar",
                    start,
                    "found a tab character that violates indentation",
                    self.get_mark(),
                )
            if not breaks:
                blanks += self.peek()
            self.forward()
        if not breaks:
            return blanks, False
        first, *rest = breaks
        return ("" if first == "\n" and rest else " " if first == "\n" else first) + "".join(rest), True


def parse_in_python(text: str) -> Iterator[Any]:
    """The events of a text; raises `yaml.YAMLError` on the way where it is not YAML."""
    parser = PythonParser(text)
    while True:
        try:
            event: Any = parser.get_event()  # type: ignore[no-untyped-call]
        except (ValueError, OverflowError) as error:  # from `chr`, for an escape such as `\U00110000`
            raise MarkedYAMLError(
                problem="found invalid Unicode character escape code", problem_mark=parser.get_mark()
            ) from error
        if event is None:
            return
        if _SURROGATE.search(getattr(event, "value", "")):
            raise MarkedYAMLError(
                problem="found invalid Unicode character escape code", problem_mark=event.start_mark
            )
        yield event
