"""Pairs found from pairs: what fills the same slot of two nodes that are one is probably one as well."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from modelspec.architecture.comparing.links import ENDS, Links, Slot, Visit
from modelspec.frozen import dataclass as frozen

# How many places around a pair must agree before nodes whose written names and arguments both differ are one.
_WITHOUT_NAME = 2
# How far apart the readers of one tensor may stand among its readers on either side to be held to be one.
_REACH = 16


@frozen(frozen=True, slots=True)
class Likeness:
    """The label of each node by itself, of both sides; equal for those that are alike."""

    before: Mapping[str, int]
    after: Mapping[str, int]

    def alike(self, before: str, after: str) -> bool:
        """Whether two nodes are."""
        return self.before[before] == self.after[after]


@dataclass(slots=True)
class _Front:
    """The pairs so far, and the candidates around them, the best first."""

    links: tuple[Links, Links]
    strict: Likeness
    loose: Likeness
    forward: dict[str, str]
    backward: dict[str, str]
    written: tuple[frozenset[str], frozenset[str]]
    slots: Mapping[str, Mapping[Visit, Mapping[Slot, Mapping[Visit, int]]]]
    heap: list[tuple[int, int, int, int, str, str]] = field(default_factory=list)

    def offer_around(self, before: Visit, after: Visit) -> None:
        """Consider what stands around two calls that are one."""
        for edges in ("reads", "readers"):
            theirs = {slot: tuple(found) for slot, found in self.slots[edges][after].items()}
            passed: dict[Slot, int] = {}
            for slot, (near, _) in getattr(self.links[0], edges)[before]:
                number = passed[slot] = passed.get(slot, -1) + 1
                for other, _ in _around(theirs.get(slot, ()), number):
                    self._offer(near, other)

    def _offer(self, before: str, after: str) -> None:
        if not before or not after or before in self.forward or after in self.backward:
            return
        if not self.loose.alike(before, after):
            return
        alike = self.strict.alike(before, after)
        votes = self._votes(before, after)
        if not alike and before in self.written[0] and after in self.written[1] and votes < _WITHOUT_NAME:
            return
        position, other = self.links[0].order[before], self.links[1].order[after]
        heapq.heappush(self.heap, (-alike, -votes, abs(position - other), position, before, after))

    def _votes(self, before: str, after: str) -> int:
        """At how many slots around two nodes pairs stand that say they are one."""
        count = number = 0
        while (before, number) in self.links[0].reads and (after, number) in self.links[1].reads:
            for edges in ("reads", "readers"):
                theirs = self.slots[edges][after, number]
                for slot, near in getattr(self.links[0], edges)[before, number]:
                    name = near[0] if near == ENDS else self.forward.get(near[0])
                    count += (name, near[1]) in theirs.get(slot, ())
            number += 1
        return count


def pair_neighbours(
    links: tuple[Links, Links],
    strict: Likeness,
    loose: Likeness,
    *,
    forward: dict[str, str],
    written: tuple[frozenset[str], frozenset[str]],
) -> Iterator[tuple[str, str]]:
    """Further pairs, the most certain first, each counted among the pairs for those after it.

    Args:
        links: of both graphs.
        strict: which nodes are alike, arguments and all.
        loose: which may be one at all.
        forward: the pairs so far.
        written: the nodes of both sides that somebody named.
    """
    backward = {after: before for before, after in forward.items()}
    slots = {
        edges: {visit: _by_slot(found) for visit, found in getattr(links[1], edges).items()}
        for edges in ("reads", "readers")
    }
    front = _Front(links, strict, loose, forward, backward, written, slots)
    for before, after in tuple(front.forward.items()):
        _spread(front, before, after)
    front.offer_around(ENDS, ENDS)
    while front.heap:
        *_, before, after = heapq.heappop(front.heap)
        if before in front.forward or after in front.backward:
            continue
        front.forward[before], front.backward[after] = after, before
        yield before, after
        _spread(front, before, after)


def _spread(front: _Front, before: str, after: str) -> None:
    number = 0
    while (before, number) in front.links[0].reads and (after, number) in front.links[1].reads:
        front.offer_around((before, number), (after, number))
        number += 1


def _around(visits: Sequence[Visit], number: int) -> Sequence[Visit]:
    """The calls of a slot that one of the other side's may be: all, or of very many those in like places."""
    if len(visits) <= 2 * _REACH:
        return visits
    start = min(max(number - _REACH, 0), len(visits) - 2 * _REACH)
    return visits[start : start + 2 * _REACH]


def _by_slot(edges: tuple[tuple[Slot, Visit], ...]) -> dict[Slot, dict[Visit, int]]:
    found: dict[Slot, dict[Visit, int]] = {}
    for position, (slot, visit) in enumerate(edges):
        found.setdefault(slot, {})[visit] = position
    return found
