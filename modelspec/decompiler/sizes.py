"""How large a model may be that is written as a document.

Reading, writing and checking take about half a millisecond a layer, and the largest published models have a
few thousand: what is beyond these bounds was forged, or made by a loop gone wrong.
"""

from __future__ import annotations

from typing import Any

Json = Any

MOST_LAYERS = 20_000
"""Layers, those of nested models included."""

MOST_FOLDED = 10_000
"""Of a model with more, the flat document is written: folding it and checking that takes as long again."""


def layers_in(data: Json) -> int:
    """How many layers a serialization dict holds: in its own list, and in those of the models inside it."""
    found = 0
    stack: list[Json] = [data]
    while stack:
        match stack.pop():
            case {"config": {"layers": list() as layers}} as owner:
                found += len(layers)
                stack.extend(owner.values())
            case dict() as mapping:
                stack.extend(mapping.values())
            case list() as items:
                stack.extend(item for item in items if isinstance(item, dict | list))
    return found
