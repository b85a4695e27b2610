"""Keras' documentation cut to what fits, and its Python constants as a document writes them."""

from __future__ import annotations

import re

# The end of a sentence: not the dots of `e.g. `, `i.e. ` and the like.
SENTENCE_END = re.compile(r"(?<!e\.g)(?<!i\.e)(?<!etc)(?<!vs)(?<!approx)\.(?=\s|$)")

_CONSTANT = re.compile(r"`(None|True|False)`")
_WRITTEN = {"None": "`null`", "True": "`true`", "False": "`false`"}


def first_sentence(text: str) -> str:
    """A text up to the end of its first sentence."""
    found = SENTENCE_END.search(text)
    return text[: found.end()] if found else text


def in_yaml(text: str) -> str:
    """A text of Keras' with `None`, `True` and `False` in backticks as YAML spells them."""
    return _CONSTANT.sub(lambda found: _WRITTEN[found[1]], text)
