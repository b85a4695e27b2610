"""What is declared and never used, and blocks that are used once; read from the text as it is written."""

from __future__ import annotations

import re
from collections.abc import Iterator

from modelspec.language.values import Origin
from modelspec.lint.finding import Finding, Remove
from modelspec.source.tree import Entry, Mapping, Node, Scalar, Sequence

_WORD = re.compile(r"[A-Za-z0-9_-]+")


def unused_var(tree: Mapping) -> Iterator[Finding]:
    """A variable whose name is read nowhere."""
    for entry in _entries(tree.get("vars")):
        name = entry.key.text
        if not _is_mentioned(tree, name, entry):
            yield _finding("unused-var", f"the variable `{name}` is never read", entry)


def unused_block(tree: Mapping) -> Iterator[Finding]:
    """A block that no item uses."""
    for entry in _entries(tree.get("blocks")):
        name = entry.key.text
        if not _is_mentioned(tree, name, entry):
            yield _finding("unused-block", f"the block `{name}` is never used", entry)


def unused_param(tree: Mapping) -> Iterator[Finding]:
    """A parameter of a block that its body does not read."""
    for block in _entries(tree.get("blocks")):
        body = block.value
        if not isinstance(body, Mapping):
            continue
        params = body.get("params")
        for entry in _entries(params):
            name = entry.key.text
            if not _is_mentioned(body, name, entry):
                given = any(_gives(use, name) for use in _uses(tree, block.key.text))
                yield _unread(entry.key, block.key, None if given else Remove(entry.key.place, section=True))
        for item in params.items if isinstance(params, Sequence) else ():
            # One without a default, so every use gives it.
            if isinstance(item, Scalar) and _mentions(body, item.text, block) == 1:
                yield _unread(item, block.key, None)


def _unread(param: Scalar, block: Scalar, change: Remove | None) -> Finding:
    message = f"the parameter `{param.text}` of block `{block.text}` is never read"
    return Finding("unused-param", message, Origin(param.place), help="take it out", change=change)


def block_once(tree: Mapping) -> Iterator[Finding]:
    """A block that one item uses, once."""
    for entry in _entries(tree.get("blocks")):
        name = entry.key.text
        uses = tuple(_uses(tree, name))
        if len(uses) != 1 or _mentions(tree, name, entry) != 1:
            continue
        (use,) = uses
        words = {other.key.text for other in use.entries} if isinstance(use, Mapping) else set()
        if not words & {"repeat", "each"}:
            yield Finding(
                "block-once",
                f"the block `{name}` is used once",
                Origin(entry.key.place),
                help="write its items where it is used, unless its name tells more than they do",
            )


def _finding(rule: str, message: str, entry: Entry) -> Finding:
    place = entry.key.place
    return Finding(rule, message, Origin(place), help="take it out", change=Remove(place, section=True))


def _entries(node: Node | None) -> tuple[Entry, ...]:
    return node.entries if isinstance(node, Mapping) else ()


def _is_mentioned(node: Node, name: str, but: Entry) -> bool:
    return _mentions(node, name, but) > 0


def _mentions(node: Node, name: str, but: Entry) -> int:
    """How many keys and texts hold a word, the entry that declares it left out."""
    match node:
        case Scalar():
            return int(name in _WORD.findall(node.text) or f"${name}" in node.text)
        case Sequence():
            return sum(_mentions(item, name, but) for item in node.items)
        case Mapping():
            return sum(
                _mentions(entry.key, name, but) + _mentions(entry.value, name, but)
                for entry in node.entries
                if entry is not but
            )


def _uses(node: Node, name: str) -> Iterator[Node]:
    """The items of a block: mappings with its key, and its bare name in a list."""
    match node:
        case Sequence():
            for item in node.items:
                if isinstance(item, Scalar) and item.text == name:
                    yield item
                yield from _uses(item, name)
        case Mapping():
            for entry in node.entries:
                if entry.key.text == "blocks" and isinstance(entry.value, Mapping):
                    # Their keys declare blocks.
                    for block in entry.value.entries:
                        yield from _uses(block.value, name)
                    continue
                if entry.key.text == name:
                    yield node
                yield from _uses(entry.value, name)
        case _:
            return


def _gives(use: Node, name: str) -> bool:
    """Whether some mapping below a use has a key of this name."""
    match use:
        case Mapping():
            return any(entry.key.text == name or _gives(entry.value, name) for entry in use.entries)
        case Sequence():
            return any(_gives(item, name) for item in use.items)
        case _:
            return False
