"""What two variants of a document differ in: the paths of what is not the same, with both values."""

from __future__ import annotations

from collections.abc import Iterator

from modelspec.frozen import dataclass
from modelspec.language.paths import item_name
from modelspec.language.words import is_class_key
from modelspec.source.tree import Mapping, Node, Sequence
from modelspec.sweep.same_tree import says_the_same


@dataclass(frozen=True, slots=True)
class Change:
    """A path of the document that leads to another value.

    Args:
        before: of the first document; `None` where it has none.
        after: of the second.
    """

    path: str
    before: Node | None
    after: Node | None


def changes_between(one: Mapping, two: Mapping) -> tuple[Change, ...]:
    """What differs, in the order of the first document, each as far down as both have it.

    Items of `layers` are found by name, or by number; lists of another length, and lists of plain values,
    differ as a whole, and so do objects of two classes.
    """
    return tuple(_changes(one, two, ()))


def _changes(one: Node, two: Node, steps: tuple[str, ...]) -> Iterator[Change]:
    if says_the_same(one, two):
        return
    match one, two:
        case (Mapping(), Mapping()) if not steps or _class_of(one) == _class_of(two):
            keys = dict.fromkeys(entry.key.text for mapping in (one, two) for entry in mapping.entries)
            for key in keys:
                before, after = one.get(key), two.get(key)
                inner = (*steps, key)
                if before is None or after is None:
                    yield Change(".".join(inner), before, after)
                else:
                    # A path may leave a class key out, and one with dots has to.
                    yield from _changes(before, after, steps if "." in key and is_class_key(key) else inner)
        case (Sequence(), Sequence()) if len(one.items) == len(two.items) and _has_objects(one, two):
            for number, (before, after) in enumerate(zip(one.items, two.items, strict=True)):
                name = item_name(before)
                step = name if name is not None and name == item_name(after) else str(number)
                yield from _changes(before, after, (*steps, step))
        case _:
            yield Change(".".join(steps), one, two)


def _class_of(node: Mapping) -> str | None:
    """The class of an object; `None` of a plain mapping."""
    keys = [entry.key.text for entry in node.entries if is_class_key(entry.key.text)]
    return keys[0] if len(keys) == 1 else None


def _has_objects(*lists: Sequence) -> bool:
    return any(isinstance(item, Mapping) for node in lists for item in node.items)
