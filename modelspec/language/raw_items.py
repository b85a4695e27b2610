"""Items of `layers` taken apart: one key and its words, nothing evaluated yet."""

from __future__ import annotations

from collections.abc import Mapping as MappingOf

from modelspec.diagnostics import Place, Report, nearest
from modelspec.frozen import dataclass
from modelspec.language.words import ITEM_WORDS, VERBATIM_KEYS, is_class_key, is_op_key
from modelspec.source.tree import Entry, Mapping, Node, Scalar, Sequence


@dataclass(frozen=True, slots=True)
class RawItem:
    """One item as written.

    Args:
        key: its class, op, block, model or variable key, with the arguments; `None` for `reuse`.
        verbatim: the entries of a Keras dict; `None` for every other item.
        words: the language's words by name.
    """

    key: Entry | None
    verbatim: Mapping | None
    words: MappingOf[str, Entry]
    place: Place

    def word(self, name: str) -> Node | None:
        """The value of a word, or `None` where it is not written."""
        entry = self.words.get(name)
        return entry.value if entry else None


def read_items(node: Node, local: frozenset[str], report: Report) -> tuple[RawItem, ...]:
    """The items of a list.

    Args:
        local: the keys of the document's blocks and models.
    """
    if not isinstance(node, Sequence):
        report.add(
            "wrong-kind",
            "`layers` is a list of items",
            node.place,
            help="start each item with `- `",
        )
        return ()
    items = (_read_item(item, local, report) for item in node.items)
    return tuple(item for item in items if item is not None)


def _read_item(node: Node, local: frozenset[str], report: Report) -> RawItem | None:
    match node:
        case Scalar(value=str()):
            empty = Scalar(None, "", Place(node.place.source, node.place.end, node.place.end))
            return RawItem(Entry(node, empty), None, {}, node.place)
        case Mapping():
            return _read_mapping(node, local, report)
        case _:
            report.add(
                "bad-item",
                "an item is a class name, or a mapping with one class key",
                node.place,
                help="for example `- Dense: {units: 10}`",
            )
            return None


def _read_mapping(node: Mapping, local: frozenset[str], report: Report) -> RawItem | None:
    words = {entry.key.text: entry for entry in node.entries if entry.key.text in ITEM_WORDS}
    others = [entry for entry in node.entries if entry.key.text not in ITEM_WORDS]
    if any(entry.key.text in ("class_name", "registered_name") for entry in others):
        return _read_verbatim(node, others, words, report)
    keys = [entry for entry in others if _is_item_key(entry.key.text, local)]
    if len(others) == 1 and not keys:
        keys = others  # a lone unknown key is a class, block or model that does not exist
    for entry in others:
        if entry not in keys:
            _report_word(entry, local, report)
    if "reuse" in words:
        if keys:
            report.add(
                "two-keys",
                f"an item with `reuse` makes nothing new, so it cannot have `{keys[0].key.text}`",
                keys[0].key.place,
                help="take one of the two out",
            )
            return None
        return RawItem(None, None, words, words["reuse"].key.place)
    if len(keys) > 1:
        report.add(
            "two-keys",
            f"an item has one class key, and this one has `{keys[0].key.text}` and `{keys[1].key.text}`",
            keys[1].key.place,
            help="give each an item of its own, starting with `- `",
        )
        return None
    if not keys:
        report.add(
            "bad-item",
            "this item has no class, block, model or operation",
            node.place,
            help="for example `- Dense: {units: 10}`",
        )
        return None
    return RawItem(keys[0], None, words, keys[0].key.place)


def _is_item_key(key: str, local: frozenset[str]) -> bool:
    return is_class_key(key) or is_op_key(key) or key in local or "$" in key


def _report_word(entry: Entry, local: frozenset[str], report: Report) -> None:
    key = entry.key.text
    if key == "remove":
        return  # reported with the placement words
    near = nearest(key, (*ITEM_WORDS, *local))
    report.add(
        "unknown-word",
        f"`{key}` is no word of an item",
        entry.key.place,
        help=f"did you mean `{near}`?"
        if near
        else "an argument of the layer goes under its class key: `Dense: {units: 10}`",
    )


def _read_verbatim(node: Mapping, others: list[Entry], words: dict[str, Entry], report: Report) -> RawItem:
    for entry in others:
        if entry.key.text not in VERBATIM_KEYS:
            near = nearest(entry.key.text, (*VERBATIM_KEYS, *ITEM_WORDS))
            report.add(
                "unknown-word",
                f"a Keras dict has no key `{entry.key.text}`",
                entry.key.place,
                help=f"did you mean `{near}`?" if near else "its wiring is written with `from`",
            )
    for needed in ("class_name", "config"):
        if node.entry(needed) is None:
            report.add(
                "missing-key",
                f"a Keras dict needs `{needed}`",
                node.place,
                help="it is what `keras.saving.serialize_keras_object` gives",
            )
    verbatim = Mapping(tuple(entry for entry in others if entry.key.text in VERBATIM_KEYS), node.place)
    return RawItem(None, verbatim, words, node.place)
