"""Patterns as the text and data of a document: `$filters`, `$(i + 1)`, `block_$n`."""

from __future__ import annotations

from collections.abc import Mapping

from modelspec.decompiler.folding.blocks import Block
from modelspec.decompiler.folding.patterns import (
    Const,
    Given,
    Growing,
    Listing,
    Pattern,
    Table,
    Test,
    Text,
)
from modelspec.decompiler.folding.progressions import ALPHABET
from modelspec.decompiler.folding.titles import Titles
from modelspec.decompiler.folding.values import Column
from modelspec.decompiler.folding.vocabulary import Vocabulary
from modelspec.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Pen:
    """What is needed to write items.

    Args:
        titles: what blocks, parameters and inputs are called, and what a parameter is by default.
        scoped: whether names are joined to that of the block around.
        params: what the parameters are called here.
        inside: whether this is the body of a block.
        columns: what the columns of the item are called that is written.
        inputs: the names of the inputs around.
    """

    vocabulary: Vocabulary
    titles: Titles
    blocks: Mapping[int, Block]
    inputs: tuple[str, ...]
    params: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    inside: bool = False
    scoped: bool = False
    chain: bool = False


def name_text(name: Pattern | None, pen: Pen) -> str | None:
    """A name; `None` for an automatic one."""
    if name is None:
        return None
    assert isinstance(name, Text)
    texts = [_embedded(part, pen) for part in name.parts]
    whole = ""
    for place, text in enumerate(texts):
        following = texts[place + 1] if place + 1 < len(texts) else ""
        if (
            text.startswith("$")
            and not text.startswith("$(")
            and (following[:1].isalnum() or following[:1] == "_")
        ):
            text = f"${{{text[1:]}}}"
        whole += text
    return whole


def _embedded(part: Pattern, pen: Pen) -> str:
    match part:
        case Const(value=Column(number=number)):
            return f"${pen.columns[number]}"
        case Const(value=value):
            return str(value)
        case Growing(base=base, step=step, letters=letters):
            return grown(base, step, pen, letters=letters)
        case _:
            return str(phrased(part, pen))


def grown(base: Pattern, step: int, pen: Pen, *, letters: bool = False) -> str:
    """What grows along a run, by the number of the copy; of `letters` the letter of that number."""
    count = "i" if step == 1 else f"i * {step}"
    match base:
        case Const(value=int(number)):
            text = count if number == 0 else f"{count} + {number}" if number > 0 else f"{count} - {-number}"
        case Given():
            text = f"{count} + {_given(base, pen)}"
        case _:
            raise TypeError(type(base).__name__)
    if letters:
        return f'$("{ALPHABET}"[{text}])'
    return f"${text}" if text == "i" else f"$({text})"


def _given(given: Given, pen: Pen) -> str:
    name = pen.params[given.number]
    if given.test is not None:
        return _tested(name, given.test)
    if given.negated:
        return f"not {name}"
    if given.factor != 1:
        return f"{name} * {given.factor}"
    if given.offset:
        return f"{name} + {given.offset}" if given.offset > 0 else f"{name} - {-given.offset}"
    return name


def _tested(name: str, test: Test) -> str:
    asked = name if test.value is True else f"{name} == {test.value}"
    if test.yes is True:
        return asked
    if test.yes is False:
        return f"not {name}" if test.value is True else f"{name} != {test.value}"
    return f"'{test.yes}' if {asked} else '{test.no}'"


def phrased(pattern: Pattern, pen: Pen) -> object:
    """A pattern as data, expressions as text."""
    match pattern:
        case Const(value=Column(number=number)):
            return f"${pen.columns[number]}"
        case Const(value=value):
            return _with_columns(value, pen)
        case Table(items=items):
            return {key: phrased(item, pen) for key, item in items}
        case Listing(items=several):
            return [phrased(item, pen) for item in several]
        case Growing(base=base, step=step):
            return grown(base, step, pen)
        case Given():
            text = _given(pattern, pen)
            return f"${text}" if text.isidentifier() else f"$({text})"
        case _:
            raise TypeError(type(pattern).__name__)


def _with_columns(value: object, pen: Pen) -> object:
    match value:
        case Column(number=number):
            return f"${pen.columns[number]}"
        case dict() if pen.columns:
            return {key: _with_columns(item, pen) for key, item in value.items()}
        case _:
            return value
