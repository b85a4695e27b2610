"""Two blocks that differ in items that one of them lacks, as one whose items say when they are there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Sequence as Several
from dataclasses import replace

from modelspec.decompiler.folding.blocks import Block, Slot
from modelspec.decompiler.folding.patterns import Const, Different, Text
from modelspec.decompiler.folding.plan import Plan, refreshed
from modelspec.decompiler.folding.unions import shape
from modelspec.decompiler.folding.values import Leaf, Node, Run, Use
from modelspec.decompiler.folding.vocabulary import Vocabulary

_LEAST_SHARED = 2 / 3
_MOST_SWITCHES = 3


def merges(plan: Plan, vocabulary: Vocabulary, *, only: int | None = None) -> Iterator[Plan]:
    """The plan with two blocks in one, for each pair that can be, the most alike first.

    Args:
        only: a block that one of the two has to be.
    """
    numbers = list(plan.blocks)
    pairs: list[tuple[float, int, int, list[tuple[int | None, int | None]]]] = []
    for place, one in enumerate(numbers):
        for two in numbers[place + 1 :]:
            first, second = plan.blocks[one], plan.blocks[two]
            if only is not None and only not in (one, two):
                continue
            if first.scoped != second.scoped or first.inputs != second.inputs:
                continue
            if _reaches(plan.blocks, one, two) or _reaches(plan.blocks, two, one):
                continue
            rows = aligned(first.slots, second.slots)
            shared = sum(left is not None and right is not None for left, right in rows)
            share = 2 * shared / (len(first.slots) + len(second.slots))
            if share >= _LEAST_SHARED:
                pairs.append((-share, one, two, rows))
    for _, one, two, rows in sorted(pairs, key=lambda pair: pair[:3]):
        try:
            yield _merged(plan, one, two, rows, vocabulary)
        except Different:
            continue


def _reaches(blocks: Mapping[int, Block], outer: int, inner: int) -> bool:
    """Whether a block uses another, however deep."""
    return any(
        slot.key == inner or _reaches(blocks, slot.key, inner)
        for slot in blocks[outer].slots
        if isinstance(slot.key, int)
    )


def aligned(first: Several[Slot], second: Several[Slot]) -> list[tuple[int | None, int | None]]:
    """The items of two bodies side by side: the longest common subsequence, the rest in between."""
    left, right = [_kind(slot) for slot in first], [_kind(slot) for slot in second]
    table = [[0] * (len(right) + 1) for _ in range(len(left) + 1)]
    for one in range(len(left) - 1, -1, -1):
        for two in range(len(right) - 1, -1, -1):
            table[one][two] = (
                table[one + 1][two + 1] + 1
                if left[one] == right[two]
                else max(table[one + 1][two], table[one][two + 1])
            )
    rows: list[tuple[int | None, int | None]] = []
    one = two = 0
    while one < len(left) or two < len(right):
        if one < len(left) and two < len(right) and left[one] == right[two]:
            rows.append((one, two))
            one, two = one + 1, two + 1
        elif one < len(left) and (two == len(right) or table[one + 1][two] >= table[one][two + 1]):
            rows.append((one, None))
            one += 1
        else:
            rows.append((None, two))
            two += 1
    return rows


def _kind(slot: Slot) -> object:
    """Equal for items that may be one."""
    name = None
    if isinstance(slot.name, Text):
        name = tuple(part.value if isinstance(part, Const) else None for part in slot.name.parts)
    return (slot.key, name, slot.count is None, slot.chained, shape(slot.feed))


def _merged(
    plan: Plan, one: int, two: int, rows: list[tuple[int | None, int | None]], vocabulary: Vocabulary
) -> Plan:
    places = {
        one: {left: place for place, (left, _) in enumerate(rows) if left is not None},
        two: {right: place for place, (_, right) in enumerate(rows) if right is not None},
    }
    moved = Plan(
        tuple(
            replace(sequence, nodes=tuple(_moved(node, places, one, len(rows)) for node in sequence.nodes))
            for sequence in plan.sequences
        ),
        plan.blocks,
    )
    first, second = plan.blocks[one], plan.blocks[two]
    slots = [
        first.slots[left] if left is not None else second.slots[right]  # type: ignore[index]
        for left, right in rows
    ]
    block = replace(first, slots=tuple(slots))
    blocks = {number: found for number, found in plan.blocks.items() if number != two}
    blocks = {
        number: block if number == one else _with_key(found, two, one) for number, found in blocks.items()
    }
    done = refreshed(Plan(moved.sequences, blocks), vocabulary)
    switches = {repr(slot.when) for slot in done.blocks[one].slots if slot.when is not None}
    if len(switches) > _MOST_SWITCHES:
        raise Different
    return done


def _with_key(block: Block, two: int, one: int) -> Block:
    return replace(
        block, slots=tuple(replace(slot, key=one) if slot.key == two else slot for slot in block.slots)
    )


def _moved(node: Node, places: Mapping[int, Mapping[int, int]], one: int, width: int) -> Node:
    match node:
        case Leaf():
            return node
        case Run(copies=copies):
            moved = tuple(_moved(copy, places, one, width) for copy in copies)
            return Run(moved, node.args, node.name, node.chained, node.rows)  # type: ignore[arg-type]
        case Use():
            nodes: list[Node | None] = [
                _moved(inner, places, one, width) if inner is not None else None for inner in node.nodes
            ]
            if node.block not in places:
                return replace(node, nodes=tuple(nodes))
            wide: list[Node | None] = [None] * width
            for place, inner in enumerate(nodes):
                wide[places[node.block][place]] = inner
            return replace(node, block=one, nodes=tuple(wide))
