"""What a layer is called with: its parameters, and the kinds of value they certainly take."""

from __future__ import annotations

import inspect
import re
from typing import Any

from modelspec.link.harvest.corrections import CALL_KINDS
from modelspec.link.harvest.docstring import CALL_SECTION, argument_texts, class_texts
from modelspec.link.harvest.kinds import value_kinds
from modelspec.link.harvest.signature import parameters_of

_VARIABLE = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
# The first words of what is a tensor: `A boolean mask of shape`, `List of initial state tensors`.
_TENSOR = re.compile(r"^(?:[\w-]+\s+){0,5}(?:tensors?|mask)\b", re.IGNORECASE)


def call_parameters(cls: type) -> dict[str, bool]:
    """The named parameters of a call, each with whether it is required."""
    return {parameter.name: parameter.default is parameter.empty for parameter in _parameters(cls)}


def call_kinds(cls: type) -> dict[str, list[str]]:
    """The kinds of value of a call's parameters besides null, where they are certain.

    Besides those of a constructor's arguments there is `tensor`: of the graph, or what can be made one.
    """
    texts = class_texts(cls, CALL_SECTION) | argument_texts(_call(cls))
    found = {
        parameter.name: _kinds(cls, parameter, texts.get(parameter.name, ""))
        for parameter in _parameters(cls)
    }
    return {name: list(kinds) for name, kinds in found.items() if kinds}


def _kinds(cls: type, parameter: inspect.Parameter, text: str) -> tuple[str, ...]:
    if parameter.name in CALL_KINDS:
        return CALL_KINDS[parameter.name].value
    if _TENSOR.match(text) and not isinstance(parameter.default, bool):
        return ("tensor",)
    return value_kinds(f"{cls.__name__}.call", parameter, text) or ()


def _parameters(cls: type) -> list[inspect.Parameter]:
    return [parameter for parameter in parameters_of(_call(cls)) if parameter.kind not in _VARIABLE]


def _call(cls: type) -> Any:
    return cls.call  # type: ignore[attr-defined]
