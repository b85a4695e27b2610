"""How many lines a block saves."""

from __future__ import annotations

from collections.abc import Sequence as Several

from modelspec.decompiler.folding.blocks import Block
from modelspec.decompiler.folding.parameters import Param
from modelspec.decompiler.folding.patterns import Const, Text, same_key
from modelspec.decompiler.folding.values import Leaf, Node, Ref, Run, Sequence, Use
from modelspec.decompiler.folding.windows import Window

_HEAD = 2  # the block's own name, and `layers`
_PARAMETER = 0.25
_ARGUMENT = 0.2
MOST_PARAMETERS = 8  # of a block at all
_MANY_PARAMETERS = 4
_PARAMETERS_A_LINE = 0.8
_MOST_VARYING = 3
_LINES_A_VARYING = 3


def lines_of(node: Node, default: Ref | None, *, chain: bool = False) -> int:
    """The lines of an item.

    Args:
        default: what it reads that says nothing.
        chain: whether it never says what it reads.
    """
    told = 0 if chain or _is_default(node, default) else 1
    match node:
        case Leaf():
            named = node.name is not None
            return 1 + named + told + len(node.words) + bool(node.call)
        case Use(name=name):
            return 1 + (name is not None) + told
        case Run(name=name):
            return 2 + (name is not None) + told


def _is_default(node: Node, default: Ref | None) -> bool:
    feed = node.feed if isinstance(node, Leaf) else node.reads[0] if len(node.reads) == 1 else None
    return feed == default


def lines_between(nodes: Several[Node], before: Ref | None, *, chain: bool = False) -> int:
    """The lines of items in a row."""
    count = 0
    for node in nodes:
        count += lines_of(node, before, chain=chain)
        before = Ref(node.out)
    return count


def gain_of(block: Block, found: Several[Window], sequences: Several[Sequence]) -> float:
    """What is saved by writing a block once, and a use in the place of each window."""
    saved = 0.0
    alone = 0
    for number, window in enumerate(found):
        sequence = sequences[window.sequence]
        nodes = sequence.nodes[window.start : window.stop]
        before = _before(sequence, window.start)
        saved += lines_between(nodes, before, chain=sequence.chain)
        if number and _runs_on(block, found[number - 1], window, number):
            continue
        alone += 1
        fed = sequence.chain or (len(window.reads) == 1 and window.reads[0] == before)
        saved -= 1 + block.scoped + (not fed)
    first = found[0]
    nodes = sequences[first.sequence].nodes[first.start : first.stop]
    inner = first.reads[0] if len(first.reads) == 1 else None
    body = lines_between(nodes, inner)
    params = len(block.params)
    if params > most_params(block, body):
        return 0.0
    head = _HEAD + bool(params) + (not block.scoped) + (len(first.reads) > 1)
    return saved - body - head - params * (_PARAMETER + _ARGUMENT * alone)


def _runs_on(block: Block, before: Window, window: Window, number: int) -> bool:
    """Whether a use will be one more copy of the use before it."""
    if before.sequence != window.sequence or before.stop != window.start:
        return False
    return all(
        same_key(param.values[number - 1]) == same_key(param.values[number]) or _counts(param)
        for param in block.params
    )


def _counts(param: Param) -> bool:
    return all(hint[-1] == "n" and type(value) is int for hint in param.hints for value in param.values)


def most_params(block: Block, lines: int) -> float:
    """How many parameters a block may have: one that asks for more says less than what it stands for."""
    if any(
        isinstance(slot.name, Text) and any(not isinstance(p, Const) for p in slot.name.parts)
        for slot in block.slots
    ):
        return min(max(_MOST_VARYING, lines / _LINES_A_VARYING), MOST_PARAMETERS)
    return min(max(_MANY_PARAMETERS, _PARAMETERS_A_LINE * lines), MOST_PARAMETERS)


def _before(sequence: Sequence, start: int) -> Ref | None:
    if start:
        return Ref(sequence.nodes[start - 1].out)
    return Ref(sequence.inputs[0]) if len(sequence.inputs) == 1 else None


def bound_of(found: Several[Window], sequences: Several[Sequence], *, scoped: bool = False) -> float:
    """What a block of these windows cannot save more than; cheap to tell."""
    first = found[0]
    sequence = sequences[first.sequence]
    nodes = sequence.nodes[first.start : first.stop]
    body = lines_between(nodes, _before(sequence, first.start), chain=sequence.chain)
    return (len(found) - 1) * (body + 1) + 1 - _HEAD - _stretches(found) * (1 + scoped)


def after(bound: float, found: Several[Window], params: int) -> float:
    """What is left of a bound where there are at least so many parameters."""
    return bound - params * (_PARAMETER + _ARGUMENT * _stretches(found))


def _stretches(found: Several[Window]) -> int:
    """How many windows do not follow another at once."""
    return sum(
        not (
            number
            and found[number - 1].sequence == window.sequence
            and found[number - 1].stop == window.start
        )
        for number, window in enumerate(found)
    )
