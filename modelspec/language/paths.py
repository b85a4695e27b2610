"""Document paths (`layers.stem.filters`): what they lead to in a tree that nothing has expanded."""

from __future__ import annotations

from modelspec.language.handles import handle_of
from modelspec.language.words import ITEM_WORDS, is_class_key, is_op_key
from modelspec.source.tree import Entry, Mapping, Node, Scalar, Sequence


def item_name(item: Node) -> str | None:
    """The written name of an item, without the `/` that keeps it from being joined."""
    if isinstance(item, Mapping):
        name, foreign = item.get("name"), item.get("keras_name")
        if isinstance(name, Scalar) and name.value is not None:
            return name.text.removeprefix("/") or None
        if name is None and isinstance(foreign, Scalar) and foreign.text:
            return handle_of(foreign.text)
    return None


def item_position(items: Sequence, key: str) -> int | None:
    """The position of the item that a step names, by its name or its number."""
    for position, item in enumerate(items.items):
        if item_name(item) == key:
            return position
    # Digits of other scripts are digits to Python too, and thousands of them more than it converts.
    is_number = key.isascii() and key.isdigit() and len(key) < 10
    return int(key) if is_number and int(key) < len(items.items) else None


def class_position(node: Mapping, *, in_layers: bool) -> int | None:
    """The position of the class, block or op key that a path may leave out; `None` where there is none."""
    keys = [i for i, entry in enumerate(node.entries) if entry.key.text not in ITEM_WORDS]
    if len(keys) != 1:
        return None
    text = node.entries[keys[0]].key.text
    named = is_class_key(text) or is_op_key(text) or in_layers
    return keys[0] if named else None


def find_node(tree: Node, steps: tuple[str, ...]) -> Node | None:
    """The node a document path leads to, or `None`."""
    node: Node | None = tree
    for taken, step in enumerate(steps):
        node = _step(node, step, in_layers="layers" in steps[:taken])
        if node is None:
            return None
    return node


def known_steps(tree: Node, steps: tuple[str, ...]) -> tuple[int, tuple[str, ...]]:
    """How far a path leads, and what could have stood where it fails."""
    node: Node = tree
    for taken, step in enumerate(steps):
        below = _step(node, step, in_layers="layers" in steps[:taken])
        if below is None:
            return taken, _choices(node)
        node = below
    return len(steps), ()


def section_paths(tree: Node) -> dict[str, str]:
    """Names of variables, items, blocks and the like with their whole paths: `width` and `vars.width`."""
    paths: dict[str, str] = {}
    for section in ("vars", "layers", "blocks", "models", "inputs"):
        node = _step(tree, section, in_layers=False)
        for name in _choices(node) if node is not None else ():
            paths.setdefault(name, f"{section}.{name}")
    return paths


def _step(node: Node | None, step: str, *, in_layers: bool) -> Node | None:
    match node:
        case Mapping():
            entry = node.entry(step)
            if entry is not None:
                return entry.value
            inner = _class_entry(node, in_layers=in_layers)
            return _step(inner.value, step, in_layers=in_layers) if inner else None
        case Sequence():
            position = item_position(node, step)
            return None if position is None else node.items[position]
        case _:
            return None


def _class_entry(node: Mapping, *, in_layers: bool) -> Entry | None:
    position = class_position(node, in_layers=in_layers)
    return None if position is None else node.entries[position]


def _choices(node: Node) -> tuple[str, ...]:
    match node:
        case Mapping():
            return tuple(entry.key.text for entry in node.entries)
        case Sequence():
            return tuple(name for item in node.items if (name := item_name(item)))
        case _:
            return ()
