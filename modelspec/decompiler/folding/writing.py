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
    Given,
    Growing,
    Listing,
    Missing,
    Pattern,
    Table,
    Test,
    Text,
    same_key,
)
from modelspec.decompiler.folding.plan import Plan, inner_first, uses_of
from modelspec.decompiler.folding.progressions import ALPHABET
from modelspec.decompiler.folding.titles import Titles, column_names, titles_of
from modelspec.decompiler.folding.values import Column, Constant, Feed, Leaf, Ref, Sequence
from modelspec.decompiler.folding.vocabulary import Vocabulary
from modelspec.decompiler.naming import Counter
from modelspec.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Pen:
    """What is needed to write items.

    Args:
        titles: what blocks, parameters and inputs are called, and what a parameter is by default.
        scoped: whether names are joined to that of the block around.
        params: what the parameters are called here.
        columns: what the columns of the item are called that is written.
        inputs: the names of the inputs around.
    """

    vocabulary: Vocabulary
    titles: Titles
    blocks: Mapping[int, Block]
    inputs: tuple[str, ...]
    params: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    scoped: bool = False
    chain: bool = False


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
    pen = Pen(vocabulary, titles, blocks, title.inputs, title.params, scoped=block.scoped)
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
    for place, slot in enumerate(slots):
        item = _item(place, slot, handles, pen)
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
        return _name_text(slot.name, pen)
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
    return _name_text(Text(tuple(_last(part, slot.count, pen) for part in slot.name.parts)), pen)


def _last(part: Pattern, count: Pattern, pen: Pen) -> Pattern:
    if not isinstance(part, Growing):
        return part
    if isinstance(count, Const) and isinstance(part.base, Const):
        number = part.base.value + part.step * (count.value - 1)  # type: ignore[operator]
        return Const(ALPHABET[number] if part.letters else number)
    copies = _value(count, pen)
    last = f"({str(copies).removeprefix('$')} - 1)"
    text = _grown(part.base, part.step, pen, letters=part.letters)
    return Const(text.replace("$i", f"${last}") if text == "$i" else re.sub(r"\bi\b", last, text))


def _stem(slot: Slot, pen: Pen) -> str:
    if isinstance(slot.key, int):
        return pen.titles.blocks[slot.key].name
    if isinstance(slot.sample, Leaf) and slot.sample.handle:
        return slot.key
    return pen.vocabulary.stem(slot.key)


def _item(place: int, slot: Slot, handles: Several[str], pen: Pen) -> dict[str, object]:
    sample = slot.sample
    if slot.rows:
        pen = replace(pen, columns=column_names(slot, pen.titles, pen.params))
    item: dict[str, object]
    if isinstance(sample, Leaf) and sample.solid:
        assert isinstance(sample.item, dict)
        item = {key: value for key, value in sample.item.items() if key not in ("from", "call")}
        if isinstance(slot.key, str) and slot.name is not None:
            item["name"] = _name_text(slot.name, pen)
    else:
        item = {_key(slot, pen): _arguments(slot, pen) or None}
        name = _written_name(slot, pen)
        if name is not None:
            item["name"] = name
        words = _value(slot.words, pen)
        assert isinstance(words, dict)
        item |= words
    feed, calls = _fed(place, slot, handles, pen)
    if feed is not None and not pen.chain:
        item["from"] = feed
    call = _value(slot.call, pen)
    assert isinstance(call, dict)
    if call or calls:
        item["call"] = {**call, **calls}
    if slot.rows:
        item["each"] = {name: list(values) for name, (_, values) in zip(pen.columns, slot.rows, strict=True)}
    elif slot.count is not None:
        item["repeat"] = _value(slot.count, pen)
    if slot.when is not None:
        item["when"] = _value(slot.when, pen)
    return item


def _key(slot: Slot, pen: Pen) -> str:
    return pen.titles.blocks[slot.key].name if isinstance(slot.key, int) else slot.key


def _arguments(slot: Slot, pen: Pen) -> dict[str, object]:
    assert isinstance(slot.args, Table)
    if not isinstance(slot.key, int):
        found = _value(slot.args, pen)
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
        written[name] = _value(pattern, pen)
    return written


def _written_name(slot: Slot, pen: Pen) -> str | None:
    if slot.name is not None:
        return _name_text(slot.name, pen)
    named = isinstance(slot.key, int) or (isinstance(slot.sample, Leaf) and slot.sample.handle)
    return "/" if pen.scoped and not named else None


def _name_text(name: Pattern | None, pen: Pen) -> str | None:
    if name is None:
        return None
    assert isinstance(name, Text)
    texts = [_embedded(part, pen) for part in name.parts]
    whole = ""
    for place, text in enumerate(texts):
        following = texts[place + 1] if place + 1 < len(texts) else ""
        if (
            text.startswith("$")
            and not text.startswith("$(")
            and (following[:1].isalnum() or following[:1] == "_")
        ):
            text = f"${{{text[1:]}}}"
        whole += text
    return whole


def _embedded(part: Pattern, pen: Pen) -> str:
    match part:
        case Const(value=Column(number=number)):
            return f"${pen.columns[number]}"
        case Const(value=value):
            return str(value)
        case Growing(base=base, step=step, letters=letters):
            return _grown(base, step, pen, letters=letters)
        case _:
            return str(_value(part, pen))


def _grown(base: Pattern, step: int, pen: Pen, *, letters: bool = False) -> str:
    count = "i" if step == 1 else f"i * {step}"
    match base:
        case Const(value=int(number)):
            text = count if number == 0 else f"{count} + {number}" if number > 0 else f"{count} - {-number}"
        case Given():
            text = f"{count} + {_given(base, pen)}"
        case _:
            raise TypeError(type(base).__name__)
    if letters:
        return f'$("{ALPHABET}"[{text}])'
    return f"${text}" if text == "i" else f"$({text})"


def _given(given: Given, pen: Pen) -> str:
    name = pen.params[given.number]
    if given.test is not None:
        return _tested(name, given.test)
    if given.negated:
        return f"not {name}"
    if given.factor != 1:
        return f"{name} * {given.factor}"
    if given.offset:
        return f"{name} + {given.offset}" if given.offset > 0 else f"{name} - {-given.offset}"
    return name


def _tested(name: str, test: Test) -> str:
    asked = name if test.value is True else f"{name} == {test.value}"
    if test.yes is True:
        return asked
    if test.yes is False:
        return f"not {name}" if test.value is True else f"{name} != {test.value}"
    return f"'{test.yes}' if {asked} else '{test.no}'"


def _value(pattern: Pattern, pen: Pen) -> object:
    match pattern:
        case Const(value=Column(number=number)):
            return f"${pen.columns[number]}"
        case Const(value=value):
            return _with_columns(value, pen)
        case Table(items=items):
            return {key: _value(item, pen) for key, item in items}
        case Listing(items=several):
            return [_value(item, pen) for item in several]
        case Growing(base=base, step=step):
            return _grown(base, step, pen)
        case Given():
            text = _given(pattern, pen)
            return f"${text}" if text.isidentifier() else f"$({text})"
        case _:
            raise TypeError(type(pattern).__name__)


def _with_columns(value: object, pen: Pen) -> object:
    match value:
        case Column(number=number):
            return f"${pen.columns[number]}"
        case dict() if pen.columns:
            return {key: _with_columns(item, pen) for key, item in value.items()}
        case _:
            return value


def _fed(place: int, slot: Slot, handles: Several[str], pen: Pen) -> tuple[object, dict[str, object]]:
    """`from`, `None` where it is what an item reads that says nothing; and the tensors under `call`."""
    feed = slot.feed
    calls: dict[str, object] = {}
    if isinstance(feed, dict) and "" in feed:
        calls = {
            key: {"from": _references(value, handles, pen.inputs, place)}
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
    return _references(feed, handles, pen.inputs, place), calls


def _references(feed: Feed, handles: Several[str], inputs: tuple[str, ...], place: int | None) -> object:
    match feed:
        case Ref(source=int(source), path=path, slice=cut):
            if source < 0:
                return inputs[-1 - source] + path + cut
            name = "prev" if place is not None and source == place - 1 and not cut else handles[source]
            if not name:
                raise Different  # nobody knows what it is called
            return name + path + cut
        case Constant(value=value):
            return {"value": value}
        case dict():
            return {key: _references(item, handles, inputs, place) for key, item in feed.items()}
        case list():
            return [_references(item, handles, inputs, place) for item in feed]
        case _:
            raise TypeError(type(feed).__name__)
