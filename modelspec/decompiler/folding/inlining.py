"""Blocks that stand in one place only, put in there: they save nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from modelspec.decompiler.folding.patterns import Different
from modelspec.decompiler.folding.plan import Plan, refreshed
from modelspec.decompiler.folding.values import Leaf, Node, Run, Use
from modelspec.decompiler.folding.vocabulary import Vocabulary


def inlined(plan: Plan, vocabulary: Vocabulary) -> Plan:
    """The plan without blocks that one item alone uses, if that item is not repeated."""
    while True:
        sites: Counter[int] = Counter()
        for block in plan.blocks.values():
            for slot in block.slots:
                if isinstance(slot.key, int):
                    sites[slot.key] += 1 if slot.count is None and slot.when is None else 2
        for sequence in plan.sequences:
            for node in sequence.nodes:
                if isinstance(node, Use | Run):
                    unit = node.copies[0] if isinstance(node, Run) else node
                    if isinstance(unit, Use):
                        sites[unit.block] += 2 if isinstance(node, Run) else 1
        lone = [
            number
            for number in plan.blocks
            if sites[number] == 1 and all(slot.when is None for slot in plan.blocks[number].slots)
        ]
        for number in lone:
            try:
                plan = refreshed(_without(plan, number), vocabulary)
            except Different:
                continue
            break
        else:
            return plan


def _without(plan: Plan, number: int) -> Plan:
    sequences = tuple(
        replace(
            sequence,
            nodes=tuple(
                found for node in sequence.nodes for found in _spliced(node, number) if found is not None
            ),
        )
        for sequence in plan.sequences
    )
    return Plan(sequences, {key: block for key, block in plan.blocks.items() if key != number})


def _spliced(node: Node | None, number: int) -> tuple[Node | None, ...]:
    """A node, or what it stands for where it is a use of the block."""
    match node:
        case Use(nodes=nodes):
            inner = tuple(found for one in nodes for found in _spliced(one, number))
            return inner if node.block == number else (replace(node, nodes=inner),)
        case Run(copies=copies):
            changed = tuple(found for copy in copies for found in _spliced(copy, number))
            return (Run(changed, node.args, node.name, node.chained, node.rows),)  # type: ignore[arg-type]
        case Leaf() | None:
            return (node,)
