"""Where values stand on an axis of the parallel coordinates: from 0 at the bottom to 1 at the top."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from modelspec.frozen import dataclass
from modelspec.ledger.values import Primitive
from modelspec.report.board import number_of, shown, sort_key

Key = tuple[int, float, str]
_MOST_LEVELS = 7  # numbers that stand at even distances; more are a scale
_LOG_FROM = 20.0  # the ratio of the greatest to the least, from which a scale is logarithmic
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_TICKS = 5
_LETTERS = ((1e9, "G"), (1e6, "M"), (1e3, "k"))


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis.

    Args:
        places: of each value that occurs, by its `sort_key`.
        ticks: what is written beside it, and where.
        log: whether distances are ratios.
    """

    places: Mapping[Key, float]
    ticks: tuple[tuple[float, str], ...]
    log: bool = False

    def place(self, value: Primitive) -> float:
        """Of a value that occurs."""
        return self.places[sort_key(value)]


def axis_of(values: Iterable[Primitive], *, scale: bool = False) -> Axis:
    """The axis of a parameter.

    Args:
        values: all that occur.
        scale: whether few numbers are a scale too, as results are and settings are not.
    """
    by_key = {sort_key(value): value for value in values}
    found = [by_key[key] for key in sorted(by_key)]
    numbers = [number for value in found if (number := number_of(value)) is not None]
    few = not scale and len(found) <= _MOST_LEVELS
    if few or len(numbers) < len(found) or not math.isfinite(numbers[-1] - numbers[0]):
        return _levels(found)
    return _scale(numbers)


def _levels(values: Sequence[Primitive]) -> Axis:
    last = max(len(values) - 1, 1)
    places = {sort_key(value): place / last if len(values) > 1 else 0.5 for place, value in enumerate(values)}
    return Axis(places, tuple((places[sort_key(value)], shown(value)) for value in values))


def _scale(numbers: Sequence[float]) -> Axis:
    low, high = min(numbers), max(numbers)
    log = low > 0 and high / low >= _LOG_FROM
    if low == high:
        return Axis({sort_key(value): 0.5 for value in numbers}, ((0.5, shown(low)),))

    def place(value: float) -> float:
        return math.log(value / low) / math.log(high / low) if log else (value - low) / (high - low)

    ticks = _decades(low, high) if log else _round_numbers(low, high)
    return Axis(
        {sort_key(value): place(value) for value in numbers}, tuple((place(v), _short(v)) for v in ticks), log
    )


def _short(value: float) -> str:
    for size, letter in _LETTERS:
        if abs(value) >= 10 * size:
            return f"{value / size:.6g}{letter}"
    return shown(value)


def _round_numbers(low: float, high: float) -> list[float]:
    raw = (high - low) / _TICKS
    if raw == 0.0:
        return [low, high]
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * factor for factor in _STEPS if power * factor >= raw * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [min(max(step * count, low), high) for count in range(first, last + 1)]


def _decades(low: float, high: float) -> list[float]:
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    dense = high / low < 1000
    found = [10.0**power * digit for power in powers for digit in ((1, 2, 5) if dense else (1,))]
    return [value for value in found if low * (1 - 1e-9) <= value <= high * (1 + 1e-9)] or [low, high]
