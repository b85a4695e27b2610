"""What is folded: the items of a document as a forest of uses of blocks and runs of copies.

Everything is concrete. A use keeps the items that it stands for, with their own values, and what a block
leaves open is found by comparing its uses; so no expression is ever put into another.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from modelspec.frozen import dataclass

Parts: TypeAlias = "tuple[str | int | Affine | Column, ...]"
"""A name as text and numbers in turn; what varies along a run is an `Affine`."""
Feed: TypeAlias = object
"""What an item reads: a `Ref`, or lists and mappings of them, with `Constant` among them."""


@dataclass(frozen=True, slots=True)
class Ref:
    """A tensor that an item reads.

    Args:
        source: the number of the leaf that gives it, or the name of an input of the model. In a block, the
            position of the item, and `-1` and down for the inputs.
        path: the steps to one of several outputs, dots included.
        slice: with its brackets; it is taken where the tensor is read.
    """

    source: int | str
    path: str = ""
    slice: str = ""


@dataclass(frozen=True, slots=True)
class Constant:
    """`{value: …}` among the tensors of an operation."""

    value: object


@dataclass(frozen=True, slots=True)
class Affine:
    """A number that grows along a run: `base + step * i`; with `letters`, the letter of that number."""

    base: object
    step: int
    letters: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A value that stands in a row of its own for each copy; which column it is."""

    number: int


@dataclass(frozen=True, slots=True)
class Leaf:
    """An item of the flat document.

    Args:
        number: unique in the document, in its order.
        key: the class, operation, block or model key.
        args: below the key.
        call: the call arguments that are no tensors.
        words: `trainable` and `dtype`.
        feed: what it reads, tensors among its call arguments under their names with a leading dot.
        reads: the references of `feed` in order.
        name: as it is written; `None` for an automatic one.
        handle: whether the name is none of Keras'.
        solid: whether it stays where it is, outside every block.
        item: as it stands in the flat document, for what is printed as it was.
        target: of a further call, the leaf that is called again.
    """

    number: int
    key: str
    args: Mapping[str, object]
    call: Mapping[str, object]
    words: Mapping[str, object]
    feed: Feed
    reads: tuple[Ref, ...]
    name: Parts | None
    handle: bool
    solid: bool
    item: object
    target: int | str | None = None

    @property
    def out(self) -> int:
        """The leaf whose output it gives."""
        return self.number


@dataclass(frozen=True, slots=True)
class Use:
    """A use of a block.

    Args:
        block: its number.
        nodes: what it stands for, `None` where an item of the block is absent.
        reads: what its inputs are given.
        name: to which the names inside are joined; `None` for a block without a scope.
        args: a value for each parameter.
        words: what each parameter is the value of: the name of an argument, or `n` for what is counted.
        out: the leaf whose output it gives.
    """

    block: int
    nodes: tuple[Node | None, ...]
    reads: tuple[Ref, ...]
    name: Parts | None
    args: tuple[object, ...]
    words: tuple[str, ...]
    out: int


@dataclass(frozen=True, slots=True)
class Run:
    """Copies of one item, each reading the one before.

    Args:
        copies: leaves, or uses of one block.
        args: those of a copy; what grows is an `Affine`.
        name: of a copy, likewise.
        chained: the positions in a copy's reads that are the copy before.
        rows: the columns of `each`, where the copies are its rows: what each is the value of, and the values.
    """

    copies: tuple[Leaf | Use, ...]
    args: Mapping[str, object] | tuple[object, ...]
    name: Parts | None
    chained: tuple[int, ...]
    rows: tuple[tuple[tuple[str, ...], tuple[object, ...]], ...] = ()

    @property
    def reads(self) -> tuple[Ref, ...]:
        """What the first copy reads."""
        return self.copies[0].reads

    @property
    def out(self) -> int:
        """The leaf whose output it gives."""
        return self.copies[-1].out


Node: TypeAlias = Leaf | Use | Run


@dataclass(frozen=True, slots=True)
class Sequence:
    """The items of one model.

    Args:
        key: under `models`; empty for the document's own.
        inputs: their names.
        outputs: a structure of references.
        chain: whether it is a Sequential model, whose items say nothing of what they read.
    """

    key: str
    inputs: tuple[str, ...]
    nodes: tuple[Node, ...]
    outputs: Feed
    chain: bool


def refs_in(feed: Feed) -> tuple[Ref, ...]:
    """The references of a structure, in its order."""
    match feed:
        case Ref():
            return (feed,)
        case dict():
            return tuple(found for item in feed.values() for found in refs_in(item))
        case list() | tuple():
            return tuple(found for item in feed for found in refs_in(item))
        case _:
            return ()


def leaves_of(node: Node) -> tuple[Leaf, ...]:
    """The items that a node stands for, in order."""
    match node:
        case Leaf():
            return (node,)
        case Use(nodes=nodes):
            return tuple(leaf for inner in nodes if inner is not None for leaf in leaves_of(inner))
        case Run(copies=copies):
            return tuple(leaf for copy in copies for leaf in leaves_of(copy))
