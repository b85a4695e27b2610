"""Keras' automatic names."""

from __future__ import annotations

import re
from functools import lru_cache


@lru_cache(maxsize=4096)  # a large graph asks for the same few classes again and again
def to_snake_case(name: str) -> str:
    """A class name as Keras spells it in automatic names: `ReLU` gives `re_lu`.

    Source: `keras.src.utils.naming.to_snake_case`.
    """
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()
