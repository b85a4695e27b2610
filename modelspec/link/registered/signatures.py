"""What a class that is not Keras' own takes, read off its signature and its source."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from modelspec.catalog.own import is_of_keras
from modelspec.link.harvest.call_arguments import call_kinds
from modelspec.link.harvest.docstring import argument_texts
from modelspec.link.harvest.families import family_of
from modelspec.link.harvest.handed_on import keys_looked_at, passes_on, variadic_of
from modelspec.link.harvest.signature import describe_default, describe_parameter, parameters_of

# What Python takes where a plain type is written.
_PLAIN: dict[type, frozenset[str]] = {
    bool: frozenset({"bool"}),
    int: frozenset({"int"}),
    float: frozenset({"int", "float"}),
    str: frozenset({"str"}),
}
_CONTAINERS = frozenset({list, tuple, dict, set})


@dataclass(frozen=True, slots=True)
class Signature:
    """What a constructor takes.

    Args:
        arguments: by name, in order, as the harvest describes them.
        legacy: keywords that a base of Keras takes but nobody should write.
        is_open: whether it takes any other as well.
    """

    arguments: dict[str, dict[str, Any]]
    legacy: tuple[str, ...]
    is_open: bool


def signature_of(cls: type) -> Signature:
    """The arguments of a class.

    Those of its bases count where it passes its keywords on to them and does nothing else with them.
    """
    found: dict[str, dict[str, Any]] = {}
    legacy: set[str] = set()
    for position, owner in enumerate(cls.__mro__):
        init = vars(owner).get("__init__")
        if init is None or owner is object:
            continue
        if is_of_keras(owner.__module__):
            found |= {name: entry for name, entry in _of_keras(owner).items() if name not in found}
            legacy |= {*keys_looked_at(init, variadic_of(init))} if inspect.isfunction(init) else set()
            continue
        if not inspect.isfunction(init):
            return Signature(found, (), is_open=True)
        hints = hints_of(init)
        for parameter in parameters_of(init):
            if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
                continue
            entry = _described(parameter, hints)
            if position and "default" not in entry and "opaque" not in entry:
                entry["opaque"] = "a base's"  # the class may well give it by itself
            found.setdefault(parameter.name, entry)
        for name in keys_looked_at(init, variadic_of(init)):
            found.setdefault(name, {"opaque": "taken out of the keywords"})
        if variadic_of(init) is None:
            break
        if not passes_on(init):
            return Signature(found, (), is_open=True)
    return Signature(found, tuple(sorted(legacy - found.keys())), is_open=False)


def reads_itself(cls: type) -> tuple[bool, tuple[str, ...]]:
    """Whether a class has a `from_config` of its own, and the keys that this takes out of the config."""
    definer = next((owner for owner in cls.__mro__ if "from_config" in vars(owner)), None)
    if definer is None or is_of_keras(definer.__module__):
        return False, ()
    method = vars(definer)["from_config"]
    return True, keys_looked_at(getattr(method, "__func__", method), "config")


def call_of(cls: type) -> tuple[dict[str, bool], bool]:
    """The parameters of a call, each with whether it is required, and whether any other is taken."""
    call = getattr(cls, "call", None)
    if not inspect.isfunction(call):
        return {}, True
    variadic = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    static = isinstance(inspect.getattr_static(cls, "call"), staticmethod)
    parameters = [*inspect.signature(call).parameters.values()] if static else parameters_of(call)
    named = {
        parameter.name: parameter.default is parameter.empty
        for parameter in parameters
        if parameter.kind not in variadic
    }
    return named, any(parameter.kind in variadic for parameter in parameters)


def call_kinds_of(cls: type) -> dict[str, list[str]]:
    """The kinds of value of a call's parameters: those that its annotations name, of a call that is inherited
    from Keras those of the harvest.
    """
    call = getattr(cls, "call", None)
    if not inspect.isfunction(call):
        return {}
    if is_of_keras(call.__module__):
        return call_kinds(cls)
    hints = hints_of(call)
    kinds = {name: _kinds(hints.get(name)) for name in call_of(cls)[0]}
    return {name: sorted(found) for name, found in kinds.items() if found}


def own_of_keras(cls: type) -> frozenset[str]:
    """The arguments that Keras' own bases of a class take, and read from a config by themselves."""
    names: set[str] = set()
    for owner in cls.__mro__:
        init = vars(owner).get("__init__")
        if is_of_keras(owner.__module__) and inspect.isfunction(init):
            names |= {parameter.name for parameter in parameters_of(init)}
    return frozenset(names)


def constructors_of(cls: type) -> Iterator[Any]:
    """The constructors of a class and of its bases that are not Keras' own, its own first."""
    for owner in cls.__mro__:
        init = vars(owner).get("__init__")
        if inspect.isfunction(init) and not is_of_keras(owner.__module__):
            yield init


def hints_of(function: Any) -> dict[str, Any]:
    """The annotations of a function; none where they name what is imported for type checkers only."""
    try:
        return typing.get_type_hints(function)
    except Exception:  # whatever evaluating an annotation raises
        return {}


def _of_keras(owner: type) -> dict[str, dict[str, Any]]:
    """What the constructor of a base of Keras adds; Keras refuses whatever its bases do not know."""
    init = vars(owner)["__init__"]
    if not inspect.isfunction(init):
        return {}
    variadic = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    texts = argument_texts(owner)
    found = {
        parameter.name: describe_parameter(
            parameter, owner=owner.__name__, text=texts.get(parameter.name, "")
        )
        for parameter in parameters_of(init)
        if parameter.kind not in variadic
    }
    return {
        name: entry if "default" in entry or "opaque" in entry else {**entry, "opaque": "a base's"}
        for name, entry in found.items()
    }


def _described(parameter: inspect.Parameter, hints: dict[str, Any]) -> dict[str, Any]:
    entry: dict[str, Any] = {}
    if parameter.default is not parameter.empty:
        entry |= describe_default(parameter.default)
    families = _families(hints.get(parameter.name))
    if len(families) == 1 and None not in families:
        entry["family"] = next(iter(families))
    kinds = _kinds(hints.get(parameter.name))
    if kinds:
        entry["kinds"] = sorted(kinds)
    return entry


def _kinds(hint: Any) -> frozenset[str]:
    """The kinds of plain value that an annotation names; none where it names anything else."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        parts = [_kinds(part) for part in typing.get_args(hint) if part is not type(None)]
        return frozenset().union(*parts) if all(parts) else frozenset()
    return _PLAIN.get(hint, frozenset()) if isinstance(hint, type) else frozenset()


def _families(hint: Any) -> set[str | None]:
    """The families of objects that an annotation names; `None` among them for anything else."""
    if hint is type(None):
        return set()
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        return set[str | None]().union(*(_families(part) for part in typing.get_args(hint)))
    if origin in _CONTAINERS or (inspect.isclass(origin) and issubclass(origin, typing.Iterable)):
        parts = [part for part in typing.get_args(hint) if part not in (Ellipsis, str)]
        return set[str | None]().union(*(_families(part) for part in parts)) or {None}
    return {family_of(hint) if inspect.isclass(hint) else None}
