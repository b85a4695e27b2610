"""How much each parameter of a sweep had to do with how its variants came out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from modelspec.frozen import dataclass
from modelspec.ledger.values import Primitive
from modelspec.report.board import Board, number_of, sort_key

FEWEST = 12  # variants with a value: four groups of numbers; of fewer a share would be read out of noise
_MOST_GROUPS = 6  # of a parameter with many numbers
_PER_GROUP = 3  # variants that a group of numbers has at least


@dataclass(frozen=True, slots=True)
class Importance:
    """What a parameter had to do with the objective.

    Args:
        share: of the variance of the variants' ranks, from 0 to 1; `None` where it cannot be told.
        among: how many variants with a value have the parameter at all.
        reason: why it cannot be told; else empty.
    """

    key: str
    share: float | None
    among: int
    reason: str = ""


def importances(board: Board) -> tuple[Importance, ...]:
    """Of each parameter, the greatest first; empty where too few variants have a value.

    The variants are ranked by the objective and grouped by the parameter's value, many numbers by their
    quantiles. The share is that of the variance of the ranks which lies between the groups, corrected for
    what as many groups would explain by chance, and not below 0: Kelley's epsilon squared (T. L. Kelley,
    1935, "An unbiased correlation ratio measure") on the ranks that Kruskal and Wallis take (1952, "Use of
    ranks in one-criterion variance analysis"). Ranks, so that one run that diverged does not drown the
    others. What two parameters do only together is not seen; and a search that draws near its best points
    has looked at the others less.

    Only variants that have a parameter count for it: one of an alternative that was not chosen says nothing.
    """
    known = [(dict(entry.variant.values), entry.value) for entry in board.entries if entry.value is not None]
    if len(known) < FEWEST:
        return ()
    found = [
        _importance(
            key, [(values[key], value) for values, value in known if key in values and value is not None]
        )
        for key in board.parameters
    ]
    order = {key: place for place, key in enumerate(board.parameters)}
    return tuple(sorted(found, key=lambda one: (one.share is None, -(one.share or 0.0), order[one.key])))


def _importance(key: str, points: Sequence[tuple[Primitive, float]]) -> Importance:
    if len(points) < FEWEST:
        return Importance(key, None, len(points), f"only {len(points)} variants with a value have it")
    groups = _groups([value for value, _ in points])
    count = len(set(groups))
    if count < 2:
        return Importance(key, None, len(points), "all variants have the same value")
    if len(points) - count < count:
        return Importance(key, None, len(points), "nearly every variant has a value of its own")
    ranks = _ranks([value for _, value in points])
    return Importance(key, _epsilon_squared(ranks, groups), len(points))


def _epsilon_squared(values: Sequence[float], groups: Sequence[int]) -> float:
    """The share of the variance between groups: 1 - (within / (n - k)) / (total / (n - 1)), at least 0."""
    mean = sum(values) / len(values)
    total = sum((value - mean) ** 2 for value in values)
    if total == 0:
        return 0.0
    members: dict[int, list[float]] = {}
    for value, group in zip(values, groups, strict=True):
        members.setdefault(group, []).append(value)
    within = sum(sum((value - sum(own) / len(own)) ** 2 for value in own) for own in members.values())
    count = len(values)
    return max(0.0, 1 - (within / (count - len(members))) / (total / (count - 1)))


def _groups(values: Sequence[Primitive]) -> list[int]:
    """The number of each value's group: equal values together, many different numbers by quantiles."""
    keys = [sort_key(value) for value in values]
    levels = {key: place for place, key in enumerate(dict.fromkeys(keys))}
    most = max(2, min(_MOST_GROUPS, len(values) // _PER_GROUP))
    numbers = [number for value in values if (number := number_of(value)) is not None]
    if len(numbers) < len(values) or len(levels) <= most:
        return [levels[key] for key in keys]
    return [min(int((rank - 0.5) / len(values) * most), most - 1) for rank in _ranks(numbers)]


def _ranks(values: Sequence[float]) -> list[float]:
    """From 1; equal values share the mean of their ranks."""
    places: dict[float, list[int]] = {}
    for place, value in enumerate(sorted(values), 1):
        places.setdefault(value, []).append(place)
    mean: Mapping[float, float] = {value: sum(own) / len(own) for value, own in places.items()}
    return [mean[value] for value in values]
