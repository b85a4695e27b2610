"""A folded document as sections again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from collections.abc import Sequence as Several
from dataclasses import replace

from modelspec.decompiler.folding.blocks import Block, Slot, feed_of, map_refs, slot_of
from modelspec.decompiler.folding.patterns import (
    Const,
    Different,
    Growing,
    Missing,
    Pattern,
    Table,
    Text,
    same_key,
)
from modelspec.decompiler.folding.phrasing import Pen, grown, name_text, phrased
from modelspec.decompiler.folding.plan import Plan, inner_first, uses_of
from modelspec.decompiler.folding.progressions import ALPHABET
from modelspec.decompiler.folding.titles import Titles, column_names, titles_of
from modelspec.decompiler.folding.values import Column, Constant, Feed, Leaf, Ref, Sequence
from modelspec.decompiler.folding.vocabulary import Vocabulary
from modelspec.decompiler.naming import Counter
from modelspec.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Written:
    """The folded parts of a document.

    Args:
        blocks: their declarations by name.
        bodies: the items and the outputs of each model by its key.
    """

    blocks: Mapping[str, dict[str, object]]
    bodies: Mapping[str, tuple[list[object], object]]


def written(plan: Plan, vocabulary: Vocabulary, taken: Iterable[str]) -> Written:
    """A plan as data; raises `Different` where it cannot be said.

    Args:
        taken: what no block may be called.
    """
    outside = [
        slot_of(node, feed_of(node), vocabulary) for sequence in plan.sequences for node in sequence.nodes
    ]
    order = inner_first(plan.blocks)
    titles = titles_of(plan.blocks, order, uses_of(plan), outside, taken)
    blocks = {
        titles.blocks[number].name: write_block(number, vocabulary, titles, plan.blocks) for number in order
    }
    bodies = {}
    for sequence in plan.sequences:
        pen = Pen(vocabulary, titles, plan.blocks, sequence.inputs, chain=sequence.chain)
        bodies[sequence.key] = write_sequence(sequence, pen)
    return Written(blocks, bodies)


def write_block(
    number: int, vocabulary: Vocabulary, titles: Titles, blocks: Mapping[int, Block]
) -> dict[str, object]:
    """A block's declaration."""
    block = blocks[number]
    found: dict[str, object] = {}
    if not block.scoped:
        found["scope"] = "root"
    title = titles.blocks[number]
    if title.params:
        found["params"] = {
            name: {"type": declared.type} if declared.required else declared.default
            for name, declared in ((title.params[place], title.declared[place]) for place in title.order)
        }
    if block.inputs > 1:
        found["inputs"] = list(title.inputs)
    pen = Pen(vocabulary, titles, blocks, title.inputs, title.params, inside=True, scoped=block.scoped)
    found["layers"] = _items(block.slots, pen)[0]
    return found


def write_sequence(sequence: Sequence, pen: Pen) -> tuple[list[object], object]:
    """The items of a model, and its outputs where they are not those of the last item."""
    where: dict[int | str, int] = {name: -1 - place for place, name in enumerate(sequence.inputs)}
    where |= {node.out: place for place, node in enumerate(sequence.nodes)}

    def placed(ref: Ref) -> Ref:
        return Ref(where[ref.source], ref.path, ref.slice)

    slots = [slot_of(node, map_refs(feed_of(node), placed), pen.vocabulary) for node in sequence.nodes]
    targets = {
        place: where[node.target]
        for place, node in enumerate(sequence.nodes)
        if isinstance(node, Leaf) and node.target is not None
    }
    items, handles = _items(slots, pen, targets)
    outputs = map_refs(sequence.outputs, placed)
    if outputs == Ref(len(slots) - 1):
        return items, None
    return items, _references(outputs, handles, pen.inputs, None)


def _items(
    slots: Several[Slot], pen: Pen, targets: Mapping[int, int] | None = None
) -> tuple[list[object], list[str]]:
    handles = _handles(slots, pen)
    items: list[object] = []
    for place in range(len(slots)):
        item = _item(place, slots, handles, pen)
        if targets and place in targets:
            target = targets[place]
            item["reuse"] = pen.inputs[-1 - target] if target < 0 else handles[target]
        if len(item) == 1:
            ((key, value),) = item.items()
            items.append(key if value is None else item)
        else:
            items.append(item)
    return items, handles


def _handles(slots: Several[Slot], pen: Pen) -> list[str]:
    """What each item is called where it stands, of copies the last; see `graph.names.local_names`."""
    written = [_last_name(slot, pen) for slot in slots]
    counter = Counter({*pen.inputs, *(name for name in written if name is not None)})
    found: list[str] = []
    unsure: set[str] = set()
    for slot, name in zip(slots, written, strict=True):
        if name is None:
            stem = _stem(slot, pen)
            if slot.when is not None:
                unsure.add(stem)  # one that is absent is not counted
            for _ in range(_copies(slot)):
                name = counter.next(stem)
            name = "" if stem in unsure else name
        assert name is not None
        found.append(name)
    return found


def _copies(slot: Slot) -> int:
    return slot.count.value if isinstance(slot.count, Const) and isinstance(slot.count.value, int) else 1


def _last_name(slot: Slot, pen: Pen) -> str | None:
    """The name of an item's last copy."""
    if slot.name is None or slot.count is None:
        return name_text(slot.name, pen)
    assert isinstance(slot.name, Text)
    if slot.rows:
        columns = tuple(str(values[-1]) for _, values in slot.rows)
        parts = tuple(
            Const(columns[part.value.number])
            if isinstance(part, Const) and isinstance(part.value, Column)
            else part
            for part in slot.name.parts
        )
        return _last_name(replace(slot, name=Text(parts), rows=()), pen)
    return name_text(Text(tuple(_last(part, slot.count, pen) for part in slot.name.parts)), pen)


def _last(part: Pattern, count: Pattern, pen: Pen) -> Pattern:
    if not isinstance(part, Growing):
        return part
    if isinstance(count, Const) and isinstance(part.base, Const):
        number = part.base.value + part.step * (count.value - 1)  # type: ignore[operator]
        return Const(ALPHABET[number] if part.letters else number)
    copies = phrased(count, pen)
    last = f"({str(copies).removeprefix('$')} - 1)"
    text = grown(part.base, part.step, pen, letters=part.letters)
    return Const(text.replace("$i", f"${last}") if text == "$i" else re.sub(r"\bi\b", last, text))


def _stem(slot: Slot, pen: Pen) -> str:
    if isinstance(slot.key, int):
        return pen.titles.blocks[slot.key].name
    if isinstance(slot.sample, Leaf) and slot.sample.handle:
        return slot.key
    return pen.vocabulary.stem(slot.key)


def _item(place: int, slots: Several[Slot], handles: Several[str], pen: Pen) -> dict[str, object]:
    slot = slots[place]
    sample = slot.sample
    if slot.rows:
        pen = replace(pen, columns=column_names(slot, pen.titles, pen.params))
    item: dict[str, object]
    if isinstance(sample, Leaf) and sample.solid:
        assert isinstance(sample.item, dict)
        item = {key: value for key, value in sample.item.items() if key not in ("from", "call")}
    else:
        item = {_key(slot, pen): _arguments(slot, pen) or None}
        name = _written_name(slot, pen)
        if name is not None:
            item["name"] = name
        words = phrased(slot.words, pen)
        assert isinstance(words, dict)
        item |= words
    feed, calls = _fed(place, slots, handles, pen)
    if feed is not None and not pen.chain:
        item["from"] = feed
    call = phrased(slot.call, pen)
    assert isinstance(call, dict)
    if call or calls:
        item["call"] = {**call, **calls}
    if slot.rows:
        item["each"] = {name: list(values) for name, (_, values) in zip(pen.columns, slot.rows, strict=True)}
    elif slot.count is not None:
        item["repeat"] = phrased(slot.count, pen)
    if slot.when is not None:
        item["when"] = phrased(slot.when, pen)
    return item


def _key(slot: Slot, pen: Pen) -> str:
    return pen.titles.blocks[slot.key].name if isinstance(slot.key, int) else slot.key


def _arguments(slot: Slot, pen: Pen) -> dict[str, object]:
    assert isinstance(slot.args, Table)
    if not isinstance(slot.key, int):
        found = phrased(slot.args, pen)
        assert isinstance(found, dict)
        return found
    title = pen.titles.blocks[slot.key]
    written = {}
    for place in title.order:
        (_, pattern), name, declared = slot.args.items[place], title.params[place], title.declared[place]
        if isinstance(pattern, Const):
            if isinstance(pattern.value, Missing):
                continue
            if not declared.required and same_key(pattern.value) == same_key(declared.default):
                continue
        written[name] = phrased(pattern, pen)
    return written


def _written_name(slot: Slot, pen: Pen) -> str | None:
    if slot.name is not None:
        return name_text(slot.name, pen)
    named = isinstance(slot.key, int) or (isinstance(slot.sample, Leaf) and slot.sample.handle)
    return "/" if pen.scoped and not named else None


def _fed(
    place: int, slots: Several[Slot], handles: Several[str], pen: Pen
) -> tuple[object, dict[str, object]]:
    """`from`, `None` where it is what an item reads that says nothing; and the tensors under `call`."""
    slot = slots[place]
    feed = slot.feed
    above = place - 1 if place and (pen.inside or slot.count is not None) else None
    calls: dict[str, object] = {}
    if isinstance(feed, dict) and "" in feed:
        calls = {
            key: {"from": _references(value, handles, pen.inputs, above)}
            for key, value in feed.items()
            if key
        }
        feed = feed[""]
    default = Ref(place - 1) if place else Ref(-1) if len(pen.inputs) == 1 else None
    if isinstance(slot.key, int):
        assert isinstance(feed, list)
        if len(feed) > 1:
            names = pen.titles.blocks[slot.key].inputs
            feed = dict(zip(names, feed, strict=True))
        else:
            (feed,) = feed
    if feed == default:
        return None, calls
    return _references(feed, handles, pen.inputs, above), calls


def _references(feed: Feed, handles: Several[str], inputs: tuple[str, ...], above: int | None) -> object:
    match feed:
        case Ref(source=int(source), path=path, slice=cut):
            if source < 0:
                return inputs[-1 - source] + path + cut
            name = "prev" if source == above and not cut else handles[source]
            if not name:
                raise Different  # nobody knows what it is called
            return name + path + cut
        case Constant(value=value):
            return {"value": value}
        case dict():
            return {key: _references(item, handles, inputs, above) for key, item in feed.items()}
        case list():
            return [_references(item, handles, inputs, above) for item in feed]
        case _:
            raise TypeError(type(feed).__name__)
