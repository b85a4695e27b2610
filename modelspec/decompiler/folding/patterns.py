"""Values that are compared place by place: what is the same in all stays, what differs becomes a hole.

This is anti-unification of Plotkin and Reynolds, restricted to mappings, lists and the numbers of a run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias, TypeGuard

from modelspec.decompiler.folding.values import Affine, Parts
from modelspec.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Missing:
    """The value of a use that does not have the place."""


MISSING = Missing()


@dataclass(frozen=True, slots=True)
class Const:
    """The same in every use."""

    value: object


@dataclass(frozen=True, slots=True)
class Hole:
    """What differs: the value in each use.

    Args:
        hint: what it is the value of, the innermost step last; `n` is a number in a name or of copies.
    """

    values: tuple[object, ...]
    hint: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping, each value a pattern."""

    items: tuple[tuple[str, Pattern], ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of patterns."""

    items: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True)
class Growing:
    """A number that grows along a run."""

    base: Pattern
    step: int
    letters: bool


@dataclass(frozen=True, slots=True)
class Text:
    """A name in parts."""

    parts: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True)
class Test:
    """What something is where a parameter has a value, and where it has not."""

    value: object
    yes: object
    no: object


@dataclass(frozen=True, slots=True)
class Given:
    """A parameter in place of a hole: `$p`, `$(p * factor)`, `$(p + offset)`, `$(not p)`, `$(p == 2)`."""

    number: int
    factor: int = 1
    offset: int = 0
    negated: bool = False
    test: Test | None = None


Pattern: TypeAlias = "Const | Hole | Table | Listing | Growing | Text | Given"


class Different(Exception):
    """Values of which no pattern can be made."""


def same_key(value: object) -> object:
    """Equal for equal values of equal types alone, and hashable."""
    match value:
        case dict():
            return ("dict", tuple((key, same_key(item)) for key, item in value.items()))
        case list() | tuple():
            return ("list", tuple(same_key(item) for item in value))
        case Affine(base=base, step=step, letters=letters):
            return ("affine", same_key(base), step, letters)
        case float():
            return ("float", repr(value))
        case _:
            return (type(value).__name__, value)


def unify(values: Sequence[object], hint: tuple[str, ...]) -> Pattern:
    """The pattern of the values of several uses.

    Raises:
        Different: numbers that grow in different ways.
    """
    present = [value for value in values if not isinstance(value, Missing)]
    if not present:
        return Const(MISSING)
    first = present[0]
    if any(isinstance(value, Affine) for value in present):
        return _growing(values, present, hint)
    key = same_key(first)
    if all(same_key(value) == key for value in present):
        return Const(first)
    tables = [value for value in present if is_open(value)]
    if len(tables) == len(present) and len({tuple(table) for table in tables}) == 1:
        steps = tuple(tables[0])
        return Table(
            tuple((step, unify([_inside(value, step) for value in values], (*hint, step))) for step in steps)
        )
    lists = [value for value in present if isinstance(value, list)]
    if len(lists) == len(present) and len({len(value) for value in lists}) == 1 and _is_parted(lists):
        return Listing(
            tuple(unify([_inside(value, place) for value in values], hint) for place in range(len(lists[0])))
        )
    return Hole(tuple(values), hint)


def _inside(value: object, step: str | int) -> object:
    return value if isinstance(value, Missing) else value[step]  # type: ignore[index]


def _is_parted(lists: Sequence[list[object]]) -> bool:
    """Whether lists of one length are compared item by item: objects, and numbers partly the same."""
    if any(isinstance(item, dict) for item in lists[0]):
        return all(isinstance(item, dict) for value in lists for item in value)
    columns = [[value[place] for value in lists] for place in range(len(lists[0]))]
    if any(type(item) is not int for column in columns for item in column):
        return False
    return any(all(item == column[0] for item in column) for column in columns)


def _growing(values: Sequence[object], present: list[object], hint: tuple[str, ...]) -> Pattern:
    grown = [value for value in present if isinstance(value, Affine)]
    if len(grown) < len(present) or len({(value.step, value.letters) for value in grown}) > 1:
        raise Different
    bases = [value.base if isinstance(value, Affine) else value for value in values]
    return Growing(unify(bases, hint), grown[0].step, grown[0].letters)


def unify_names(values: Sequence[Parts | Missing | None], at: str) -> Pattern | None:
    """The pattern of names; `None` for automatic ones.

    Raises:
        Different: names that are not built alike.
    """
    present = [value for value in values if not isinstance(value, Missing)]
    if not any(present):
        return None
    shapes = {
        tuple(type(part).__name__ for part in value) if value is not None else None for value in present
    }
    if len(shapes) != 1:
        raise Different
    first = present[0]
    assert first is not None
    parts: list[Pattern] = []
    for place in range(len(first)):
        column = [value if isinstance(value, Missing) or value is None else value[place] for value in values]
        parts += _letters(column, at) if isinstance(first[place], str) else [unify(column, (at, "n"))]
    return Text(tuple(parts))


def _letters(column: Sequence[object], at: str) -> list[Pattern]:
    """What differs between texts, with what is before and behind it in all."""
    present = [str(value) for value in column if not isinstance(value, Missing)]
    first = present[0]
    if all(text == first for text in present):
        return [Const(first)]
    shortest = min(present, key=len)
    start = 0
    while start < len(shortest) and all(text[start] == shortest[start] for text in present):
        start += 1
    stop = 0
    while stop < len(shortest) - start and all(text[-1 - stop] == shortest[-1 - stop] for text in present):
        stop += 1
    middle = tuple(
        value if isinstance(value, Missing) else str(value)[start : len(str(value)) - stop]
        for value in column
    )
    if any(text == "" for text in middle):
        raise Different
    found: list[Pattern] = [Hole(middle, (at, "letter"))]
    if start:
        found.insert(0, Const(first[:start]))
    if stop:
        found.append(Const(first[len(first) - stop :]))
    return found


def is_open(value: object) -> TypeGuard[dict[str, object]]:
    """Whether a mapping may hold parameters: a Keras dict may not."""
    return isinstance(value, dict) and "class_name" not in value and "$literal" not in value


def holes_in(pattern: Pattern | None) -> Iterator[Hole]:
    """The holes of a pattern, in order."""
    match pattern:
        case Hole():
            yield pattern
        case Table(items=items):
            for _, item in items:
                yield from holes_in(item)
        case Listing(items=several) | Text(parts=several):
            for item in several:
                yield from holes_in(item)
        case Growing(base=base):
            yield from holes_in(base)


def filled(pattern: Pattern, given: Iterator[Pattern]) -> Pattern:
    """A pattern with something in the place of each hole, in order."""
    match pattern:
        case Hole():
            return next(given)
        case Table(items=items):
            return Table(tuple((key, filled(item, given)) for key, item in items))
        case Listing(items=several):
            return Listing(tuple(filled(item, given) for item in several))
        case Text(parts=several):
            return Text(tuple(filled(item, given) for item in several))
        case Growing(base=base, step=step, letters=letters):
            return Growing(filled(base, given), step, letters)
        case _:
            return pattern
