"""A tree as text: each scalar as it was written, an item for each layer, its arguments on its line."""

from __future__ import annotations

from collections.abc import Iterator

from modelspec.decompiler.yaml_text import block_scalar, scalar
from modelspec.diagnostics import Report, Source
from modelspec.formatting.form import FormattingError, format_text
from modelspec.source.tree import Entry, Mapping, Node, Scalar, Sequence

_STEP = 2
_IN_LINES = frozenset({"blocks", "models", "inputs"})
"""Sections that are written with an entry a line, however short they are."""


def written(tree: Mapping) -> str:
    """A document's text, in the house's form."""
    lines: list[str] = []
    for entry in tree.entries:
        if lines and _has_parts(entry.value):
            lines.append("")
        lines += entry_lines(entry, 0)
    text = "\n".join(lines) + "\n"
    try:
        return format_text(Source("", text), Report()) or text
    except FormattingError:
        return text


def entry_lines(entry: Entry, indent: int) -> Iterator[str]:
    """An entry of the document, or of one of its sections, in lines."""
    head = f"{' ' * indent}{scalar(entry.key.text)}:"
    match entry.value:
        case Sequence(items=items) if entry.key.text == "layers" and _has_objects(items):
            yield head
            for item in items:
                yield from _item_lines(item, indent + _STEP)
        case Mapping(entries=entries) if entries and _is_in_lines(entry):
            yield head
            for inner in entries:
                yield from entry_lines(inner, indent + _STEP)
        case Scalar() as value:
            yield f"{head} {_alone(value)}".rstrip()
        case value:
            yield f"{head} {flow(value)}"


def flow(node: Node) -> str:
    """A value on one line, as it stands in brackets too."""
    match node:
        case Scalar():
            return _within(node)
        case Sequence():
            # Between two commas nothing cannot stand.
            return "[" + ", ".join(flow(item) or "null" for item in node.items) + "]"
        case Mapping():
            return "{" + entries_flow(node) + "}"


def entries_flow(node: Mapping) -> str:
    """What a mapping holds, on one line."""
    return ", ".join(f"{scalar(entry.key.text)}: {flow(entry.value)}" for entry in node.entries)


def _item_lines(item: Node, indent: int) -> Iterator[str]:
    """An item of `layers`: its key behind the dash, its words below."""
    dash = f"{' ' * indent}- "
    if not isinstance(item, Mapping) or not item.entries:
        yield dash + (_alone(item) if isinstance(item, Scalar) else flow(item))
        return
    for number, entry in enumerate(item.entries):
        value = _alone(entry.value) if isinstance(entry.value, Scalar) else flow(entry.value)
        start = dash if number == 0 else " " * len(dash)
        yield f"{start}{scalar(entry.key.text)}: {value}".rstrip()


def _alone(node: Scalar) -> str:
    """A scalar with the rest of its line to itself."""
    return block_scalar(node.value) if isinstance(node.value, str) else node.text


def _within(node: Scalar) -> str:
    return scalar(node.value) if isinstance(node.value, str) else node.text


def _is_in_lines(entry: Entry) -> bool:
    value = entry.value
    if not isinstance(value, Mapping):
        return False
    return entry.key.text in _IN_LINES or any(
        isinstance(inner.value, Sequence) and inner.key.text == "layers" and _has_objects(inner.value.items)
        for inner in value.entries
    )


def _has_objects(items: tuple[Node, ...]) -> bool:
    return any(isinstance(item, Mapping) for item in items)


def _has_parts(node: Node) -> bool:
    match node:
        case Mapping(entries=parts) | Sequence(items=parts):
            return bool(parts)
        case _:
            return False
