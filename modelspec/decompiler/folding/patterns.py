"""Values that are compared place by place: what is the same in all stays, what differs becomes a hole.

This is anti-unification of Plotkin and Reynolds, restricted to mappings, lists and the numbers of a run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

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
    if all(is_open(value) for value in present) and len({tuple(value) for value in present}) == 1:  # type: ignore[call-overload]
        return Table(
            tuple(
                (
                    step,
                    unify(
                        [value if isinstance(value, Missing) else value[step] for value in values],  # type: ignore[index]
                        (*hint, step),
                    ),
                )
                for step in first  # type: ignore[attr-defined]
            )
        )
    if all(_is_of_objects(value) for value in present) and len({len(value) for value in present}) == 1:  # type: ignore[arg-type]
        return Listing(
            tuple(
                unify([value if isinstance(value, Missing) else value[place] for value in values], hint)  # type: ignore[index]
                for place in range(len(first))  # type: ignore[arg-type]
            )
        )
    if _is_partly_same(present):
        return Listing(
            tuple(
                unify([value if isinstance(value, Missing) else value[place] for value in values], hint)  # type: ignore[index]
                for place in range(len(first))  # type: ignore[arg-type]
            )
        )
    return Hole(tuple(values), hint)


def _is_partly_same(present: Sequence[object]) -> bool:
    """Whether values are lists of numbers that are the same in places."""
    lists = [value for value in present if isinstance(value, list)]
    if len(lists) < len(present) or len({len(value) for value in lists}) > 1:
        return False
    columns = [[value[place] for value in lists] for place in range(len(lists[0]))]
    if any(type(item) is not int for column in columns for item in column):
        return False
    return any(len(set(column)) == 1 for column in columns)


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


def _letters(column: list[object], at: str) -> list[Pattern]:
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


def is_open(value: object) -> bool:
    """Whether a mapping may hold parameters: a Keras dict may not."""
    return isinstance(value, dict) and "class_name" not in value and "$literal" not in value


def _is_of_objects(value: object) -> bool:
    return isinstance(value, list) and any(isinstance(item, dict) for item in value)


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


def along(values: Sequence[object]) -> object:
    """One value for the copies of a run: the one that all have, or a number that grows evenly.

    Raises:
        Different: there is none.
    """
    first = values[0]
    key = same_key(first)
    if all(same_key(value) == key for value in values):
        return first
    if len(values) >= FEWEST_GROWING and all(type(value) is int for value in values):
        step = values[1] - first  # type: ignore[operator]
        if step and all(value == first + step * place for place, value in enumerate(values)):  # type: ignore[operator]
            return Affine(first, step)
    if all(is_open(value) for value in values) and len({tuple(value) for value in values}) == 1:  # type: ignore[call-overload]
        return {step: along([value[step] for value in values]) for step in first}  # type: ignore[index,attr-defined]
    raise Different


FEWEST_GROWING = 3
"""Of two copies every number grows evenly, which says nothing."""
ALPHABET = "abcdefghijklmnopqrstuvwxyz"


def along_names(values: Sequence[Parts | None]) -> Parts | None:
    """The same of names: numbers that grow by any step, letters in the order of the alphabet.

    Raises:
        Different: there is none.
    """
    first = values[0]
    if first is None:
        if any(value is not None for value in values):
            raise Different
        return None
    if any(value is None or len(value) != len(first) for value in values):
        raise Different
    whole = [value for value in values if value is not None]
    found: list[str | int | Affine] = []
    grows = False
    for place, part in enumerate(first):
        column = [value[place] for value in whole]
        if len({type(item) for item in column}) > 1:
            raise Different
        if all(item == part for item in column):
            found.append(part)
            continue
        grows = True
        if isinstance(part, int):
            found.append(along_numbers([value for value in column if isinstance(value, int)]))
        else:
            found += _along_letters([str(item) for item in column])
    if not grows:
        raise Different
    return tuple(found)


def along_numbers(column: list[int]) -> Affine:
    """Numbers that grow by any step; raises `Different` where they do not."""
    step = column[1] - column[0]
    if not step or any(value != column[0] + step * place for place, value in enumerate(column)):
        raise Different
    return Affine(column[0], step)


def _along_letters(column: list[str]) -> list[str | int | Affine]:
    """A letter before one and the same text."""
    head = 0
    while all(len(text) > head and text[head] == column[0][head] for text in column):
        head += 1
    letters = [text[head : head + 1] for text in column]
    tails = {text[head + 1 :] for text in column}
    if len(tails) > 1 or any(letter not in ALPHABET or not letter for letter in letters):
        raise Different
    numbers = [ALPHABET.index(letter) for letter in letters]
    if any(number != numbers[0] + place for place, number in enumerate(numbers)):
        raise Different
    tail = tails.pop()
    before: list[str | int | Affine] = [column[0][:head]] if head else []
    return [*before, Affine(numbers[0], 1, letters=True), *([tail] if tail else [])]
