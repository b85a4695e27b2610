"""The tokens of an expression, read one at a time from any offset of a text."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import MappingProxyType
from typing import Literal

from modelspec.frozen import dataclass
from modelspec.language.expressions.errors import ExpressionError, shorten
from modelspec.language.expressions.limits import MAX_INTEGER

Kind = Literal["constant", "name", "operator", "end"]

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
DOTTED = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.(?:[A-Za-z_][A-Za-z0-9_]*|[0-9]+(?![A-Za-z0-9_])))*")

_SPACE = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(
    r"(?P<octal>0o[0-7]+)|(?P<hexadecimal>0x[0-9a-fA-F]+)"
    r"|(?P<infinity>\.(?:inf|Inf|INF))|(?P<nan>\.(?:nan|NaN|NAN))"
    r"|(?P<float>\.[0-9]+(?:[eE][-+]?[0-9]+)?|[0-9]+(?:\.[0-9]*(?:[eE][-+]?[0-9]+)?|[eE][-+]?[0-9]+))"
    r"|(?P<decimal>[0-9]+)"
)
_NUMBER_LIKE = re.compile(r"[0-9A-Za-z_.]+")
_OPERATOR = re.compile(r"not[ \t\r\n]+in(?![A-Za-z0-9_])|\*\*|//|==|!=|<=|>=|[-+*/%<>()\[\],]")
_WORDS = frozenset({"and", "or", "not", "in", "if", "else"})
_CONSTANTS = MappingProxyType({"true": True, "false": False, "null": None})
_ESCAPES = MappingProxyType({"\\": "\\", '"': '"', "'": "'", "n": "\n", "t": "\t"})
_STRING_STOP = re.compile(r"""["'\\$]""")

_FOREIGN = re.compile(r"\.\.\.|&&|\|\||<<|>>|<>|:=|->|.", re.DOTALL)
_FOREIGN_HELP = MappingProxyType(
    {
        "&&": "write `and`",
        "||": "write `or`",
        "!": "write `not`",
        "<>": "write `!=`",
        "=": "`==` compares; arguments have no names here",
        ":=": "values are named under `vars`",
        ":": "there are no slices and no mappings in expressions; an index is one integer",
        "?": "write `a if condition else b`",
        "{": "there are no mappings and no sets in expressions; a list is written `[a, b]`",
        "}": None,
        "$": "inside an expression a name is written without `$`",
        ".": "there are no attributes and no methods; dotted names exist only in a sweep's `keep` and `name`",
        "&": "there are no operators on bits; `and` joins conditions",
        "|": "there are no operators on bits; `or` joins conditions",
        "^": "a power is written `**`",
        "~": "write `not`, or `null` for no value",
        "<<": "multiply by a power: `* 2 ** n`",
        ">>": "divide by a power: `// 2 ** n`",
        "`": "a string stands in single or double quotes",
        "“": 'a string stands in straight quotes: `"`',
        "”": 'a string stands in straight quotes: `"`',
        "×": "write `*`",
        "−": "write `-`",
        "÷": "write `/`, or `//` for an integer",
        "≤": "write `<=`",
        "≥": "write `>=`",
        "≠": "write `!=`",
        "#": "there are no comments in expressions",
        ";": "one text holds one expression",
    }
)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of an expression: its kind, its text (for `not  in` always `not in`), a constant's value."""

    kind: Kind
    text: str
    start: int
    end: int
    value: bool | int | float | str | None = None


def next_token(text: str, position: int, *, dotted: bool) -> Token:
    """The token at or after `position`; of kind `end` where the text ends.

    Args:
        dotted: whether `plan.params` is one name.

    Raises:
        ExpressionError: what stands there is no token.
    """
    space = _SPACE.match(text, position)
    start = space.end() if space else position
    if start == len(text):
        return Token("end", "", start, start)
    if number := _NUMBER.match(text, start):
        return _number(text, number)
    if operator := _OPERATOR.match(text, start):
        return Token("operator", " ".join(operator[0].split()), start, operator.end())
    if word := (DOTTED if dotted else IDENTIFIER).match(text, start):
        return _word(word[0], start)
    if text[start] in "\"'":
        return _string(text, start)
    foreign = _FOREIGN.match(text, start)
    found = foreign[0] if foreign else text[start]
    raise ExpressionError(
        "bad-expression",
        f"`{found}` means nothing in an expression",
        start=start,
        end=start + len(found),
        help=_FOREIGN_HELP.get(found),
    )


def read_number(text: str) -> int | float | None:
    """The number that all of a text is, with or without a sign, or `None`; `ValueError` beyond the bounds."""
    unsigned = text[1:] if text[:1] in ("-", "+") else text
    number = _NUMBER.fullmatch(unsigned)
    if number is None:
        return None
    value = _value(number)
    return -value if text.startswith("-") else value


def _word(word: str, start: int) -> Token:
    end = start + len(word)
    if word in _WORDS:
        return Token("operator", word, start, end)
    if word in _CONSTANTS:
        return Token("constant", word, start, end, _CONSTANTS[word])
    return Token("name", word, start, end)


def _number(text: str, number: re.Match[str]) -> Token:
    start, end = number.span()
    longest = _NUMBER_LIKE.match(text, start)
    if longest and longest.end() > end:
        raise ExpressionError(
            "bad-expression",
            f"`{shorten(longest[0])}` is not a number",
            start=start,
            end=longest.end(),
            help="numbers have no `_` and no unit" if "_" in longest[0] else None,
        )
    try:
        return Token("constant", number[0], start, end, _value(number))
    except ValueError:
        raise ExpressionError(
            "expression-too-large",
            f"the number `{shorten(number[0])}` is too large",
            start=start,
            end=end,
            help="integers have 64 bits with the sign, floats end near 1.8e308",
        ) from None


_READERS: MappingProxyType[str, Callable[[str], int | float]] = MappingProxyType(
    {
        "octal": lambda text: int(text[2:], 8),
        "hexadecimal": lambda text: int(text[2:], 16),
        "infinity": lambda text: float("inf"),
        "nan": lambda text: float("nan"),
        "float": float,
        "decimal": int,
    }
)


def _value(number: re.Match[str]) -> int | float:
    """The value of a number without sign; `ValueError` where it is beyond the bounds."""
    kind = number.lastgroup or "decimal"
    # Python's own `int` raises ValueError for decimals of more than a few thousand digits.
    value = _READERS[kind](number[0])
    if isinstance(value, int) and value > MAX_INTEGER:
        raise ValueError("an integer of more than 64 bits")
    if kind == "float" and value == float("inf"):
        raise ValueError("a float beyond the largest")
    return value


def _string(text: str, start: int) -> Token:
    quote = text[start]
    pieces: list[str] = []
    position = start + 1
    while stop := _STRING_STOP.search(text, position):
        pieces.append(text[position : stop.start()])
        position = stop.end()
        after = text[position : position + 1]
        match stop[0]:
            case "\\":
                pieces.append(_escaped(after, position))
                position += 1
            case "$" if after == "$":
                pieces.append("$")
                position += 1
            case "$" if after in ("{", "(") or IDENTIFIER.match(after):
                raise ExpressionError(
                    "bad-expression",
                    "`$` does nothing inside a string of an expression",
                    start=position - 1,
                    end=position + 1,
                    help="put the `$…` outside the expression, as in `conv_$i`; `$$` is the character itself",
                )
            case other if other == quote:
                return Token("constant", text[start:position], start, position, "".join(pieces))
            case other:
                pieces.append(other)
    raise ExpressionError(
        "bad-expression",
        f"the string that starts with `{shorten(text[start:])}` is never closed",
        start=start,
        end=len(text),
        help=f"close it with `{quote}`; inside `{{…}}` and `[…]` YAML ends a value at `,`, `]` and `}}`, "
        "so put all of it in quotes",
    )


def _escaped(character: str, position: int) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    raise ExpressionError(
        "bad-expression",
        f"`\\{character}` is no escape" if character.strip() else "a backslash stands before nothing",
        start=position - 1,
        end=position + len(character),
        help="write `\\\\` for a backslash; the others are `\\\"`, `\\'`, `\\n` and `\\t`",
    )
