"""Stretches of items with one exit, numbered so that two of one shape have one number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from modelspec.decompiler.folding.patterns import same_key
from modelspec.decompiler.folding.values import (
    Affine,
    Constant,
    Feed,
    Leaf,
    Node,
    Ref,
    Run,
    Sequence,
    Use,
    refs_in,
)
from modelspec.frozen import dataclass

LONGEST = 90
MOST_ENTRIES = 3
_NEVER = 1 << 60


@dataclass(frozen=True, slots=True)
class Window:
    """Items `start` up to `stop` of a sequence.

    Args:
        sequence: its position.
        reads: what it reads from outside, each tensor once, in the order of reading.
    """

    sequence: int
    start: int
    stop: int
    reads: tuple[Ref, ...]


class Numbers:
    """A number for each value that is met, in order; equal ones for equal values."""

    def __init__(self) -> None:
        self._found: dict[object, int] = {}

    def of(self, value: object) -> int:
        """The number of a value."""
        return self._found.setdefault(value, len(self._found))


def token(node: Node) -> object:
    """What a node is, apart from its arguments, its name and where its tensors come from."""
    match node:
        case Leaf():
            words = tuple(node.words)
            return ("leaf", node.key, words, tuple(node.call), _skeleton(node.feed))
        case Use(block=block):
            return ("use", block, tuple((ref.path, ref.slice) for ref in node.reads))
        case Run(copies=copies, args=args, name=name, chained=chained, rows=rows):
            return ("run", token(copies[0]), _growth(args), _growth(name), chained, same_key(rows))


def _growth(value: object) -> object:
    match value:
        case Affine(step=step, letters=letters):
            return (step, letters)
        case dict():
            return tuple((key, _growth(item)) for key, item in value.items() if _growth(item))
        case tuple():
            found = tuple((place, _growth(item)) for place, item in enumerate(value) if _growth(item))
            return found or None
        case _:
            return None


def _skeleton(feed: Feed) -> object:
    match feed:
        case Ref(slice=cut):
            # Whether a path is there is told by what it leads to: a tensor of its own.
            return ("ref", cut)
        case Constant(value=value):
            return ("constant", same_key(value))
        case dict():
            return tuple((key, _skeleton(item)) for key, item in feed.items())
        case list():
            return ("list", *(_skeleton(item) for item in feed))
        case _:
            return None


@dataclass(frozen=True, slots=True)
class Laid:
    """A sequence laid out for the search.

    Args:
        tokens: the number of each node's token.
        where: the position of the node that gives a leaf's output.
        last: the last position that reads a node; beyond all where the model gives it out or nobody reads it.
        solid: whether a node stays outside every block.
    """

    tokens: tuple[int, ...]
    where: Mapping[int | str, int]
    last: tuple[int, ...]
    solid: tuple[bool, ...]


def lay_out(sequence: Sequence, numbers: Numbers) -> Laid:
    """What the search asks of a sequence."""
    where: dict[int | str, int] = {node.out: place for place, node in enumerate(sequence.nodes)}
    last = [-1] * len(sequence.nodes)
    for place, node in enumerate(sequence.nodes):
        for ref in node.reads:
            if ref.source in where:
                last[where[ref.source]] = place
    for ref in refs_in(sequence.outputs):
        if ref.source in where:
            last[where[ref.source]] = _NEVER
    return Laid(
        tuple(numbers.of(token(node)) for node in sequence.nodes),
        where,
        tuple(_NEVER if place < 0 else place for place in last),
        tuple(isinstance(node, Leaf) and node.solid for node in sequence.nodes),
    )


def windows(
    number: int, sequence: Sequence, laid: Laid, numbers: Numbers, *, longest: int = LONGEST
) -> Iterator[tuple[int, Window]]:
    """Every window of two items or more that has one exit, with the number of its shape."""
    for start in range(len(sequence.nodes)):
        yield from windows_from(start, number, sequence, laid, numbers, longest=longest)


def windows_from(
    start: int, number: int, sequence: Sequence, laid: Laid, numbers: Numbers, *, longest: int = LONGEST
) -> Iterator[tuple[int, Window]]:
    """The windows that begin at one item."""
    nodes, where, tokens = sequence.nodes, laid.where, laid.tokens
    entries: dict[tuple[int | str, str], int] = {}
    reads: list[Ref] = []
    shape = -1
    reach = start
    for place in range(start, min(start + longest, len(nodes))):
        if laid.solid[place]:
            return
        key: list[object] = [shape, tokens[place]]
        for ref in nodes[place].reads:
            source = where.get(ref.source, -1)
            if source >= start:
                key += (source - place, ref.path)
                continue
            entry = entries.get((ref.source, ref.path))
            if entry is None:
                if len(entries) == MOST_ENTRIES:
                    return
                entry = entries[ref.source, ref.path] = len(entries)
                reads.append(Ref(ref.source, ref.path))
            key.append(entry)
        shape = numbers.of(tuple(key))
        if place > start and reach <= place:
            yield shape, Window(number, start, place + 1, tuple(reads))
        reach = max(reach, laid.last[place])
        if reach == _NEVER:
            return


def shape_of(
    window: tuple[int, int], sequence: Sequence, laid: Laid, numbers: Numbers
) -> tuple[int, Window] | None:
    """The number of one window's shape; `None` where it has more exits or entries than one may."""
    start, stop = window
    for shape, found in windows_from(start, 0, sequence, laid, numbers, longest=stop - start):
        if found.stop == stop:
            return shape, found
    return None
