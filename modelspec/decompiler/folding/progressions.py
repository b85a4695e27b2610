"""Values that grow evenly from one copy of a run to the next, and names that do."""

from __future__ import annotations

from collections.abc import Sequence

from modelspec.decompiler.folding.patterns import MISSING, Different, Missing, is_open, same_key
from modelspec.decompiler.folding.values import Affine, Column, Parts


def without_gaps(values: Sequence[object]) -> list[object]:
    """The values with the one before in the place of what is missing, which may be anything."""
    known = next((value for value in values if not isinstance(value, Missing)), MISSING)
    found: list[object] = []
    for value in values:
        known = known if isinstance(value, Missing) else value
        found.append(known)
    return found


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
        return along_numbers([value for value in values if isinstance(value, int)])
    tables = [value for value in values if is_open(value)]
    if len(tables) == len(values) and len({tuple(table) for table in tables}) == 1:
        return {step: along([table[step] for table in tables]) for step in tables[0]}
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
    found: list[str | int | Affine | Column] = []
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
            found += along_letters([str(item) for item in column])
    if not grows:
        raise Different
    return tuple(found)


def along_numbers(column: list[int]) -> Affine:
    """Numbers that grow by any step; raises `Different` where they do not."""
    step = column[1] - column[0]
    if not step or any(value != column[0] + step * place for place, value in enumerate(column)):
        raise Different
    return Affine(column[0], step)


def along_letters(column: list[str]) -> list[str | int | Affine | Column]:
    """Letters in the order of the alphabet, in one and the same text; raises `Different` for others."""
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
    before: list[str | int | Affine | Column] = [column[0][:head]] if head else []
    return [*before, Affine(numbers[0], 1, letters=True), *([tail] if tail else [])]
