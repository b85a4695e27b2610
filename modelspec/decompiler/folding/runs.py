"""Consecutive items of one kind, each reading the one before, as copies of one item."""

from __future__ import annotations

from collections.abc import Sequence as Several
from dataclasses import replace

from modelspec.decompiler.folding.names import head_of
from modelspec.decompiler.folding.patterns import Different, along, along_names, same_key
from modelspec.decompiler.folding.values import Leaf, Node, Ref, Run, Sequence, Use
from modelspec.decompiler.folding.windows import Laid, Numbers, lay_out


def with_runs(sequences: Several[Sequence]) -> tuple[Sequence, ...]:
    """The sequences with every run in the place of its copies."""
    return tuple(_with_runs(sequence) for sequence in sequences)


def _with_runs(sequence: Sequence) -> Sequence:
    laid = lay_out(sequence, Numbers())
    nodes: list[Node] = []
    place = 0
    while place < len(sequence.nodes):
        stop = place + 1
        chained: tuple[int, ...] = ()
        while stop < len(sequence.nodes):
            found = chained_at(sequence.nodes, stop, laid)
            if not found or (chained and found != chained):
                break
            chained = found
            stop += 1
        run, taken = _run(sequence, place, stop, chained)
        nodes += run
        place += taken
    return replace(sequence, nodes=tuple(nodes))


def chained_at(nodes: Several[Node], place: int, laid: Laid) -> tuple[int, ...]:
    """Where an item reads the one before it and is otherwise wired as that one; nowhere if it is not."""
    before, node = nodes[place - 1], nodes[place]
    if isinstance(before, Run) or isinstance(node, Run) or laid.tokens[place] != laid.tokens[place - 1]:
        return ()
    if laid.solid[place] or laid.solid[place - 1] or laid.last[place - 1] != place:
        return ()
    if isinstance(node, Leaf) and (node.handle or len(node.reads) > 1):
        return ()
    found = tuple(number for number, ref in enumerate(node.reads) if ref.source == before.out)
    rest = [number for number in range(len(node.reads)) if number not in found]
    if any(node.reads[number] != before.reads[number] for number in rest):
        return ()
    fed = {before.reads[number] for number in found}
    if len(fed) != 1 or any(node.reads[number].path or node.reads[number].slice for number in found):
        return ()
    if any(before.reads[number] in fed for number in rest):
        return ()
    return found


def _run(sequence: Sequence, start: int, stop: int, chained: tuple[int, ...]) -> tuple[list[Node], int]:
    """The longest run that begins here, or the item alone; with how many items it takes."""
    nodes = sequence.nodes
    while stop - start > 1:
        run = run_of(nodes[start:stop], chained)
        if run is not None:
            return ([run], stop - start) if may_begin(sequence, start, chained) else ([nodes[start]], 1)
        stop -= 1
    return [nodes[start]], 1


def may_begin(sequence: Sequence, start: int, chained: tuple[int, ...]) -> bool:
    """Whether an item can be the first copy: what later ones read of the copy before, it reads above itself."""
    node = sequence.nodes[start]
    if len(node.reads) == 1:
        return True
    return start > 0 and node.reads[chained[0]] == Ref(sequence.nodes[start - 1].out)


def run_of(copies: Several[Node], chained: tuple[int, ...]) -> Run | None:
    """A run of these copies; `None` where what differs does not grow evenly."""
    whole = [copy for copy in copies if isinstance(copy, Leaf | Use)]
    first = whole[0]
    try:
        name = along_names([copy.name for copy in whole])
        if isinstance(first, Use):
            rows = [copy.args for copy in whole]
            args: object = tuple(along([row[place] for row in rows]) for place in range(len(first.args)))
        else:
            args = along([dict(copy.args) for copy in whole])
            along([same_key([copy.call, copy.words]) for copy in whole if isinstance(copy, Leaf)])
    except Different:
        return None
    if name is not None and not head_of(name):
        return None
    return Run(tuple(whole), args, name, chained)
