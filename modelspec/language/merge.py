"""`extends`: one document's tree laid over another's.

Mappings merge deeply, a class key merges with the same class and replaces a different one, items
merge by written name, `use` lists join, other lists are replaced.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from modelspec.diagnostics import Place, Report, nearest
from modelspec.language.close import is_keras_dict
from modelspec.language.paths import item_name
from modelspec.language.words import ITEM_WORDS, is_class_key
from modelspec.source.tree import Entry, Mapping, Node, Scalar, Sequence

_PLACEMENT = ("after", "before")


@dataclass(slots=True)
class History:
    """Which place each overriding value took over from; what `explain` shows."""

    replaced: dict[Place, Place] = field(default_factory=dict)

    def chain(self, place: Place) -> tuple[Place, ...]:
        """The places whose values the one at `place` replaced, newest first."""
        chain: list[Place] = []
        while (place := self.replaced.get(place)) and place not in chain:  # type: ignore[assignment]
            chain.append(place)
        return tuple(chain)


def merge_documents(base: Mapping, over: Mapping, report: Report, history: History) -> Mapping:
    """`over` laid over `base`; a `null` in `over` takes a top-level section away."""
    merged = {entry.key.text: entry for entry in base.entries}
    for entry in over.entries:
        key = entry.key.text
        old = merged.get(key)
        if isinstance(entry.value, Scalar) and entry.value.value is None:
            merged.pop(key, None)
        elif old is None:
            merged[key] = _fresh_section(entry, report)
        elif key == "use":
            merged[key] = replace(entry, value=_joined(old.value, entry.value))
        elif key in ("blocks", "models"):
            merged[key] = replace(entry, value=_merge_bodies(old.value, entry.value, report, history))
        elif key == "layers":
            merged[key] = replace(entry, value=_merge_layers(old.value, entry.value, report, history))
        else:
            merged[key] = replace(entry, value=_merge(old.value, entry.value, history))
    return Mapping(tuple(merged.values()), over.place)


def settle_placement(document: Mapping, report: Report) -> Mapping:
    """A document that extends nothing, checked for words that only make sense over a base."""
    return Mapping(tuple(_fresh_section(entry, report) for entry in document.entries), document.place)


def _fresh_section(entry: Entry, report: Report) -> Entry:
    if entry.key.text == "layers" and isinstance(entry.value, Sequence):
        _refuse_placement(entry.value, report)
    if entry.key.text in ("blocks", "models") and isinstance(entry.value, Mapping):
        for body in entry.value.entries:
            if isinstance(body.value, Mapping):
                layers = body.value.get("layers")
                if isinstance(layers, Sequence):
                    _refuse_placement(layers, report)
    return entry


def _refuse_placement(layers: Sequence, report: Report) -> None:
    for item in layers.items:
        if isinstance(item, Mapping):
            for word in (*_PLACEMENT, "remove"):
                if entry := item.entry(word):
                    report.add(
                        "no-base",
                        f"`{word}` changes the items of a base, and there is none here",
                        entry.key.place,
                        help="write the items in the order you want, or name a base with `extends`",
                    )


def _merge(base: Node, over: Node, history: History) -> Node:
    if isinstance(base, Mapping) and isinstance(over, Mapping) and _same_kind(base, over):
        merged = {entry.key.text: entry for entry in base.entries}
        for entry in over.entries:
            old = merged.get(entry.key.text)
            value = _merge(old.value, entry.value, history) if old else entry.value
            merged[entry.key.text] = replace(entry, value=value)
        return Mapping(tuple(merged.values()), over.place)
    history.replaced.setdefault(over.place, base.place)
    return over


def _same_kind(base: Mapping, over: Mapping) -> bool:
    """Whether two mappings merge: both plain, or both objects of one class; Keras dicts never do."""
    if is_keras_dict(base) or is_keras_dict(over):
        return False
    return _class_of(base) == _class_of(over)


def _class_of(node: Mapping) -> str | None:
    if len(node.entries) == 1 and is_class_key(node.entries[0].key.text):
        return node.entries[0].key.text
    return None


def _joined(base: Node, over: Node) -> Node:
    first, second = (node.items if isinstance(node, Sequence) else (node,) for node in (base, over))
    seen: dict[str, Node] = {}
    for node in (*first, *second):
        seen.setdefault(node.text if isinstance(node, Scalar) else f"{node.place}", node)
    return Sequence(tuple(seen.values()), over.place)


def _merge_bodies(base: Node, over: Node, report: Report, history: History) -> Node:
    if not (isinstance(base, Mapping) and isinstance(over, Mapping)):
        return over
    merged = {entry.key.text: entry for entry in base.entries}
    for entry in over.entries:
        old = merged.get(entry.key.text)
        if old is None:
            merged[entry.key.text] = entry
            if isinstance(entry.value, Mapping) and isinstance(entry.value.get("layers"), Sequence):
                _refuse_placement(entry.value.get("layers"), report)  # type: ignore[arg-type]
        elif isinstance(entry.value, Scalar) and entry.value.value is None:
            merged.pop(entry.key.text)
        else:
            merged[entry.key.text] = replace(
                entry, value=_merge_body(old.value, entry.value, report, history)
            )
    return Mapping(tuple(merged.values()), over.place)


def _merge_body(base: Node, over: Node, report: Report, history: History) -> Node:
    if not (isinstance(base, Mapping) and isinstance(over, Mapping)):
        return over
    merged = {entry.key.text: entry for entry in base.entries}
    for entry in over.entries:
        key = entry.key.text
        old = merged.get(key)
        if old is None:
            merged[key] = entry
        elif key == "layers":
            merged[key] = replace(entry, value=_merge_layers(old.value, entry.value, report, history))
        else:
            merged[key] = replace(entry, value=_merge(old.value, entry.value, history))
    return Mapping(tuple(merged.values()), over.place)


def _merge_layers(base: Node, over: Node, report: Report, history: History) -> Node:
    if not (isinstance(base, Sequence) and isinstance(over, Sequence)):
        return over
    items: list[Node] = list(base.items)
    anchors: dict[int, int] = {}  # id of an anchor item -> how many items already stand after it
    for item in over.items:
        if isinstance(item, Mapping) and item.entry("remove"):
            _remove(items, item, report)
            continue
        name = item_name(item)
        position = _find(items, name) if name else None
        if position is not None:
            items[position] = _merge_item(items[position], item, history)
            if isinstance(item, Mapping) and any(item.entry(word) for word in _PLACEMENT):
                moved = items.pop(position)
                _insert(items, item, moved, anchors, report)
        else:
            _insert(items, item, _without(item, _PLACEMENT), anchors, report)
    return Sequence(tuple(items), over.place)


def _merge_item(base: Node, over: Node, history: History) -> Node:
    if not isinstance(over, Mapping) or not isinstance(base, Mapping):
        return over
    old_key, new_key = _item_key(base), _item_key(over)
    kept = [
        entry
        for entry in base.entries
        if entry.key.text in ITEM_WORDS or new_key is None or not _is_key_entry(entry)
    ]
    merged = {entry.key.text: entry for entry in kept}
    for entry in over.entries:
        text = entry.key.text
        if text in _PLACEMENT:
            continue
        if new_key is not None and text == new_key and text == old_key:
            old = base.entry(text)
            assert old is not None
            value = _merge_arguments(old.value, entry.value, history)
            merged[text] = replace(entry, value=value)
        elif text in ITEM_WORDS and (old := base.entry(text)):
            merged[text] = replace(entry, value=_merge(old.value, entry.value, history))
        else:
            merged[text] = entry
    return Mapping(tuple(merged.values()), over.place)


def _merge_arguments(base: Node, over: Node, history: History) -> Node:
    if isinstance(over, Scalar) and over.value is None:
        return base
    if isinstance(base, Scalar) and base.value is None:
        return over
    return _merge(base, over, history)


def _is_key_entry(entry: Entry) -> bool:
    return entry.key.text not in ITEM_WORDS


def _item_key(item: Mapping) -> str | None:
    keys = [entry.key.text for entry in item.entries if _is_key_entry(entry)]
    return keys[0] if keys else None


def _find(items: list[Node], name: str) -> int | None:
    for position, item in enumerate(items):
        if item_name(item) == name:
            return position
    return None


def _insert(items: list[Node], written: Node, item: Node, anchors: dict[int, int], report: Report) -> None:
    target = next(
        (
            (word, node)
            for word in _PLACEMENT
            if isinstance(written, Mapping) and isinstance(node := written.get(word), Scalar)
        ),
        None,
    )
    item = _without(item, _PLACEMENT)
    if target is None:
        items.append(item)
        return
    word, node = target
    position = _find(items, node.text)
    if position is None:
        _report_missing(items, node, report)
        return
    if word == "before":
        items.insert(position, item)
        return
    anchor = id(items[position])
    anchors[anchor] = anchors.get(anchor, 0) + 1
    items.insert(position + anchors[anchor], item)


def _remove(items: list[Node], item: Mapping, report: Report) -> None:
    value = item.get("remove")
    names = value.items if isinstance(value, Sequence) else (value,)
    for entry in item.entries:
        if entry.key.text != "remove":
            report.add(
                "unknown-word",
                f"`{entry.key.text}` cannot stand beside `remove`",
                entry.key.place,
                help="give `remove` an item of its own",
            )
    for name in names:
        if not isinstance(name, Scalar):
            report.add(
                "bad-name",
                "`remove` takes the names of items",
                item.place,
                help="for example `remove: [head]`",
            )
            continue
        position = _find(items, name.text)
        if position is None:
            _report_missing(items, name, report)
        else:
            items.pop(position)


def _report_missing(items: list[Node], name: Scalar, report: Report) -> None:
    names = [found for item in items if (found := item_name(item))]
    near = nearest(name.text, names)
    report.add(
        "unknown-item",
        f"no item of the base is named `{name.text}`",
        name.place,
        help=f"did you mean `{near}`?"
        if near
        else "an item without a name cannot be touched: name it in the base",
    )


def _without(item: Node, words: tuple[str, ...]) -> Node:
    if not isinstance(item, Mapping) or not any(item.entry(word) for word in words):
        return item
    return replace(item, entries=tuple(entry for entry in item.entries if entry.key.text not in words))
