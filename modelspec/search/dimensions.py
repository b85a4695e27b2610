"""What a search may choose for one part of a space, and which of it a value is."""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Mapping
from typing import TypeGuard

from modelspec.frozen import dataclass
from modelspec.source.tree import Node, Primitive
from modelspec.sweep.shown import shown_value
from modelspec.sweep.values import Choices, Choose, Parameter, Part, Range, Space, Zip
from modelspec.sweep.values_of import number_node, values_of


@dataclass(frozen=True, slots=True)
class Positions:
    """One of several, by its position from 0.

    Args:
        name: tells the part from every other of the space.
        values: what each is called, as a `Point` has it.
        ordered: whether those that are near each other are alike.
    """

    name: str
    values: tuple[Primitive, ...]
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class Numbers:
    """A number from `low` to `high`, both included.

    Args:
        whole: whether it is an integer.
        log: whether the logarithm is what is spread evenly.
    """

    name: str
    low: float
    high: float
    whole: bool
    log: bool
    domain: Range


Dimension = Positions | Numbers
Chosen = int | float


def dimension_of(part: Part) -> Dimension:
    """What can be chosen for a part."""
    match part:
        case Zip():
            return Positions(part.id, tuple(range(len(part.rows))))
        case Choose():
            return Positions(part.id, tuple(alternative.label for alternative in part.alternatives))
        case Parameter(id=name, domain=Choices() as domain):
            return Positions(name, tuple(shown_value(node) for node in domain.nodes))
        case Parameter(id=name, domain=Range(step=None, points=None) as domain):
            return Numbers(name, domain.low, domain.high, domain.whole, domain.log, domain)
        case Parameter(id=name, domain=Range() as domain):
            # Evenly spread, by the logarithm where the range has it: so are their positions.
            return Positions(name, tuple(shown_value(node) for node in values_of(domain)), ordered=True)
        case Parameter():
            raise ValueError("a search knows no normal distribution")


def taken(dimension: Dimension, value: Chosen) -> Node | int:
    """What a part gets where a value of its dimension is chosen."""
    match dimension:
        case Positions(values=values):
            return min(max(int(value), 0), len(values) - 1)
        case Numbers(low=low, high=high, domain=domain):
            return number_node(min(max(value, low), high), domain)


def chosen_in(
    space: Space, values: Mapping[str, Primitive], dimensions: Mapping[str, Dimension]
) -> Iterator[tuple[Dimension, Chosen]]:
    """What a point has chosen, part by part; what the space does not have, or not any more, is left out.

    Args:
        values: of the point, by the keys of its parts.
        dimensions: of the space's parts, by their ids.
    """
    for part in space.parts:
        if part.key not in values:
            continue
        dimension = dimensions[part.id]
        chosen = _chosen(dimension, values[part.key])
        if chosen is None:
            continue
        yield dimension, chosen
        if isinstance(part, Choose):
            yield from chosen_in(part.alternatives[int(chosen)].space, values, dimensions)


def _chosen(dimension: Dimension, value: Primitive) -> Chosen | None:
    match dimension:
        case Positions(values=values, ordered=True):
            return _nearest([one for one in values if _is_number(one)], value)
        case Positions(values=values):
            # Of `1`, `1.0` and `true`, which are equal, it is one alone.
            same = (at for at, one in enumerate(values) if type(one) is type(value) and one == value)
            return next(same, None)
        case Numbers(low=low, high=high):
            return value if _is_number(value) and low <= value <= high else None


def _nearest(numbers: list[int | float], value: Primitive) -> int | None:
    """Of rising numbers, the position of the nearest; a point to start from may lie between two."""
    if not _is_number(value) or not numbers[0] <= value <= numbers[-1]:
        return None
    above = bisect.bisect_left(numbers, value)
    return above - 1 if above and value - numbers[above - 1] < numbers[above] - value else above


def _is_number(value: Primitive) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
