"""What was measured in each epoch of the runs, as lines of a figure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from modelspec.frozen import dataclass

MOST_POINTS = 300  # of a curve; a longer one is thinned evenly
_NO_METRICS = frozenset({"epoch", "seconds"})


@dataclass(frozen=True, slots=True)
class Curves:
    """The metrics of a run by name, in the order they were first written.

    Args:
        epochs: the points, from 1.
        metrics: a value for each of the points; `None` where there is none, or no number.
        length: how many epochs there are in all.
    """

    epochs: tuple[int, ...]
    metrics: Mapping[str, tuple[float | None, ...]]
    length: int


def curves_of(lines: Iterable[Mapping[str, object]]) -> Curves:
    """The curves of a run from the lines of its `metrics.jsonl`; of an epoch that has several, the last."""
    by_epoch: dict[int, Mapping[str, object]] = {}
    for line in lines:
        epoch = line.get("epoch")
        if isinstance(epoch, int):
            by_epoch[epoch] = line
    epochs = sorted(by_epoch)
    kept = _thinned(epochs)
    names = dict.fromkeys(
        name
        for epoch in epochs
        for name, value in by_epoch[epoch].items()
        if name not in _NO_METRICS and (value is None or _is_number(value))
    )
    metrics = {name: tuple(_number(by_epoch[epoch].get(name)) for epoch in kept) for name in names}
    return Curves(tuple(kept), metrics, len(epochs))


def _thinned(epochs: list[int]) -> list[int]:
    if len(epochs) <= MOST_POINTS:
        return epochs
    last = len(epochs) - 1
    places = dict.fromkeys(round(place * last / (MOST_POINTS - 1)) for place in range(MOST_POINTS))
    return [epochs[place] for place in places]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number(value: object) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        return None
    return float(f"{value:.6g}")
