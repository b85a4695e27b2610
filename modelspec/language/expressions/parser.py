"""Text to expression: operator precedence climbing over a table of levels (Pratt's method)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum
from types import MappingProxyType
from typing import NoReturn

from modelspec.diagnostics import nearest
from modelspec.language.expressions.errors import ExpressionError, shorten
from modelspec.language.expressions.functions import FUNCTIONS
from modelspec.language.expressions.lexer import Token, next_token
from modelspec.language.expressions.limits import MAX_DEPTH, MAX_LENGTH
from modelspec.language.expressions.syntax import (
    Arithmetic,
    Call,
    Comparison,
    Conditional,
    Constant,
    Expression,
    Index,
    ListOf,
    Logical,
    Name,
    Node,
    Unary,
)


class Level(IntEnum):
    """How tightly an operator binds, the loosest first; the order is Python's."""

    CONDITION = 0
    OR = 1
    AND = 2
    NOT = 3
    COMPARE = 4
    SUM = 5
    PRODUCT = 6
    SIGN = 7
    POWER = 8
    INDEX = 9


_LEVELS: Mapping[str, Level] = MappingProxyType(
    {"if": Level.CONDITION, "or": Level.OR, "and": Level.AND, "**": Level.POWER}
    | dict.fromkeys(("==", "!=", "<", "<=", ">", ">=", "in", "not in"), Level.COMPARE)
    | dict.fromkeys(("+", "-"), Level.SUM)
    | dict.fromkeys(("*", "/", "//", "%"), Level.PRODUCT)
    | dict.fromkeys(("[", "("), Level.INDEX)
)
"""The level of an operator that stands after a value."""

_PREFIXES: Mapping[str, Level] = MappingProxyType({"not": Level.NOT, "-": Level.SIGN, "+": Level.SIGN})
"""The level at which the operand of a prefix is read."""

_MISWRITTEN: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(("True", "TRUE"), "true")
    | dict.fromkeys(("False", "FALSE"), "false")
    | dict.fromkeys(("None", "Null", "NULL"), "null")
)

_MISPLACED: Mapping[str, str] = MappingProxyType(
    {
        "is": "`==` compares, with `null` too",
        "for": "there are no comprehensions; `range` and `[a, b]` make lists, `each` makes one copy per row",
        "lambda": "there are no functions of one's own",
        "then": "write `a if condition else b`",
        "div": "write `//`",
        "mod": "write `%`",
        "xor": "write `a != b`",
        ",": "a list is written `[a, b]`",
        "else": "write `a if condition else b`",
        "in": "write `x in [a, b]`",
        "not in": "write `x not in [a, b]`",
    }
)
"""What helps at a token that stands where none can."""


def parse_expression(text: str, *, dotted: bool = False) -> Expression:
    """The expression that all of a text is: what stands inside `$(…)`.

    Args:
        dotted: whether `plan.params` is a name, looked up as a whole; else a dot is an error.

    Raises:
        ExpressionError: `bad-expression` or `expression-too-large`.
    """
    parser = Parser(text, 0, dotted=dotted)
    root = parser.expression()
    parser.expect_end()
    return Expression(text, root, tuple(parser.reads))


@dataclass(slots=True)
class Parser:
    """Reads one expression of `text` from the offset `start` on, a token ahead.

    Args:
        opened: the offset of the `$(` that the expression stands in; `None` for a bare one.
        reads: the names met so far.
    """

    text: str
    start: int
    dotted: bool = field(kw_only=True)
    opened: int | None = field(kw_only=True, default=None)
    reads: list[Name] = field(default_factory=list)
    depth: int = 0
    token: Token = field(init=False)

    def __post_init__(self) -> None:
        self.token = next_token(self.text, self.start, dotted=self.dotted)

    def expression(self, level: Level = Level.CONDITION) -> Node:
        """The longest expression here whose operators bind at least as tightly as `level`."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ExpressionError(
                "expression-too-large",
                f"the expression is nested deeper than {MAX_DEPTH} levels",
                start=self.token.start,
                end=max(self.token.end, self.token.start),
                help="name parts of it under `vars`",
            )
        left = self._value(level)
        while (here := self._level()) is not None and here >= level:
            left = self._extended(left, here)
        self.depth -= 1
        return left

    def expect_end(self) -> None:
        """Raise unless the text ends here."""
        if self.token.kind != "end":
            self._unexpected("an operator or the end")

    def expect_closing(self) -> int:
        """The offset after the `)` that stands here."""
        if self.token.text != ")" or self.token.kind != "operator":
            self._unexpected("an operator or `)`")
        return self.token.end

    def _advance(self) -> Token:
        """The token that stands here; the next one stands here afterwards."""
        token = self.token
        self.token = next_token(self.text, token.end, dotted=self.dotted)
        if self.token.end - self.start > MAX_LENGTH:
            raise ExpressionError(
                "expression-too-large",
                f"the expression is longer than {MAX_LENGTH:,} characters",
                start=self.start,
                end=self.token.end,
                help="name parts of it under `vars`",
            )
        return token

    def _level(self) -> Level | None:
        """The level of the operator that stands here."""
        return _LEVELS.get(self.token.text) if self.token.kind == "operator" else None

    def _at(self, *operators: str) -> bool:
        return self.token.kind == "operator" and self.token.text in operators

    def _value(self, level: Level) -> Node:
        """A value with the operators before it."""
        token = self.token
        match token.kind, token.text:
            case "constant", _:
                self._advance()
                return Constant(token.value, token.start, token.end)
            case "name", _:
                return self._name()
            case "operator", "(":
                return self._group()
            case "operator", "[":
                self._advance()
                items, end = self._items("]")
                return ListOf(items, token.start, end)
            case "operator", ("-" | "+" | "not") as prefix:
                if _PREFIXES[prefix] < level:
                    self._unexpected("a value", help="put `not …` in parentheses")
                self._advance()
                operand = self.expression(_PREFIXES[prefix])
                return Unary(prefix, operand, token.start, operand.end)
            case _:
                self._unexpected("a value")

    def _name(self) -> Node:
        token = self._advance()
        if token.text in _MISWRITTEN:
            raise ExpressionError(
                "bad-expression",
                f"`{token.text}` is not how this language writes it",
                start=token.start,
                end=token.end,
                help=f"write `{_MISWRITTEN[token.text]}`",
            )
        if self._at("("):
            return self._call(token)
        if (
            self.token.kind == "constant"
            and isinstance(self.token.value, str)
            and self.token.start == token.end
        ):
            self._unexpected(
                "an operator", help="strings have no prefix; a `$…` outside the expression is replaced"
            )
        name = Name(token.text, "inner", token.start, token.end)
        self.reads.append(name)
        return name

    def _call(self, name: Token) -> Call:
        if name.text not in FUNCTIONS:
            near = nearest(name.text, FUNCTIONS) if len(name.text) <= 40 else None
            listed = f"the functions are {', '.join(f'`{function}`' for function in FUNCTIONS)}"
            raise ExpressionError(
                "bad-expression",
                f"`{shorten(name.text)}` is not a function",
                start=name.start,
                end=name.end,
                help=f"did you mean `{near}`? {listed}" if near else listed,
            )
        self._advance()
        arguments, end = self._items(")")
        return Call(name.text, arguments, name.start, end)

    def _group(self) -> Node:
        start = self._advance().start
        if self._at(")"):
            self._unexpected("a value", help="an empty list is written `[]`")
        inner = self.expression()
        if not self._at(")"):
            self._unexpected("an operator or `)`")
        end = self._advance().end
        return replace(inner, start=start, end=end)

    def _items(self, closing: str) -> tuple[tuple[Node, ...], int]:
        """Expressions between commas up to `closing`, and the offset after that."""
        items: list[Node] = []
        while not self._at(closing):
            items.append(self.expression())
            if self._at(","):
                self._advance()
            elif not self._at(closing):
                self._unexpected(f"`,` or `{closing}`")
        return tuple(items), self._advance().end

    def _extended(self, left: Node, level: Level) -> Node:
        """`left` with all operators of one level that follow it."""
        if level == Level.INDEX:
            return self._indexed(left)
        if level == Level.CONDITION:
            return self._conditional(left)
        first = self.token
        rest: list[tuple[str, Node]] = []
        # On its right `**` takes a sign and another `**`, the others only what binds more tightly.
        inner = Level.SIGN if level == Level.POWER else Level(level + 1)
        while self._level() == level:
            operator = self._advance().text
            rest.append((operator, self.expression(inner)))
        end = rest[-1][1].end
        match level:
            case Level.OR | Level.AND:
                return Logical(first.text, (left, *(operand for _, operand in rest)), left.start, end)
            case Level.COMPARE:
                return Comparison(left, tuple(rest), left.start, end)
            case _:
                return Arithmetic(left, tuple(rest), left.start, end)

    def _indexed(self, left: Node) -> Node:
        if self._at("("):
            self._unexpected("an operator", help="only a function is called, and by its name")
        indices: list[Node] = []
        while self._at("["):
            start = self._advance().start
            position = self.expression()
            if not self._at("]"):
                self._unexpected("`]`", help="an index is one integer; for the next level write `x[0][1]`")
            indices.append(replace(position, start=start, end=self._advance().end))
        return Index(left, tuple(indices), left.start, indices[-1].end)

    def _conditional(self, first: Node) -> Conditional:
        cases: list[tuple[Node, Node]] = []
        value = first
        while self._at("if"):
            self._advance()
            condition = self.expression(Level.OR)
            if not self._at("else"):
                self._unexpected("`else`", help="write `a if condition else b`")
            self._advance()
            cases.append((value, condition))
            value = self.expression(Level.OR)
        return Conditional(tuple(cases), value, first.start, value.end)

    def _unexpected(self, wanted: str, *, help: str | None = None) -> NoReturn:
        """Raise for the token that stands where `wanted` should."""
        token = self.token
        if token.kind != "end":
            if self.opened is not None and self._at(")") and not self.text[self.start : token.start].strip():
                raise ExpressionError(
                    "bad-expression",
                    "`$()` holds no expression",
                    start=self.opened,
                    end=token.end,
                    help="write `$$` for a `$`",
                )
            message = f"expected {wanted}, found `{shorten(self.text[token.start : token.end])}`"
            raise ExpressionError(
                "bad-expression",
                message,
                start=token.start,
                end=token.end,
                help=help or _MISPLACED.get(token.text),
            )
        if self.opened is None:
            raise ExpressionError(
                "bad-expression",
                f"expected {wanted}, but the expression ends"
                if self.text.strip()
                else "the expression is empty",
                start=token.start,
                end=token.end,
                help=help,
            )
        raise unclosed(self.text, self.opened, closing=")")


def unclosed(text: str, opened: int, *, closing: str) -> ExpressionError:
    """The error for a `$(` or `${` at the offset `opened` that has no end."""
    return ExpressionError(
        "bad-expression",
        f"`{shorten(text[opened:])}` is never closed",
        start=opened,
        end=len(text),
        help=f"close it with `{closing}`; inside `{{…}}` and `[…]` YAML ends a value at `,`, `]` and `}}`, "
        "so put all of it in quotes",
    )
