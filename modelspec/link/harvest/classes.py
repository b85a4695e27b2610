"""One class: its names, arguments, call parameters, and what trying it has shown."""

from __future__ import annotations

import inspect
from typing import Any

from modelspec.link.harvest.call_arguments import call_kinds, call_parameters
from modelspec.link.harvest.docstring import class_texts
from modelspec.link.harvest.signature import (
    describe_parameter,
    describe_parameters,
    is_open,
    parameters_of,
)
from modelspec.link.harvest.trials import Trial, try_choices, try_class, try_numbers

# Families whose objects are called on tensors in the graph.
_CALLED = frozenset({"layer", "cell", "model"})


def harvest_class(name: str, cls: type, *, family: str, aliases: list[str]) -> dict[str, Any]:
    """One class.

    Returns:
        `family`; `class` where the real name differs from the public one's end; `aliases`; `arguments`
        in order; `legacy`: keywords that are taken but not offered; `open` where any keyword is taken;
        `fill`: arguments that `from_config` needs written; `call`: parameter to whether it is required;
        `call_kinds`: parameter to kinds of value; `open_call`; `needs_tensorflow`; `untried` where no
        instance could be made.
    """
    arguments = _arguments(cls)
    trial = try_class(name, cls, arguments)
    extra, legacy = _keywords(cls, trial)
    arguments |= extra
    entry: dict[str, Any] = {"family": family}
    if cls.__name__ != name.rpartition(".")[2]:
        entry["class"] = cls.__name__
    if aliases:
        entry["aliases"] = aliases
    for argument, kinds in try_numbers(name, cls, arguments, trial).items():
        arguments[argument]["kinds"] = kinds
    for argument, (choices, folded) in try_choices(name, cls, arguments, trial, class_texts(cls)).items():
        arguments[argument] |= {"choices": list(choices)} | ({"folded": True} if folded else {})
    entry["arguments"] = arguments
    flags = {
        "legacy": legacy,
        "open": _takes_anything(cls),
        "fill": list(trial.fill),
        "call": call_parameters(cls) if family in _CALLED else {},
        "call_kinds": call_kinds(cls) if family in _CALLED else {},
        "open_call": family in _CALLED and is_open(_function(cls, "call")),
        "needs_tensorflow": trial.needs_tensorflow,
        "untried": trial.base is None,
    }
    return entry | {key: value for key, value in flags.items() if value}


def _takes_anything(cls: type) -> bool:
    """Whether the constructor passes everything on (`keras.Model`)."""
    init = inspect.getattr_static(cls, "__init__")
    return inspect.isfunction(init) and any(
        parameter.kind is inspect.Parameter.VAR_POSITIONAL for parameter in parameters_of(init)
    )


def _function(cls: type, name: str) -> Any:
    return getattr(cls, name)


def _arguments(cls: type) -> dict[str, dict[str, Any]]:
    init = _function(cls, "__init__")
    if init is object.__init__:
        return {}
    return describe_parameters(init, owner=cls.__name__, docs=cls)


def _keywords(cls: type, trial: Trial) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """Keywords that reach a base class or are taken out of `**kwargs`, as far as Keras accepts them."""
    offered: dict[str, dict[str, Any]] = {}
    texts = class_texts(cls)
    for base in cls.__mro__[1:]:
        init = vars(base).get("__init__")
        if init is None or not inspect.isfunction(init):
            continue
        for parameter in parameters_of(init):
            if parameter.name in trial.keywords and parameter.name not in offered:
                text = texts.get(parameter.name, "")
                entry = describe_parameter(parameter, owner=cls.__name__, text=text)
                # Whatever the base class asks for, this one can be made without.
                offered[parameter.name] = entry if "default" in entry else {"opaque": "its own", **entry}
    legacy = sorted(trial.keywords - set(offered)) if trial.keywords else []
    return {name: offered[name] for name in sorted(offered)}, legacy
