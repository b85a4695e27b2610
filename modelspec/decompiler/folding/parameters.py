"""Holes as parameters: one for all that vary alike, multiples and neighbours told by arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from modelspec.decompiler.folding.patterns import Given, Hole, Missing, Pattern, Test, same_key
from modelspec.frozen import dataclass

_LARGEST_FACTOR = 64
_FEWEST_TESTED = 5
_FEWEST_OF_EACH = 2
_PREFERRED = {"filters": 0.5, "units": 0.5}
_COUNTED = frozenset({"n", "letter"})
# Small numbers of which a width is a multiple by chance.
_NO_FACTORS = frozenset(
    {"strides", "kernel_size", "pool_size", "dilation_rate", "padding", "axis", "num_heads", "size", "n"}
)


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter of a block.

    Args:
        hints: what it is the value of, at each place.
        values: in each use; `MISSING` where the use has no place for it.
    """

    hints: tuple[tuple[str, ...], ...]
    values: tuple[object, ...]

    @property
    def word(self) -> str:
        """The name of the argument that most of its places have."""
        words: dict[str, float] = {}
        for *_, word in self.hints:
            words[word] = words.get(word, _PREFERRED.get(word, 0.0)) + 1
        return max(words, key=lambda word: words[word]) if words else "value"


def parameterise(holes: Sequence[Hole]) -> tuple[tuple[Param, ...], tuple[Pattern, ...]]:
    """The parameters for holes, and what stands in the place of each.

    Vectors that are whole in every use come first; what some uses do not have takes any that agrees.
    """
    keys = [tuple(same_key(value) for value in hole.values) for hole in holes]
    vectors: dict[object, list[int]] = {}
    for place, hole in enumerate(holes):
        vectors.setdefault((hole.hint[-1] in _COUNTED, keys[place]), []).append(place)
    order = sorted(
        vectors.values(), key=lambda places: (_gaps(holes[places[0]]), *_size(holes[places[0]]), places[0])
    )
    bases: list[int] = []
    # What follows from a vector without gaps is the same in the same uses.
    alike: dict[object, list[int]] = {}
    found: dict[int, tuple[int, Given]] = {}
    for places in order:
        base = places[0]
        hole = holes[base]
        partition = None if _gaps(hole) else (hole.hint[-1] in _COUNTED, _partition(keys[base]))
        near = bases if partition is None else alike.setdefault(partition, [])
        given = _from_bases(hole, near, holes)
        if given is None:
            bases.append(base)
            if partition is not None:
                near.append(base)
            given = (base, Given(0))
        found.update(dict.fromkeys(places, given))
    kept = sorted(set(bases))
    numbers = {base: number for number, base in enumerate(kept)}
    params = tuple(
        Param(
            tuple(
                hole.hint
                for place, hole in enumerate(holes)
                if found[place][0] == base and found[place][1] == Given(0)
            ),
            holes[base].values,
        )
        for base in kept
    )
    return params, tuple(
        replace(found[place][1], number=numbers[found[place][0]]) for place in range(len(holes))
    )


def _partition(keys: tuple[object, ...]) -> tuple[int, ...]:
    """For each use the first that has the same."""
    firsts: dict[object, int] = {}
    return tuple(firsts.setdefault(key, place) for place, key in enumerate(keys))


def _gaps(hole: Hole) -> int:
    return sum(isinstance(value, Missing) for value in hole.values)


def _size(hole: Hole) -> tuple[bool, float]:
    """Numbers say more than switches and words, and small ones are what others are multiples of."""
    numbers = [value for value in hole.values if type(value) is int]
    return not numbers, sum(numbers) / len(numbers) if numbers else 0.0


def _from_bases(hole: Hole, bases: Sequence[int], holes: Sequence[Hole]) -> tuple[int, Given] | None:
    for place in bases:
        base = holes[place]
        pairs = [
            (one, other)
            for one, other in zip(base.values, hole.values, strict=True)
            if not isinstance(other, Missing)
        ]
        # What a use does not know cannot be handed on.
        if any(isinstance(one, Missing) for one, _ in pairs):
            continue
        if (hole.hint[-1] in _COUNTED) != (base.hint[-1] in _COUNTED):
            continue
        given = _related(pairs, index=hole.hint[-1] == "n", factor=base.hint[-1] not in _NO_FACTORS)
        if given is not None:
            return place, given
    return None


def _related(pairs: Sequence[tuple[object, object]], *, index: bool, factor: bool) -> Given | None:
    if all(same_key(one) == same_key(other) for one, other in pairs):
        return Given(0)
    if all(type(one) is bool and type(other) is bool for one, other in pairs):
        return Given(0, negated=True) if all(one is not other for one, other in pairs) else None
    tested = _tested(pairs)
    if tested is not None:
        return Given(0, test=tested)
    if not all(type(one) is int and type(other) is int for one, other in pairs):
        return None
    numbers = [(int(one), int(other)) for one, other in pairs]  # type: ignore[call-overload]
    first, second = numbers[0]
    if index:
        offset = second - first
        if all(other - one == offset for one, other in numbers):
            return Given(0, offset=offset)
    if factor and first > 0 and second % first == 0 and 1 < second // first <= _LARGEST_FACTOR:
        times = second // first
        if all(other == one * times for one, other in numbers) and len(set(numbers)) > 1:
            return Given(0, factor=times)
    return None


def _tested(pairs: Sequence[tuple[object, object]]) -> Test | None:
    """A switch, or one of two words, that follows from a number or switch which has two values.

    Only where each of the two is met often enough that it is no accident.
    """
    kinds = {type(other) for _, other in pairs}
    if len(pairs) < _FEWEST_TESTED or kinds not in ({bool}, {str}):
        return None
    if {type(one) for one, _ in pairs} not in ({int}, {bool}):
        return None
    ones = sorted({one for one, _ in pairs})  # type: ignore[type-var]
    if len(ones) != 2:
        return None
    outcomes = [{other for one, other in pairs if one == value} for value in ones]
    if any(len(found) > 1 for found in outcomes) or outcomes[0] == outcomes[1]:
        return None
    if any(sum(one == value for one, _ in pairs) < _FEWEST_OF_EACH for value in ones):
        return None
    (no,), (yes,) = outcomes
    return Test(ones[1], yes, no)
