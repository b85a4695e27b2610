"""What a block's items are, made by comparing its uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from modelspec.decompiler.folding.names import below
from modelspec.decompiler.folding.parameters import Param, parameterise
from modelspec.decompiler.folding.patterns import (
    MISSING,
    Const,
    Different,
    Hole,
    Missing,
    Pattern,
    Table,
    filled,
    holes_in,
    unify,
    unify_names,
)
from modelspec.decompiler.folding.values import Feed, Leaf, Node, Parts, Ref, Run, Use
from modelspec.decompiler.folding.vocabulary import Vocabulary
from modelspec.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Slot:
    """One item of a body, or of a model.

    Args:
        key: a class, operation or model; the number of a block.
        args: below the key, of a block by the number of the parameter.
        feed: with the position of the slot that gives a tensor as its source, `-1` and down for the inputs.
        name: `None` for an automatic one.
        count: of copies; `None` where there is one.
        chained: the positions in `feed` that are the copy before.
        rows: the columns of `each`.
        when: whether it is there.
        sample: a node that it stands for.
    """

    key: str | int
    args: Pattern
    call: Pattern
    words: Pattern
    feed: Feed
    name: Pattern | None
    count: Pattern | None
    chained: tuple[int, ...]
    rows: tuple[tuple[tuple[str, ...], tuple[object, ...]], ...]
    when: Pattern | None
    sample: Node

    @property
    def patterns(self) -> tuple[Pattern | None, ...]:
        """All that may hold parameters."""
        return (self.args, self.call, self.words, self.name, self.count, self.when)


@dataclass(frozen=True, slots=True)
class Block:
    """A block.

    Args:
        scoped: whether the names inside are joined to that of the use.
        inputs: how many there are.
        slots: its items.
        params: its parameters with their values in each use, in the order of the uses.
    """

    scoped: bool
    inputs: int
    slots: tuple[Slot, ...]
    params: tuple[Param, ...]


@dataclass(frozen=True, slots=True)
class Instance:
    """What one use of a block stands for.

    Args:
        nodes: for each slot; `None` where it is absent.
        reads: what the inputs are given.
        name: the names inside are joined to; empty without a scope.
    """

    nodes: tuple[Node | None, ...]
    reads: tuple[Ref, ...]
    name: str = ""

    @property
    def out(self) -> int:
        """The leaf whose output it gives."""
        return next(node.out for node in reversed(self.nodes) if node is not None)


def derive(
    instances: Sequence[Instance], vocabulary: Vocabulary, *, feeds: Sequence[Feed] | None = None
) -> Block:
    """The block of which these are the uses.

    Args:
        feeds: what each slot reads, where the uses do not all have it.

    Raises:
        Different: they are no uses of one block.
    """
    width = len(instances[0].nodes)
    slots = []
    for place in range(width):
        column = [instance.nodes[place] for instance in instances]
        feed = feeds[place] if feeds is not None else _feed_of(instances, place)
        slots.append(_slot(place, column, instances, feed, vocabulary))
    holes = [hole for slot in slots for pattern in slot.patterns for hole in holes_in(pattern)]
    params, put = parameterise(holes)
    given = iter(put)
    return Block(
        scoped=bool(instances[0].name),
        inputs=len(instances[0].reads),
        slots=tuple(_filled(slot, given) for slot in slots),
        params=params,
    )


def _filled(slot: Slot, given: Iterator[Pattern]) -> Slot:
    args, call, words, name, count, when = (
        filled(pattern, given) if pattern is not None else None for pattern in slot.patterns
    )
    assert args is not None
    assert call is not None
    assert words is not None
    return Slot(
        slot.key, args, call, words, slot.feed, name, count, slot.chained, slot.rows, when, slot.sample
    )


def _feed_of(instances: Sequence[Instance], place: int) -> Feed:
    instance = next(one for one in instances if one.nodes[place] is not None)
    node = instance.nodes[place]
    assert node is not None
    return inner_feed(feed_of(node), instance)


def feed_of(node: Node) -> Feed:
    """What a node reads, as a structure: that of a leaf, the inputs of a block in order."""
    match node:
        case Leaf(feed=feed):
            return feed
        case Use(reads=reads):
            return list(reads)
        case Run(copies=copies):
            return feed_of(copies[0])


def inner_feed(feed: Feed, instance: Instance) -> Feed:
    """The same with positions in the body as sources."""
    where: dict[tuple[int | str, str], int] = {
        (ref.source, ref.path): -1 - number for number, ref in enumerate(instance.reads)
    }
    slots = {node.out: place for place, node in enumerate(instance.nodes) if node is not None}
    return map_refs(feed, lambda ref: _inner(ref, where, slots))


def _inner(ref: Ref, where: Mapping[tuple[int | str, str], int], slots: Mapping[int, int]) -> Ref:
    if isinstance(ref.source, int) and ref.source in slots:
        return Ref(slots[ref.source], ref.path, ref.slice)
    return Ref(where[ref.source, ref.path], "", ref.slice)


def map_refs(feed: Feed, change) -> Feed:  # type: ignore[no-untyped-def]
    """A structure with every reference changed."""
    match feed:
        case Ref():
            return change(feed)
        case dict():
            return {key: map_refs(item, change) for key, item in feed.items()}
        case list() | tuple():
            return [map_refs(item, change) for item in feed]
        case _:
            return feed


def slot_of(node: Node, feed: Feed, vocabulary: Vocabulary) -> Slot:
    """The item of a node that stands outside every block."""
    slot = _slot(0, [node], [Instance((node,), ())], feed, vocabulary)
    if isinstance(node, Leaf) and node.handle:
        return replace(slot, name=unify_names([node.name], "0"))
    return slot


def _slot(
    place: int,
    column: Sequence[Node | None],
    instances: Sequence[Instance],
    feed: Feed,
    vocabulary: Vocabulary,
) -> Slot:
    at = str(place)
    sample = next(node for node in column if node is not None)
    units = [_unit(node) if node is not None else None for node in column]
    unit = _unit(sample)
    names = [
        MISSING if node is None else _inner_name(node, instance.name)
        for node, instance in zip(column, instances, strict=True)
    ]
    if len({(tuple(one.words), tuple(one.call)) for one in units if isinstance(one, Leaf)}) > 1:
        raise Different
    count: Pattern | None = None
    if isinstance(sample, Run):
        counts = [len(node.copies) if isinstance(node, Run) else MISSING for node in column]
        count = unify(counts, (at, "n"))
        if sample.name is None and not isinstance(count, Const):
            raise Different  # what automatic names come to behind it nobody could say
    present = tuple(node is not None for node in column)
    when = None if all(present) else Hole(present, (at, "when"))
    return Slot(
        key=unit.block if isinstance(unit, Use) else unit.key,
        args=_args(at, column, vocabulary),
        call=unify([one.call if isinstance(one, Leaf) else MISSING for one in units], (at,))
        if isinstance(unit, Leaf)
        else Const({}),
        words=unify([one.words if isinstance(one, Leaf) else MISSING for one in units], (at,))
        if isinstance(unit, Leaf)
        else Const({}),
        feed=feed,
        name=unify_names(names, at),
        count=count,
        chained=sample.chained if isinstance(sample, Run) else (),
        rows=sample.rows if isinstance(sample, Run) else (),
        when=when,
        sample=sample,
    )


def _unit(node: Node) -> Leaf | Use:
    return node.copies[0] if isinstance(node, Run) else node


def _inner_name(node: Node, prefix: str) -> Parts | None:
    if isinstance(node, Leaf) and node.handle:
        return None
    if not prefix or node.name is None:
        return node.name
    found = below(node.name, prefix)
    if found is None:
        raise Different
    return found


def _args(at: str, column: Sequence[Node | None], vocabulary: Vocabulary) -> Pattern:
    """The arguments; what some uses leave out is written with its usual value where others need it."""
    sample = next(node for node in column if node is not None)
    unit = _unit(sample)
    given = [MISSING if node is None else args_of(node) for node in column]
    if isinstance(unit, Use):
        several = [
            {str(number): item for number, item in enumerate(value)} if isinstance(value, tuple) else MISSING
            for value in given
        ]
        width = len(unit.args)
        return Table(
            tuple(
                (
                    str(number),
                    unify(
                        [_at(value, str(number)) for value in several],
                        (at, "use", str(unit.block), str(number), unit.words[number]),
                    ),
                )
                for number in range(width)
            )
        )
    keys = dict.fromkeys(key for value in given if isinstance(value, dict) for key in value)
    items = []
    for key in ordered(tuple(keys), unit.key, vocabulary):
        values = []
        for value in given:
            if isinstance(value, dict) and key not in value:
                usual = vocabulary.usual(unit.key, key)
                if usual is None:
                    raise Different
                values.append(usual.value)
            else:
                values.append(_at(value, key))
        items.append((key, unify(values, (at, unit.key, key))))
    return Table(tuple(items))


def ordered(keys: tuple[str, ...], cls: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    """Arguments in the order of the constructor."""
    order = vocabulary.order(cls)
    return tuple(sorted(keys, key=lambda key: order.get(key, len(order))))


def _at(value: object, key: str) -> object:
    if isinstance(value, Missing):
        return MISSING
    assert isinstance(value, dict)
    item = value[key]
    return item


def args_of(node: Node) -> object:
    """The arguments of a node: a mapping, or a value for each parameter of a block."""
    return node.args


def words_of(block: Block) -> tuple[str, ...]:
    """What each parameter is the value of."""
    return tuple(param.word for param in block.params)


def args_at(block: Block, use: int) -> tuple[object, ...]:
    """What one use gives for each parameter."""
    return tuple(param.values[use] for param in block.params)
