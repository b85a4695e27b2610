"""Stretches that stand once below a prefix of their own, as blocks for a while: they may be like another."""

from __future__ import annotations

from modelspec.decompiler.folding.grouping import lone
from modelspec.decompiler.folding.plan import Plan
from modelspec.decompiler.folding.replacing import replaced
from modelspec.decompiler.folding.vocabulary import Vocabulary


def adopted(plan: Plan, vocabulary: Vocabulary) -> list[tuple[Plan, int]]:
    """The plan with one such stretch as a use of a new block, which comes with it; for each of them."""
    number = max(plan.blocks, default=-1) + 1
    found = []
    for candidate in lone(plan.sequences, vocabulary):
        sequences = replaced(plan.sequences, candidate, number)
        found.append((Plan(sequences, {**plan.blocks, number: candidate.block}), number))
    return found
