"""What values are called that Keras 2 stored by name alone: every name that a model of Keras 3 may have."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from modelspec.weights.older.placing import steps_of

_CELL = re.compile(r"(\w+_cell)(_\d+)?")
_STACKED = re.compile(r"stacked_rnn_cells(_\d+)?")
_DIRECTIONS = re.compile(r"(forward|backward)_\w+")
_PROJECTIONS: Mapping[str, str] = MappingProxyType(
    {
        "query": "query_dense",
        "key": "key_dense",
        "value": "value_dense",
        "attention_output": "output_dense",
    }
)
_RECURRENT = "recurrent_kernel"


def flat_names(layer: str, stored: Sequence[str]) -> list[tuple[str, ...]]:
    """Of each value of one layer its names, the surest first.

    The class of the layer is not known: a name that it could have, and has not, is nobody's.

    Args:
        layer: what it is called; empty where the values are of the model itself.
        stored: the names of its values, those of one inner layer beside each other.
    """
    ways = [_below(layer, steps_of(name)) for name in stored]
    recurrent = {way[:-1] for way in ways if way[-1] == _RECURRENT}
    cells = _numbered_cells(ways)
    counts: dict[tuple[str, ...], int] = {}
    found: list[tuple[str, ...]] = []
    for way in ways:
        *inner, own = way
        number = counts.get(tuple(inner), 0)
        counts[tuple(inner)] = number + 1
        parts = _parts(inner, cells)
        if tuple(inner) in recurrent and "cell" not in parts:
            parts = [*parts, "cell"]
        ends = (own, str(number))
        groups = [inner, parts, [*inner, "layer"], ["layer", *inner]]
        names = ["/".join(filter(None, (layer, *group, end))) for end in ends for group in groups]
        found.append(tuple(dict.fromkeys(names)))
    return found


def _below(layer: str, way: tuple[str, ...]) -> tuple[str, ...]:
    """The way to a value from its layer, whose name, steps of its own in it, stands before it as a rule."""
    steps = tuple(layer.split("/"))
    return way[len(steps) :] if way[: len(steps)] == steps and len(way) > len(steps) else way


def _parts(inner: Sequence[str], cells: Mapping[str, str]) -> list[str]:
    """Names of inner layers as the attributes that hold them in Keras 3."""
    parts: list[str] = []
    stacked = False
    for step in inner:
        direction = _DIRECTIONS.fullmatch(step)
        if _STACKED.fullmatch(step):
            parts += ["cell", "cells"]
            stacked = True
        elif _CELL.fullmatch(step):
            parts.append(cells.get(step, step) if stacked else "cell")
        elif direction is not None:
            parts.append(f"{direction[1]}_layer")
        else:
            parts.append(_PROJECTIONS.get(step, step))
    return parts


def _numbered_cells(ways: Sequence[tuple[str, ...]]) -> dict[str, str]:
    """Cells of a stack, numbered class by class from the first on, as the file of Keras 3 has them."""
    cells = dict.fromkeys(step for way in ways for step in way[:-1] if _CELL.fullmatch(step))
    counts: dict[str, int] = {}
    numbered: dict[str, str] = {}
    for step in cells:
        stem = step if _CELL.fullmatch(step) is None else _CELL.sub(r"\1", step)
        count = counts.get(stem, 0)
        counts[stem] = count + 1
        numbered[step] = f"{stem}_{count}" if count else stem
    return numbered
