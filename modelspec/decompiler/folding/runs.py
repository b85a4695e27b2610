"""Consecutive items of one kind, each reading the one before, as copies of one item."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence as Several
from dataclasses import replace

from modelspec.decompiler.folding.names import head_of
from modelspec.decompiler.folding.patterns import Different, same_key
from modelspec.decompiler.folding.progressions import along, along_names, without_gaps
from modelspec.decompiler.folding.values import Affine, Leaf, Node, Ref, Run, Sequence, Use, leaves_of
from modelspec.decompiler.folding.vocabulary import Vocabulary
from modelspec.decompiler.folding.windows import Laid, Numbers, lay_out
from modelspec.decompiler.naming import SLICE_STEM

_FARTHEST = 8


def with_runs(sequences: Several[Sequence], vocabulary: Vocabulary) -> tuple[Sequence, ...]:
    """The sequences with every run in the place of its copies."""
    return tuple(_with_runs(sequence, vocabulary) for sequence in sequences)


def _with_runs(sequence: Sequence, vocabulary: Vocabulary) -> Sequence:
    stops = stretches(sequence)
    nodes: list[Node] = []
    place = 0
    while place < len(sequence.nodes):
        stop, chained = stops[place]
        run = _run(sequence.nodes[place:stop], chained)
        if run is not None and not _may_begin(run, nodes):
            nodes = _brought_down(run.reads[chained[0]], nodes, vocabulary)
            run = run if _may_begin(run, nodes) else None
        nodes.append(run if run is not None else sequence.nodes[place])
        place += len(run.copies) if run is not None else 1
    return replace(sequence, nodes=tuple(nodes))


def stretches(sequence: Sequence) -> list[tuple[int, tuple[int, ...]]]:
    """For each item the end of the stretch in which each reads the one before alike, and where it reads it."""
    laid = lay_out(sequence, Numbers())
    count = len(sequence.nodes)
    found: list[tuple[int, tuple[int, ...]]] = [(count, ())] * count
    stop = count
    before: tuple[int, ...] = ()
    for place in range(count - 1, -1, -1):
        link = chained_at(sequence.nodes, place + 1, laid) if place + 1 < count else ()
        if not link:
            stop = place + 1
        elif link != before:
            stop = place + 2
        found[place] = (stop, link)
        before = link
    return found


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


def _run(nodes: Several[Node], chained: tuple[int, ...]) -> Run | None:
    """The longest run that begins with the first item.

    What is a run of more than three is one of fewer too, so the length is searched by halves.
    """
    found = run_of(nodes[:3], chained) if len(nodes) > 2 else None
    if found is None:
        return run_of(nodes[:2], chained) if len(nodes) > 1 else None
    least, most = 3, len(nodes)
    step = 1
    while least < most:
        count = min(least + step, most)
        longer = run_of(nodes[:count], chained)
        if longer is None:
            most, step = count - 1, max(1, (count - 1 - least + 1) // 2)
        else:
            found, least, step = longer, count, step * 2
    return found


def may_begin(node: Node, above: Several[Node], chained: tuple[int, ...]) -> bool:
    """Whether an item can be the first copy: what later ones read of the copy before, it reads above."""
    return len(node.reads) == 1 or (len(above) > 0 and node.reads[chained[0]] == Ref(above[-1].out))


def _may_begin(run: Run, above: Several[Node]) -> bool:
    return may_begin(run.copies[0], above, run.chained)


def _brought_down(ref: Ref, nodes: list[Node], vocabulary: Vocabulary) -> list[Node]:
    """The items with the one that gives a tensor last, if those below it have nothing to do with it.

    The order of automatic names must stay, so none of them may begin as one of the moved item does.
    """
    place = next((place for place in range(len(nodes) - 1, -1, -1) if nodes[place].out == ref.source), None)
    if place is None or len(nodes) - place > _FARTHEST:
        return nodes
    moved, below = nodes[place], nodes[place + 1 :]
    stems = _automatic(moved, vocabulary)
    for node in below:
        if any(read.source == moved.out for leaf in leaves_of(node) for read in leaf.reads):
            return nodes
        if stems & _automatic(node, vocabulary) or any(leaf.solid for leaf in leaves_of(node)):
            return nodes
    return [*nodes[:place], *below, moved]


def _automatic(node: Node, vocabulary: Vocabulary) -> frozenset[str]:
    """What the automatic names inside a node begin with."""
    leaves = leaves_of(node)
    named = {vocabulary.stem(leaf.key) for leaf in leaves if leaf.name is None and not leaf.handle}
    sliced = any(ref.slice for leaf in leaves for ref in leaf.reads)
    return frozenset(named | {SLICE_STEM} if sliced else named)


def run_of(copies: Several[Node], chained: tuple[int, ...]) -> Run | None:
    """A run of these copies; `None` where what differs does not grow evenly."""
    whole = [copy for copy in copies if isinstance(copy, Leaf | Use)]
    try:
        name = along_names([copy.name for copy in whole])
        if isinstance(whole[0], Leaf) and any(
            isinstance(part, Affine) and part.letters for part in name or ()
        ):
            return None  # `a`, `b`, `c` tell layers apart, they do not count them
        args: Mapping[str, object] | tuple[object, ...] = _args_of(whole)
        along([same_key([copy.call, copy.words]) for copy in whole if isinstance(copy, Leaf)] or [None])
    except Different:
        return None
    if name is not None and not head_of(name):
        return None
    return Run(tuple(whole), args, name, chained)


def _args_of(copies: Several[Leaf | Use]) -> Mapping[str, object] | tuple[object, ...]:
    uses = [copy for copy in copies if isinstance(copy, Use)]
    if uses:
        return tuple(
            along(without_gaps([use.args[place] for use in uses])) for place in range(len(uses[0].args))
        )
    found = along([dict(copy.args) for copy in copies if isinstance(copy, Leaf)])
    assert isinstance(found, dict)
    return found
