"""How long a document is to a reader: lines, and a little for what stands on them."""

from __future__ import annotations

from collections.abc import Iterable

from modelspec.decompiler.folding.writing import Written

_LETTERS_A_LINE = 150


def measure(written: Written) -> float:
    """The length of the folded parts of a document; less is better."""
    found = sum(_of_items(items) for items, _ in written.bodies.values())
    for block in written.blocks.values():
        layers = block["layers"]
        assert isinstance(layers, list)
        found += 2 + _of_items(layers)
        found += sum(1 + len(str(value)) / _LETTERS_A_LINE for key, value in block.items() if key != "layers")
    return found


def _of_items(items: Iterable[object]) -> float:
    found = 0.0
    for item in items:
        if isinstance(item, dict):
            found += len(item) + len(str(item)) / _LETTERS_A_LINE
        else:
            found += 1
    return found
