"""What Keras says about its classes, operations and functions: a sentence for each, a few for an argument."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from typing import Any

from modelspec.link.harvest import private
from modelspec.link.harvest.docstring import argument_texts, class_texts

# Base classes whose arguments nearly all of a family take, so that they are told once.
_COMMON_BASES = ("keras.Layer", "keras.Loss", "keras.Metric", "keras.Optimizer")
# Longer descriptions of arguments end with the last sentence that fits.
_LONGEST = 300
# The end of a sentence: not the dots of `e.g. `, `i.e. ` and the like.
_END = re.compile(r"(?<!e\.g)(?<!i\.e)(?<!etc)(?<!vs)(?<!approx)\.(?=\s|$)")

Texts = Mapping[str, str]


def common_documentation() -> dict[str, dict[str, str]]:
    """The arguments that base classes describe, by base class."""
    return {name: _shortened(class_texts(private.public_symbol(name))) for name in _COMMON_BASES}


def class_documentation(cls: type, common: Mapping[str, Texts]) -> dict[str, Any]:
    """A class.

    Args:
        common: what `common_documentation` gave.

    Returns:
        `doc`, its first sentence; `base`, where it is a class of which `common` has more; `arguments`,
        those that the class or a base describes, the nearest, without what `common` says as well.
    """
    base = next((name for name in common if issubclass(cls, private.public_symbol(name))), None)
    shared = common[base] if base is not None else {}
    texts = _shortened(class_texts(cls))
    own = {name: text for name, text in texts.items() if shared.get(name) != text}
    return (
        {"doc": _summary(cls)}
        | ({"base": base} if base is not None else {})
        | ({"arguments": own} if own else {})
    )


def function_documentation(function: Any) -> dict[str, Any]:
    """A function: `doc`, its first sentence, and `arguments`, those it describes."""
    texts = _shortened(argument_texts(function))
    return {"doc": _summary(function)} | ({"arguments": texts} if texts else {})


def shortened(text: str) -> str:
    """The sentences of a text that fit, the first always."""
    if len(text) <= _LONGEST:
        return text
    fitting = [found.end() for found in _END.finditer(text) if found.end() <= _LONGEST]
    return text[: fitting[-1]] if fitting else first_sentence(text)


def first_sentence(text: str) -> str:
    """A text up to the end of its first sentence."""
    found = _END.search(text)
    return text[: found.end()] if found else text


def _shortened(texts: Texts) -> dict[str, str]:
    return {name: shortened(text) for name, text in texts.items() if text}


def _summary(symbol: Any) -> str:
    """The first sentence of a symbol's own docstring, white space folded; empty without one."""
    doc = inspect.cleandoc(symbol.__doc__ or "")
    paragraph = re.split(r"\n\s*\n", doc, maxsplit=1)[0]
    return first_sentence(re.sub(r"\s+", " ", paragraph).strip())
