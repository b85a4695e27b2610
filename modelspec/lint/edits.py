"""A change as edits of the text: no byte is touched but those that go, or come, at its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from modelspec.diagnostics import Place, Source
from modelspec.frozen import dataclass
from modelspec.lint.finding import Change, Edit, Remove, SetArgument
from modelspec.source.tree import Entry, Mapping, Node, Scalar
from modelspec.source.tree import Sequence as Listed


@dataclass(frozen=True, slots=True)
class _Found:
    """A key, the mapping it stands in, and the list that has the mapping as an item, or the key itself.

    Args:
        number: of the item in the list.
    """

    entry: Entry | None
    mapping: Mapping | None
    items: Listed | None
    number: int


def edits_of(change: Change, tree: Node) -> tuple[Edit, ...] | None:
    """The edits that make a change; `None` where the text is written so that they would touch more.

    Args:
        change: at a place of the tree's text.
        tree: of the text as it is, nothing merged into it.
    """
    match change:
        case Remove(key=key, whole_item=whole, section=section):
            found = next(_find(tree, key), None)
            if found is None:
                return None
            edit = _without_section(found, tree) if section else None
            if edit is None:
                edit = _without_item(found) if whole else _without_entry(found)
        case SetArgument(item=item, name=name, value=value):
            found = next(_find(tree, item), None)
            edit = None if found is None else _with_argument(found, name, value)
    return None if edit is None else (edit,)


def apply(edits: Iterable[Edit], text: str) -> str:
    """The text after the edits, which must not overlap."""
    for edit in sorted(edits, key=lambda edit: edit.place.start, reverse=True):
        text = text[: edit.place.start] + edit.text + text[edit.place.end :]
    return text


def overlap(one: Sequence[Edit], other: Sequence[Edit]) -> bool:
    """Whether two changes touch the same, or what is next to each other."""
    return any(a.place.start <= b.place.end and b.place.start <= a.place.end for a in one for b in other)


def _find(node: Node, key: Place, items: Listed | None = None, number: int = 0) -> Iterator[_Found]:
    match node:
        case Scalar(place=place) if place == key and items is not None:
            yield _Found(None, None, items, number)
        case Listed():
            for position, item in enumerate(node.items):
                yield from _find(item, key, node, position)
        case Mapping():
            for entry in node.entries:
                if entry.key.place == key:
                    yield _Found(entry, node, items, number)
                yield from _find(entry.value, key)
        case _:
            return


def _without_section(found: _Found, tree: Node) -> Edit | None:
    """The entry whose whole value is a mapping of one entry taken out; `None` where others remain in it."""
    if found.mapping is None or len(found.mapping.entries) > 1:
        return None
    key = _key_of(found.mapping, tree)
    holder = next(_find(tree, key), None) if key is not None else None
    return _without_entry(holder) if holder is not None else None


def _key_of(mapping: Mapping, node: Node) -> Place | None:
    """The place of the key that a mapping is the value of."""
    match node:
        case Listed(items=items):
            return next((key for item in items if (key := _key_of(mapping, item)) is not None), None)
        case Mapping(entries=entries):
            for entry in entries:
                key = entry.key.place if entry.value is mapping else _key_of(mapping, entry.value)
                if key is not None:
                    return key
    return None


def _without_entry(found: _Found) -> Edit | None:
    """An entry of a mapping taken out."""
    entry, mapping = found.entry, found.mapping
    if entry is None or mapping is None:
        return None
    spans = [(each.key.place.start, each.value.place.end) for each in mapping.entries]
    position = mapping.entries.index(entry)
    return _without(spans, position, mapping.place)


def _without_item(found: _Found) -> Edit | None:
    """An item of nothing but a class and its arguments taken out of its list, where others remain."""
    if found.items is None or len(found.items.items) < 2:
        return None
    if found.mapping is not None and len(found.mapping.entries) > 1:
        return None
    spans = [(item.place.start, item.place.end) for item in found.items.items]
    return _without(spans, found.number, found.items.place)


def _without(spans: Sequence[tuple[int, int]], position: int, around: Place) -> Edit | None:
    """One of the parts of a collection taken out.

    Args:
        spans: of all parts, in order.
        around: the collection.
    """
    source, (start, end) = around.source, spans[position]
    if source.text[around.start] in "[{":
        return _without_in_flow(spans, position, source)
    line_start = source.text.rfind("\n", 0, start) + 1
    line_end = source.text.find("\n", end)
    line_end = len(source.text) if line_end < 0 else line_end + 1
    before, after = source.text[line_start:start], source.text[end:line_end]
    inside = source.text[start:end]
    if before.strip(" -") or before.count("-") > 1 or after.strip() or "#" in inside or "&" in inside:
        return None
    if "-" in before and spans[position][0] == spans[0][0] and source.text[around.start] != "-":
        return None  # the first key of an item stands on the line of its dash
    return Edit(Place(source, line_start, line_end), "")


def _without_in_flow(spans: Sequence[tuple[int, int]], position: int, source: Source) -> Edit | None:
    start, end = spans[position]
    if position:
        start = spans[position - 1][1]
    elif len(spans) > 1:
        end = spans[1][0]
    gone = source.text[start:end]
    if any(letter in gone for letter in "#&*"):
        return None
    return Edit(Place(source, start, end), "")


def _with_argument(found: _Found, name: str, value: str) -> Edit | None:
    """An argument of an item written, over what stands there."""
    entry = found.entry
    if entry is None or not isinstance(entry.value, Mapping) or not entry.value.entries:
        return None
    arguments = entry.value
    given = arguments.entry(name)
    if given is not None:
        if not isinstance(given.value, Scalar) or "$" in given.value.text:
            return None
        return Edit(given.value.place, value)
    source, last = arguments.place.source, arguments.entries[-1]
    end = last.value.place.end
    if source.text[arguments.place.start] == "{":
        return Edit(Place(source, end, end), f", {name}: {value}")
    first = arguments.entries[0].key.place
    indentation = source.text[source.text.rfind("\n", 0, first.start) + 1 : first.start]
    line_end = source.text.find("\n", end)
    if indentation.strip() or line_end < 0 or source.text[end:line_end].strip():
        return None
    newline = "\r\n" if source.text[line_end - 1] == "\r" else "\n"
    at = line_end + 1 - len(newline)
    return Edit(Place(source, at, at), f"{newline}{indentation}{name}: {value}")
