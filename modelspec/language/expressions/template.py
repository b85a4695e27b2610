"""Texts that hold `$name`, `${name}`, `$(expression)` and `$$`."""

from __future__ import annotations

from functools import lru_cache

from modelspec.language.expressions.errors import ExpressionError, shorten
from modelspec.language.expressions.lexer import DOTTED, IDENTIFIER
from modelspec.language.expressions.parser import Parser, unclosed
from modelspec.language.expressions.syntax import Name, Node, Template


@lru_cache(maxsize=4096)  # a block's texts are the same at each of its uses
def parse_template(text: str, *, dotted: bool = False) -> Template | None:
    """The parts of a text that holds a `$` of the language; `None` where it holds none and is itself.

    Args:
        dotted: whether `${plan.params}` and `$(plan.params)` read a dotted name; `$plan.params` is always
            `$plan` and the text `.params`.

    Raises:
        ExpressionError: `bad-expression` or `expression-too-large`.
    """
    if "$" not in text:
        return None
    parts: list[str | Node] = []
    reads: list[Name] = []
    literal: list[str] = []
    ours = False
    position = 0
    while (found := text.find("$", position)) >= 0:
        literal.append(text[position:found])
        after = text[found + 1 : found + 2]
        node: Node | None = None
        if after == "$":
            literal.append("$")
            position = found + 2
            ours = True
        elif after == "(":
            parser = Parser(text, found + 2, dotted=dotted, opened=found)
            node = parser.expression()
            position = parser.expect_closing()
            reads.extend(parser.reads)
        elif after == "{":
            node = _braced(text, found, dotted=dotted)
            position = node.end
            reads.append(node)
        elif name := IDENTIFIER.match(text, found + 1):
            node = Name(name[0], "bare", found, name.end())
            position = node.end
            reads.append(node)
        else:
            literal.append("$")
            position = found + 1
        if node is not None:
            parts.extend(("".join(literal), node))
            literal.clear()
            ours = True
    if not ours:
        return None
    parts.append("".join(literal) + text[position:])
    return Template(text, tuple(part for part in parts if part != ""), tuple(reads))


def _braced(text: str, start: int, *, dotted: bool) -> Name:
    """The `${name}` at `start`; spaces inside the braces are allowed."""
    closing = text.find("}", start)
    if closing < 0:
        raise unclosed(text, start, closing="}")
    name = text[start + 2 : closing].strip(" \t\r\n")
    if (DOTTED if dotted else IDENTIFIER).fullmatch(name):
        return Name(name, "braced", start, closing + 1)
    if not name:
        help = "write a variable's name between the braces, or `$$` for a `$`"
    elif DOTTED.fullmatch(name):
        help = "there are no attributes; dotted names exist only in a sweep's `keep` and `name`"
    else:
        help = f"an expression stands in parentheses: `$({shorten(name)})`"
    raise ExpressionError(
        "bad-expression",
        f"`{shorten(text[start : closing + 1])}` holds no name",
        start=start,
        end=closing + 1,
        help=help,
    )
