"""A quick look at what differs between windows, before it is compared place by place."""

from __future__ import annotations

from collections.abc import Sequence as Several

from modelspec.decompiler.folding.patterns import same_key
from modelspec.decompiler.folding.values import Leaf, Node, Run, Sequence, Use
from modelspec.decompiler.folding.windows import Numbers, Window

_RELATED = 3  # so many that differ may follow from one

Features = dict[object, int]
"""By the place in an item, a number for its value."""


def features_of(sequences: Several[Sequence], numbers: Numbers) -> list[list[tuple[Features, Features]]]:
    """For each item of each sequence its arguments, and the parts of its name."""
    return [[_of_node(node, numbers) for node in sequence.nodes] for sequence in sequences]


def _of_node(node: Node, numbers: Numbers) -> tuple[Features, Features]:
    match node:
        case Leaf(args=args):
            found: Features = {key: numbers.of(("value", same_key(value))) for key, value in args.items()}
        case Use(args=given):
            found = {place: numbers.of(("value", same_key(value))) for place, value in enumerate(given)}
        case Run(args=given, copies=copies):
            found = {"": numbers.of(("value", same_key(given))), "n": numbers.of(("value", len(copies)))}
    named: Features = {}
    if node.name is not None and not (isinstance(node, Leaf) and node.handle):
        named = {place: numbers.of(("value", same_key(part))) for place, part in enumerate(node.name)}
    return found, named


def least_params(
    found: Several[Window], features: Several[Several[tuple[Features, Features]]], *, scoped: bool
) -> int:
    """How many parameters a block of these windows has at least, as good as always.

    Whatever follows from a parameter is the same in the same uses, so there are as many as ways to differ. Of
    few uses there are few ways; then it is told by how much differs at all.
    """
    ways: set[tuple[int, ...]] = set()
    vectors: set[tuple[int, ...]] = set()
    width = found[0].stop - found[0].start
    for place in range(width):
        column = [features[window.sequence][window.start + place] for window in found]
        for part in (0,) if scoped else (0, 1):
            for key in dict.fromkeys(key for one in column for key in one[part]):
                values = [one[part].get(key, -1) for one in column]
                if values.count(values[0]) != len(values):
                    vectors.add(tuple(values))
                    firsts: dict[int, int] = {}
                    ways.add(tuple(firsts.setdefault(value, number) for number, value in enumerate(values)))
    return max(len(ways), len(vectors) // _RELATED)
