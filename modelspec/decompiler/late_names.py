"""Automatic names that Keras counted on from another model of its process, and what a document saves without.

The second model made in a process begins with `conv2d_94`. No document gives that, so each such name is
written, and hides that its items are alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from modelspec.catalog.lookup import Catalog
from modelspec.catalog.stem import to_snake_case
from modelspec.decompiler.decompile import Wanted, decompile
from modelspec.decompiler.model import Model
from modelspec.decompiler.reading import read_model
from modelspec.decompiler.renaming import is_automatic
from modelspec.decompiler.sizes import layers_in
from modelspec.diagnostics import Report
from modelspec.frozen import dataclass

Json = Any

_WORTH_TELLING = 0.8
_MOST_TRIED = 3_000  # layers: the document is written a second time


@dataclass(frozen=True, slots=True)
class Shorter:
    """What a document would be with automatic names left out.

    Args:
        names: how many are counted on from another model.
        lines: of that document.
    """

    names: int
    lines: int


def shorter_without(data: Mapping[str, Json], catalog: Catalog, wanted: Wanted, text: str) -> Shorter | None:
    """What leaving the automatic names out would save; `None` where that is less than a fifth.

    Args:
        data: a model that `text` was written of, as `wanted` says.
    """
    if wanted.auto or layers_in(data) > _MOST_TRIED:
        return None
    model = read_model(data)
    names = late_names(model) if model is not None else 0
    if not names:
        return None
    lines = decompile(data, catalog, replace(wanted, auto=True), Report()).count("\n")
    return Shorter(names, lines) if lines <= _WORTH_TELLING * text.count("\n") else None


def late_names(model: Model) -> int:
    """How many layers have an automatic name of a class of which none has the first; nested ones count."""
    late: dict[str, int] = {}
    for layer in model.layers.values():
        if is_automatic(layer):
            stem = to_snake_case(layer.class_name)
            late[stem] = late.get(stem, 0) + 1
    own = sum(count for stem, count in late.items() if stem not in model.layers)
    return own + sum(late_names(layer.model) for layer in model.layers.values() if layer.model is not None)
