"""Which keywords of a constructor reach those of its bases, read off the source.

A class that cannot be made here, or that is not Keras' own, shows what it takes in no other way.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from modelspec.link.harvest.signature import parameters_of


@dataclass(frozen=True, slots=True)
class Handover:
    """A call in which a constructor hands its keywords to that of a base.

    Args:
        to: the name of the base; `None` for the next one (`super()`).
        beside: the keywords that it gives by itself, so that nobody else may.
    """

    to: str | None
    beside: frozenset[str]


def keywords_taken(cls: type) -> frozenset[str]:
    """The keywords that a class names or looks for, and those of the bases that it hands the rest on to."""
    owners = [owner for owner in cls.__mro__ if inspect.isfunction(vars(owner).get("__init__"))]
    taken: set[str] = set()
    given: set[str] = set()
    while owners:
        init = vars(owners.pop(0))["__init__"]
        variable = variadic_of(init)
        taken |= {*_named(init), *keys_looked_at(init, variable)} - given
        handed = next((over for over in handovers(init) if _is_base(over, owners)), None)
        if handed is None:
            break
        given |= handed.beside
        while handed.to is not None and owners[0].__name__ != handed.to:
            owners.pop(0)
    return frozenset(taken)


def variadic_of(function: Any) -> str | None:
    """The name of the parameter that takes any keyword; `None` where there is none."""
    kind = inspect.Parameter.VAR_KEYWORD
    return next((parameter.name for parameter in parameters_of(function) if parameter.kind is kind), None)


@cache  # the constructors of Keras' bases are every class's
def handovers(init: Any) -> tuple[Handover, ...]:
    """The calls in which a constructor hands on all of its keywords; none where there is no source."""
    tree, variable = _tree(init), variadic_of(init)
    if tree is None or variable is None:
        return ()
    return tuple(_handovers(tree, variable))


@cache
def keys_looked_at(function: Any, variable: str | None) -> tuple[str, ...]:
    """Single keys of a mapping that a function reads, gives or asks for: `kwargs.pop("a")`, `kwargs["a"]`,
    `"a" in kwargs`; each once.
    """
    tree = _tree(function)
    return tuple(dict.fromkeys(_looked_at(tree, variable))) if tree is not None else ()


@cache
def passes_on(init: Any) -> bool:
    """Whether the keywords go to the next base's constructor and nowhere else, as far as the source tells."""
    tree, variable = _tree(init), variadic_of(init)
    if tree is None or variable is None:
        return False
    passed = [over for over in handovers(init) if over.to is None]
    looked_at = list(_looked_at(tree, variable))
    uses = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == variable]
    return bool(passed) and len(uses) == len(passed) + len(looked_at)


def _is_base(over: Handover, owners: Iterable[type]) -> bool:
    names = [owner.__name__ for owner in owners]
    return bool(names) if over.to is None else over.to in names


def _named(init: Any) -> Iterator[str]:
    variable = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    return (parameter.name for parameter in parameters_of(init) if parameter.kind not in variable)


def _tree(function: Any) -> ast.AST | None:
    """The source of a function, parsed; `None` where there is none (a compiled one's)."""
    try:
        return ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return None


def _handovers(tree: ast.AST, variable: str) -> Iterator[Handover]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=of, attr="__init__"), keywords=keywords) if any(
                keyword.arg is None and isinstance(keyword.value, ast.Name) and keyword.value.id == variable
                for keyword in keywords
            ):
                beside = frozenset(keyword.arg for keyword in keywords if keyword.arg is not None)
                match of:
                    case ast.Call(func=ast.Name(id="super")):
                        yield Handover(None, beside)
                    case ast.Name(id=name) | ast.Attribute(attr=name):
                        yield Handover(name, beside)


def _looked_at(tree: ast.AST, variable: str | None) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=name), attr="pop" | "get" | "setdefault"),
                args=[ast.Constant(value=str(key)), *_],
            ) if name == variable:
                yield key
            case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str(key))) if (
                name == variable
            ):
                yield key
            case ast.Compare(
                left=ast.Constant(value=str(key)),
                ops=[ast.In() | ast.NotIn()],
                comparators=[ast.Name(id=name)],
            ) if name == variable:
                yield key
