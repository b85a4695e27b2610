"""Windows replaced by uses of a block."""

from __future__ import annotations

from collections.abc import Sequence as Several
from dataclasses import replace

from modelspec.decompiler.folding.blocks import args_at, words_of
from modelspec.decompiler.folding.grouping import Candidate
from modelspec.decompiler.folding.names import parts_of
from modelspec.decompiler.folding.values import Node, Sequence, Use


def replaced(sequences: Several[Sequence], candidate: Candidate, block: int) -> tuple[Sequence, ...]:
    """The sequences with a use in the place of each window."""
    uses: dict[int, list[tuple[int, int, Use]]] = {}
    for number, (window, name) in enumerate(zip(candidate.windows, candidate.names, strict=True)):
        nodes = sequences[window.sequence].nodes[window.start : window.stop]
        use = Use(
            block=block,
            nodes=nodes,
            reads=window.reads,
            name=parts_of(name) if name else None,
            args=args_at(candidate.block, number),
            words=words_of(candidate.block),
            out=nodes[-1].out,
        )
        uses.setdefault(window.sequence, []).append((window.start, window.stop, use))
    return tuple(_with_uses(sequence, uses.get(number, [])) for number, sequence in enumerate(sequences))


def _with_uses(sequence: Sequence, uses: list[tuple[int, int, Use]]) -> Sequence:
    nodes: list[Node] = []
    place = 0
    for start, stop, use in sorted(uses, key=lambda found: found[0]):
        nodes += [*sequence.nodes[place:start], use]
        place = stop
    return replace(sequence, nodes=(*nodes, *sequence.nodes[place:]))
