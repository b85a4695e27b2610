"""Parameters of a function or constructor as data: default, family, kinds of value."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from typing import Any

from modelspec.link.harvest.choices import corrected_choices, documented_choices
from modelspec.link.harvest.docstring import argument_texts, class_texts
from modelspec.link.harvest.families import argument_family
from modelspec.link.harvest.kinds import corrected_kinds, value_kinds

_VARIABLE = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def parameters_of(method: Any) -> list[inspect.Parameter]:
    """The parameters of a method, as its class has it, without the first, whatever that is called.

    One that takes anything (`*args`) stays.
    """
    found = list(inspect.signature(method).parameters.values())
    return found[1:] if found and found[0].kind not in _VARIABLE else found


def describe_parameters(function: Any, *, owner: str, docs: type | None = None) -> dict[str, dict[str, Any]]:
    """Each named parameter in order.

    Args:
        function: the method that is called, as its class has it.
        owner: the class's name, by which corrections are looked up.
        docs: the class that describes the parameters where the method does not.

    Returns:
        by name: `default` (absent for a required one), `opaque` for a default that is not JSON, `family`
        of the objects it takes, `kinds` of values where they are certain, `choices` of strings where
        they are described as all there are.
    """
    texts = argument_texts(function) | (class_texts(docs) if docs is not None else {})
    return {
        parameter.name: describe_parameter(parameter, owner=owner, text=texts.get(parameter.name, ""))
        for parameter in parameters_of(function)
        if parameter.kind not in _VARIABLE
    }


def describe_parameter(parameter: inspect.Parameter, *, owner: str, text: str) -> dict[str, Any]:
    """One parameter; see `describe_parameters`."""
    entry: dict[str, Any] = {}
    if parameter.default is not inspect.Parameter.empty:
        entry |= describe_default(parameter.default)
    family = argument_family(owner, parameter.name)
    if family is not None:
        entry["family"] = family
    # Beside objects, only a correction can say which other kinds there are.
    kinds = value_kinds(owner, parameter, text) if family is None else corrected_kinds(owner, parameter.name)
    if kinds:
        entry["kinds"] = list(kinds)
    if kinds and "str" in kinds:
        corrected = corrected_choices(owner, parameter.name)
        choices = documented_choices(text) if corrected is None else corrected
        if choices:
            entry["choices"] = list(choices)
    return entry


def describe_default(default: Any) -> Mapping[str, Any]:
    """`default` for a JSON value (tuples as lists), else `opaque` with a short description."""
    try:
        return {"default": json.loads(json.dumps(default, allow_nan=False))}
    except (TypeError, ValueError):
        name = getattr(default, "__name__", type(default).__name__)
        return {"opaque": name}


def is_open(function: Any) -> bool:
    """Whether a method takes any keyword."""
    return any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters_of(function))
