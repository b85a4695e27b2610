"""The passes of folding, in their order, over the sections of a flat document."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from modelspec.catalog.lookup import Catalog
from modelspec.decompiler.folding.adopting import adopted
from modelspec.decompiler.folding.effort import Effort
from modelspec.decompiler.folding.grouping import best
from modelspec.decompiler.folding.hoisting import hoisted
from modelspec.decompiler.folding.inlining import inlined
from modelspec.decompiler.folding.measure import measure
from modelspec.decompiler.folding.merging import merges
from modelspec.decompiler.folding.patterns import Different
from modelspec.decompiler.folding.plan import Plan
from modelspec.decompiler.folding.reading import read_sequences
from modelspec.decompiler.folding.replacing import replaced
from modelspec.decompiler.folding.rows import with_rows
from modelspec.decompiler.folding.runs import with_runs
from modelspec.decompiler.folding.vocabulary import Vocabulary
from modelspec.decompiler.folding.writing import Written, written

_MOST_BLOCKS = 60
_MOST_MERGES = 40
_WEIGHT = 10  # writing an item for its length costs so much more than looking at it
_SLACK = 1.1  # what a merge makes longer may fold further

Sections = dict[str, object]


def make_blocks(plan: Plan, vocabulary: Vocabulary, effort: Effort) -> Plan:
    """Repeated stretches as blocks and copies in a row as runs, until nothing more is saved."""
    sequences, blocks = with_runs(plan.sequences, vocabulary), dict(plan.blocks)
    while len(blocks) < _MOST_BLOCKS:
        found = best(sequences, vocabulary, effort)
        if found is None:
            break
        number = max(blocks, default=-1) + 1
        blocks[number] = found.block
        sequences = with_runs(replaced(sequences, found, number), vocabulary)
    return Plan(sequences, blocks)


def merge_blocks(plan: Plan, vocabulary: Vocabulary, effort: Effort) -> Plan:
    """Blocks that differ in what one of them lacks as one, as long as that makes the document shorter."""
    return _improved(plan, vocabulary, effort, lambda plan: merges(plan, vocabulary))


def adopt_stretches(plan: Plan, vocabulary: Vocabulary, effort: Effort) -> Plan:
    """What stands there once as a use of a block that has a little more or less."""

    def further(plan: Plan) -> Iterator[Plan]:
        for other, number in adopted(plan, vocabulary):
            yield from merges(other, vocabulary, only=number)

    return _improved(plan, vocabulary, effort, further)


def _improved(
    plan: Plan, vocabulary: Vocabulary, effort: Effort, further: Callable[[Plan], Iterator[Plan]]
) -> Plan:
    length = measure(written(plan, vocabulary, ()))
    tried = 0
    while True:
        for other in further(plan):
            tried += 1
            effort.spend(_WEIGHT * _size(other))
            try:
                if measure(written(other, vocabulary, ())) > length * _SLACK:
                    continue
                made = make_blocks(other, vocabulary, effort)
                less = measure(written(made, vocabulary, ()))
            except Different:
                continue
            if less < length:
                plan, length = made, less
                break
            if tried > _MOST_MERGES or effort.left <= 0:
                return plan
        else:
            return plan


def inline_blocks(plan: Plan, vocabulary: Vocabulary, effort: Effort) -> Plan:
    """What stands in one place only is no block."""
    return inlined(plan, vocabulary)


def make_rows(plan: Plan, vocabulary: Vocabulary, effort: Effort) -> Plan:
    """Uses in a row with values of their own as the rows of one item."""
    return with_rows(plan)


def _size(plan: Plan) -> int:
    return sum(len(sequence.nodes) for sequence in plan.sequences)


PASSES: tuple[Callable[[Plan, Vocabulary, Effort], Plan], ...] = (
    make_blocks,
    merge_blocks,
    adopt_stretches,
    inline_blocks,
    make_blocks,
    make_rows,
)


def fold(sections: Sections, catalog: Catalog) -> Sections:
    """The sections of the same document, folded.

    Args:
        sections: those of a flat document.
    """
    vocabulary = Vocabulary(catalog)
    models = sections.get("models", {})
    assert isinstance(models, dict)
    plan = Plan(read_sequences(sections, vocabulary.stem, frozenset(models)), {})
    effort = Effort()
    for step in PASSES:
        plan = step(plan, vocabulary, effort)
    return hoisted(_put_into(sections, written(plan, vocabulary, models)), vocabulary)


def _put_into(sections: Sections, folded: Written) -> Sections:
    found: Sections = {}
    for key, value in sections.items():
        if key in ("models", "inputs") and "blocks" not in found and folded.blocks:
            found["blocks"] = dict(folded.blocks)
        found[key] = value
    models = found.get("models")
    if isinstance(models, dict):
        found["models"] = {
            key: _with_body(model, folded.bodies[key]) if key in folded.bodies else model
            for key, model in models.items()
        }
    return _with_body(found, folded.bodies[""])


def _with_body(section: Sections, body: tuple[list[object], object]) -> Sections:
    items, outputs = body
    found: Sections = {}
    for key, value in section.items():
        if key != "outputs":
            found[key] = items if key == "layers" else value
        if key == "layers" and outputs is not None:
            found["outputs"] = outputs
    return found
