"""Addresses of the HDF5 layout as Keras would number them if there were no other layers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_LAYERS = "layers"
_NUMBERED = re.compile(r"(.*?)(?:_(\d+))?", re.DOTALL)


def renumbered(addresses: Iterable[str]) -> Mapping[str, str]:
    """Each address with the layers of a model numbered anew, class by class: Keras matches by these numbers.

    `layers/dense_3/vars/0`, if no other `dense` is there, becomes `layers/dense/vars/0`.

    Args:
        addresses: those that count.
    """
    split = {address: tuple(address.split("/")) for address in addresses}
    numbers: dict[tuple[str, ...], set[tuple[str, int]]] = {}
    for steps in split.values():
        for at in _layer_steps(steps):
            numbers.setdefault(steps[:at], set()).add(_numbered(steps[at]))
    new = {container: _ranks(found) for container, found in numbers.items()}
    return {address: _renamed(steps, new) for address, steps in split.items()}


def _layer_steps(steps: tuple[str, ...]) -> Iterable[int]:
    """Where a way names layers of models."""
    return (at for at in range(1, len(steps)) if steps[at - 1] == _LAYERS)


def _numbered(step: str) -> tuple[str, int]:
    """A class and its number: `("dense", 3)`; the first has none."""
    found = _NUMBERED.fullmatch(step)
    assert found is not None
    return found[1], int(found[2] or 0)


def _ranks(found: set[tuple[str, int]]) -> Mapping[tuple[str, int], str]:
    ranks: dict[tuple[str, int], str] = {}
    counts: dict[str, int] = {}
    for cls, number in sorted(found):
        rank = counts[cls] = counts.get(cls, -1) + 1
        ranks[cls, number] = f"{cls}_{rank}" if rank else cls
    return ranks


def _renamed(steps: tuple[str, ...], new: Mapping[tuple[str, ...], Mapping[tuple[str, int], str]]) -> str:
    renamed = list(steps)
    for at in _layer_steps(steps):
        renamed[at] = new[steps[:at]][_numbered(steps[at])]
    return "/".join(renamed)
