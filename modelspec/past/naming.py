"""Names that a document can write, for those of Keras 2 that it cannot."""

from __future__ import annotations

import re
from collections.abc import Mapping

from modelspec.catalog.stem import to_snake_case

_FIT = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_UNFIT = re.compile(r"[^A-Za-z0-9_-]+")


def renamed(wanted: Mapping[str, str | None]) -> dict[str, str]:
    """New names, by the old ones, for those that are none in a document (`tf.math.add`, `block1/conv`).

    Args:
        wanted: every name of a model, with the class that an operation is of; `None` for layers.
    """
    taken = {name for name in wanted if _FIT.fullmatch(name)}
    found: dict[str, str] = {}
    for name, operation in wanted.items():
        if name in taken:
            continue
        stem = to_snake_case(operation) if operation is not None else _fitted(name)
        new, number = stem, 0
        while new in taken:
            number += 1
            new = f"{stem}_{number}"
        taken.add(new)
        found[name] = new
    return found


def _fitted(name: str) -> str:
    text = _UNFIT.sub("_", name).strip("_")
    return text if text[:1].isalpha() else f"layer_{text}" if text else "layer"
