"""The nodes of a parsed expression.

Operators of one precedence that follow one another are one node with many operands, so that a long sum is
not a deep tree. Every node holds its span as offsets into the text that was parsed.
"""

from __future__ import annotations

from typing import Literal

from modelspec.frozen import dataclass

Style = Literal["bare", "braced", "inner"]
"""How a name is written: `$name`, `${name}`, or inside an expression."""


@dataclass(frozen=True, slots=True)
class Constant:
    """A number, string, boolean or null."""

    value: bool | int | float | str | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Name:
    """A variable; with dotted names on, all of `plan.params` is one name."""

    name: str
    style: Style
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ListOf:
    """`[a, b]`."""

    items: tuple[Node, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Unary:
    """`-a`, `+a` or `not a`."""

    operator: str
    operand: Node
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`a + b - c`: from left to right, or one `a ** b`."""

    first: Node
    rest: tuple[tuple[str, Node], ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """`a < b <= c`: every neighbouring pair holds."""

    first: Node
    rest: tuple[tuple[str, Node], ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Logical:
    """`a and b and c`, or the same with `or`."""

    operator: str
    operands: tuple[Node, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Conditional:
    """`a if c else b if d else e`: the pairs of value and condition, and the last value."""

    cases: tuple[tuple[Node, Node], ...]
    otherwise: Node
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Index:
    """`a[i][j]`; the spans of the indices take in their brackets."""

    value: Node
    indices: tuple[Node, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Call:
    """`f(a, b)`, where `f` is one of the functions."""

    function: str
    arguments: tuple[Node, ...]
    start: int
    end: int


Node = Constant | Name | ListOf | Unary | Arithmetic | Comparison | Logical | Conditional | Index | Call


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed expression.

    Args:
        text: the text it was parsed from.
        root: its outermost node.
        reads: every mention of a variable, in the order of the text.
    """

    text: str
    root: Node
    reads: tuple[Name, ...]

    @property
    def names(self) -> frozenset[str]:
        """The variables it reads, those in branches that are not taken included."""
        return frozenset(read.name for read in self.reads)


@dataclass(frozen=True, slots=True)
class Template:
    """A parsed text that holds `$…`.

    Args:
        text: the text it was parsed from.
        parts: literal text (`$$` is `$` there already) and the nodes between.
        reads: every mention of a variable, in the order of the text.
    """

    text: str
    parts: tuple[str | Node, ...]
    reads: tuple[Name, ...]

    @property
    def names(self) -> frozenset[str]:
        """The variables it reads, those in branches that are not taken included."""
        return frozenset(read.name for read in self.reads)
