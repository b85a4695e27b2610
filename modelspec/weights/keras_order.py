"""The order in which Keras walks over the addresses of an HDF5 file of weights."""

from __future__ import annotations

import re
from collections.abc import Mapping

from modelspec.link.linked import OPTIMIZER

_DIGITS = re.compile(r"(\d+)")
_LAST = 1 << 60

# A layer's own variables come first, then the layers of a model, then attributes by name, private ones last.
_RANKS: Mapping[str, int] = {"vars": 0, "layers": 1}
_ATTRIBUTE = 2
_PRIVATE = 3

Order = tuple[object, ...]


def of_optimizer(address: str) -> bool:
    """Whether a tensor is a part of the optimizer's state."""
    return address.partition("/")[0] == OPTIMIZER


def keras_order(address: str, positions: Mapping[str, int]) -> Order:
    """What addresses are sorted by: as Keras would, the optimizer's last.

    Source: `_walk_saveable` of `keras.src.saving.saving_lib`.

    Args:
        address: of a dataset.
        positions: of layers in their models, by the address of their group, where they are known; the others
            follow by name, `dense_2` before `dense_10`.
    """
    order: list[object] = [of_optimizer(address)]
    here = ""
    for step in address.split("/"):
        here = f"{here}/{step}" if here else step
        rank = _RANKS.get(step, _PRIVATE if step.startswith("_") else _ATTRIBUTE)
        order.append((rank, positions.get(here, _LAST), natural(step)))
    return tuple(order)


def natural(text: str) -> tuple[tuple[str, int], ...]:
    """A text for sorting, with the numbers in it as numbers; none comes before any."""
    parts = _DIGITS.split(text)
    return tuple(
        (before, int(number) if number else -1)
        for before, number in zip(parts[::2], [*parts[1::2], ""], strict=True)
    )
