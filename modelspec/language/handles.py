"""What references call a layer whose name in Keras is no name of the language."""

from __future__ import annotations

import re

from modelspec.language.words import KERAS_NAME, MAX_NAME, RESERVED_NAMES

_FOREIGN = re.compile(r"[^A-Za-z0-9_-]")


def handle_of(keras_name: str) -> str:
    """The handle of a layer that has no other name: each character that no name here has becomes `_`."""
    handle = _FOREIGN.sub("_", keras_name)
    return f"{handle}_" if handle in RESERVED_NAMES else handle


def is_keras_name(text: str) -> bool:
    """Whether Keras takes a name, and a document can hold it."""
    return len(text) <= MAX_NAME and KERAS_NAME.fullmatch(text) is not None and text.isprintable()
