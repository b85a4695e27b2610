"""A document while it is folded, and how its blocks are made anew when their uses have changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Sequence as Sequence_
from dataclasses import replace

from modelspec.decompiler.folding.blocks import Block, Instance, args_at, derive, words_of
from modelspec.decompiler.folding.names import text_of
from modelspec.decompiler.folding.patterns import Different
from modelspec.decompiler.folding.runs import run_of
from modelspec.decompiler.folding.unions import union_feeds
from modelspec.decompiler.folding.values import Leaf, Node, Run, Sequence, Use
from modelspec.decompiler.folding.vocabulary import Vocabulary
from modelspec.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """A document while it is folded.

    Args:
        sequences: the items of each model, those of the document itself last.
        blocks: by number.
    """

    sequences: tuple[Sequence, ...]
    blocks: Mapping[int, Block]


def uses_of(plan: Plan) -> dict[int, list[Use]]:
    """The uses of each block, in the order of the document, the inner ones of a use before itself."""
    found: dict[int, list[Use]] = {number: [] for number in plan.blocks}
    for sequence in plan.sequences:
        for node in sequence.nodes:
            _collect(node, found)
    return found


def _collect(node: Node, found: dict[int, list[Use]]) -> None:
    match node:
        case Use(nodes=nodes):
            for inner in nodes:
                if inner is not None:
                    _collect(inner, found)
            found[node.block].append(node)
        case Run(copies=copies):
            for copy in copies:
                _collect(copy, found)


def inner_first(blocks: Mapping[int, Block]) -> tuple[int, ...]:
    """The numbers of blocks, each after those that it uses."""
    found: dict[int, None] = {}

    def visit(number: int) -> None:
        if number in found:
            return
        for slot in blocks[number].slots:
            if isinstance(slot.key, int):
                visit(slot.key)
        found[number] = None

    for number in blocks:
        visit(number)
    return tuple(found)


def _order(uses: Mapping[int, Sequence_[Use]]) -> tuple[int, ...]:
    """The numbers of blocks, each after those that its uses hold."""
    found: dict[int, None] = {}

    def visit(number: int) -> None:
        if number in found:
            return
        for use in uses[number]:
            for node in use.nodes:
                unit = node.copies[0] if isinstance(node, Run) else node
                if isinstance(unit, Use):
                    visit(unit.block)
        found[number] = None

    for number, several in uses.items():
        if several:
            visit(number)
    return tuple(found)


def refreshed(plan: Plan, vocabulary: Vocabulary) -> Plan:
    """The same with every block made of its uses anew, and every use with what that block asks for.

    Raises:
        Different: the uses of a block are no longer of one.
    """
    uses = uses_of(plan)
    kept = {number: block for number, block in plan.blocks.items() if uses[number]}
    for number in _order(uses):
        several = uses_of(plan)[number]
        instances = [
            Instance(use.nodes, use.reads, text_of(use.name) if use.name is not None else "")
            for use in several
        ]
        kept[number] = derive(instances, vocabulary, feeds=union_feeds(instances))
        args = iter([args_at(kept[number], place) for place in range(len(several))])
        words = words_of(kept[number])
        plan = Plan(
            tuple(
                replace(
                    sequence, nodes=tuple(_with_args(node, number, args, words) for node in sequence.nodes)
                )
                for sequence in plan.sequences
            ),
            kept,
        )
    return Plan(plan.sequences, kept)


def _with_args(node: Node, number: int, args: Iterator[tuple[object, ...]], words: tuple[str, ...]) -> Node:
    match node:
        case Leaf():
            return node
        case Use():
            nodes = tuple(
                _with_args(inner, number, args, words) if inner is not None else None for inner in node.nodes
            )
            return replace(
                node,
                nodes=nodes,
                args=next(args) if node.block == number else node.args,
                words=words if node.block == number else node.words,
            )
        case Run():
            copies = tuple(_with_args(copy, number, args, words) for copy in node.copies)
            return again(node, copies)


def again(run: Run, copies: tuple[Node, ...]) -> Run:
    """A run of other copies; raises `Different` where they are none."""
    found = run_of(copies, run.chained)
    if found is None:
        raise Different
    return found
