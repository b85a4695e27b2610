"""Which point of a sweep has which number, also where its space was another one before."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

from modelspec.sweep.points import grid_point, grid_size, point_of
from modelspec.sweep.shown import plain
from modelspec.sweep.values import Point, Sweep


class Numbering:
    """The points of a sweep by their numbers, from 1.

    Points of earlier spaces keep theirs. A grid goes on with those of its own points that were not among
    them, in its order; what is drawn by chance follows from the number and the space that there is now.

    Args:
        earlier: the sweep as it was before, and up to which number its points go; the oldest first.
    """

    def __init__(self, sweep: Sweep, earlier: tuple[tuple[Sweep, int], ...] = ()) -> None:
        self._sweep = sweep
        self._known = earlier[-1][1] if earlier else 0
        self._before = Numbering(earlier[-1][0], earlier[:-1]) if earlier else None
        self._taken: frozenset[str] | None = None
        self._new = self._indices()
        self._found: list[int] = []

    def at(self, number: int) -> Point:
        """The point with a number; a grid has no more than `size`."""
        if self._before is None:
            return point_of(self._sweep, number)
        if number <= self._known:
            return self._before.at(number)
        if self._sweep.method != "grid":
            return point_of(self._sweep, number)
        while len(self._found) < number - self._known:
            self._found.append(next(self._new))
        return replace(grid_point(self._sweep.space, self._found[number - self._known - 1]), number=number)

    def size(self, *, most: int) -> int:
        """How many points there are of a grid; where they are more than `most`, that they are more."""
        whole = grid_size(self._sweep.space)
        if self._before is None:
            return whole
        if whole - len(self._keys()) > most:
            return self._known + whole - len(self._keys())
        self._found.extend(self._new)
        return self._known + len(self._found)

    def _indices(self) -> Iterator[int]:
        """The numbers, within the grid, of the points that were not there before."""
        for index in range(1, grid_size(self._sweep.space) + 1):
            if _key(grid_point(self._sweep.space, index)) not in self._keys():
                yield index

    def _keys(self) -> frozenset[str]:
        if self._taken is None:
            before = self._before
            assert before is not None
            self._taken = frozenset(_key(before.at(number)) for number in range(1, self._known + 1))
        return self._taken


def _key(point: Point) -> str:
    """What a point makes of the document, in whichever order."""
    return json.dumps(sorted((one.path.text, json.dumps(plain(one.value))) for one in point.settings))
