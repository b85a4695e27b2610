"""Values that take an argument off its default, so that a default is seen in more than one company."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from typing import Any

_QUOTED = re.compile(r"[\"'`]+([A-Za-z][A-Za-z0-9_]*)[\"'`]+")
_NOT_WORDS = frozenset({"None", "True", "False", "none"})

# What is tried where the default says nothing of the kind.
_ANYTHING = (True, 2, 0.5, "same", [1], [2], [2, 2], [[1, 1], [1, 1]], {"a": 0.5})

# What may stand where objects of a family are wanted, in config form.
_STRINGS: Mapping[str, tuple[str, ...]] = {
    "activation": ("tanh", "relu"),
    "initializer": ("ones", "he_normal"),
    "regularizer": ("l2",),
    "constraint": ("non_neg",),
    "loss": ("mae",),
    "metric": ("mae",),
}


def quoted_words(text: str) -> tuple[str, ...]:
    """The words that a description puts into quotes, in order: what an argument may well take."""
    return tuple(dict.fromkeys(word for word in _QUOTED.findall(text) if word not in _NOT_WORDS))


def values_off(default: object, *, family: str | None, text: str) -> Iterator[object]:
    """Values other than `default` that the argument may take, likely ones first.

    Args:
        default: what it has now, in config form.
        family: of the objects it takes.
        text: its description.
    """
    for value in itertools.chain(_STRINGS.get(family or "", ()), _near(default), quoted_words(text)):
        if value != default or type(value) is not type(default):
            yield value


def _near(default: Any) -> Iterator[object]:
    match default:
        case bool():
            yield not default
        case int():
            yield from (default + 1, default * 2, 1)
        case float():
            yield from (default / 2, default + 0.25, default * 2)
        case str():
            yield from ("same", "channels_first", "sum")
        case [*items]:
            for changed in itertools.islice(itertools.product(*(_steps(item) for item in items)), 2):
                yield list(changed)
        case None:
            yield from _ANYTHING


def _steps(item: object) -> tuple[object, ...]:
    return tuple(itertools.islice(_near(item), 1)) or (item,)
