"""Keras' sentences of shapes that a reader of a document cannot take as they are, in words of our own."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class _Sentence:
    """One kind of sentence.

    Args:
        pattern: matches Keras' sentence from its start.
        message: what to say instead, with the pattern's groups.
        help: the way out, where there is one.
    """

    pattern: str
    message: str
    help: str | None = None


# `keras.layers.InputSpec` names inputs that have no name, and counts dimensions in words of its own.
# Older releases put no name, and other quotes.
_INPUT = (
    r"input \d+ (?:with name '[^']*' )?of layer (?:'[^']*'|\"[^\"]*\") "
    r"is incompatible with the layer: expected "
)
_FOUND = r", found ndim=(?P<found>\d+)"
_SENTENCES = (
    _Sentence(
        rf"{_INPUT}ndim=(?P<wanted>\d+){_FOUND}",
        "it takes {wanted} dimensions, the batch included, and is given {found}",
    ),
    _Sentence(
        rf"{_INPUT}min_ndim=(?P<wanted>\d+){_FOUND}",
        "it takes {wanted} dimensions or more, the batch included, and is given {found}",
    ),
    _Sentence(
        rf"{_INPUT}max_ndim=(?P<wanted>\d+){_FOUND}",
        "it takes {wanted} dimensions at the most, the batch included, and is given {found}",
    ),
    _Sentence(
        rf"{_INPUT}axis (?P<axis>-?\d+) of input shape to have value (?P<wanted>\d+), "
        r"but received input with shape (?P<shape>\(.*\))",
        "axis {axis} of what it reads must have size {wanted}, and it is given {shape}",
    ),
    _Sentence(
        rf"{_INPUT}shape=(?P<wanted>\(.*\)), found shape=(?P<shape>\(.*\))",
        "it takes the shape {wanted}, and is given {shape}",
    ),
    _Sentence(
        r"an? `?\w+`? layer should be called on a list of ",
        "it takes a list of tensors, and is given one",
        "name the tensors: `from: [a, b]`",
    ),
)


def reworded(message: str) -> tuple[str, str | None]:
    """Keras' sentence, in other words where there are some, and the way out, if one is known."""
    for sentence in _SENTENCES:
        found = re.match(sentence.pattern, message)
        if found:
            return sentence.message.format(**found.groupdict()), sentence.help
    return message, None
