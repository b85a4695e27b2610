"""`dataclass(frozen=True, slots=True)` for the classes that are met on the way to a message.

The standard library writes six functions for each class and compiles them where the class is defined, half a
millisecond of work. The stages from a text to a resolved graph know more than a hundred such classes, and a
document with a mistake makes values of half of them: a quarter of the time to its message went into functions
that nobody called. Here the classes share all functions but `__init__`, which is written when the first value
is made.

Whoever reads such a class may take it for the standard library's: `fields`, `replace`, `asdict`, `match`,
`copy` and `pickle` do not tell them apart, nor does a type checker.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, FrozenInstanceError, fields
from dataclasses import dataclass as _dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Literal

__all__ = ["dataclass"]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(*, frozen: Literal[True], slots: Literal[True]) -> Callable[[type], type]:
        """The standard library's decorator, for frozen slotted classes that inherit from no other."""
        assert frozen, "a class whose values change takes the standard library's"
        assert slots, "a class without slots takes the standard library's"
        return _frozen


def _frozen(cls: type) -> type:
    made: type = _dataclass(init=False, repr=False, eq=False, slots=True)(cls)
    names = tuple(field.name for field in fields(made))
    key = _values(names)

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        initialize = _initializer(made)
        _methods(made, __init__=initialize)
        initialize(self, *args, **kwargs)

    def __repr__(self: Any) -> str:
        shown = (f"{name}={getattr(self, name)!r}" for name in names)
        return f"{made.__qualname__}({', '.join(shown)})"

    def __eq__(self: Any, other: object) -> bool:
        return bool(key(self) == key(other)) if other.__class__ is made else NotImplemented

    def __hash__(self: Any) -> int:
        return hash(key(self))

    def __getstate__(self: Any) -> tuple[Any, ...]:
        return key(self)

    def __setstate__(self: Any, state: tuple[Any, ...]) -> None:
        for name, value in zip(names, state, strict=True):
            object.__setattr__(self, name, value)

    _methods(
        made,
        __init__=__init__,
        __repr__=__repr__,
        __eq__=__eq__,
        __hash__=__hash__,
        __setattr__=_refuse_to_set,
        __delattr__=_refuse_to_delete,
        __getstate__=__getstate__,
        __setstate__=__setstate__,
    )
    return made


def _methods(cls: type, **methods: Callable[..., Any]) -> None:
    for name, method in methods.items():
        setattr(cls, name, method)


def _values(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    """What reads these attributes as a tuple."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda value: tuple(getattr(value, name) for name in names)  # of one name it would give no tuple


def _refuse_to_set(self: object, name: str, value: object) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: object, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _initializer(cls: type) -> Callable[..., None]:
    """The `__init__` of a class, compiled from the text that one would write by hand."""
    known: dict[str, Any] = {"_set": object.__setattr__, "_MISSING": MISSING}
    parameters, lines = ["self"], []
    for field in fields(cls):
        name, value = field.name, field.name
        assert field.init, f"`{name}` of `{cls.__name__}` is no parameter: take the standard library's"
        assert field.kw_only is not True, f"`{name}` of `{cls.__name__}`: take the standard library's"
        if field.default_factory is not MISSING:
            known[f"_make_{name}"] = field.default_factory
            parameters.append(f"{name}=_MISSING")
            value = f"_make_{name}() if {name} is _MISSING else {name}"
        elif field.default is not MISSING:
            known[f"_default_{name}"] = field.default
            parameters.append(f"{name}=_default_{name}")
        else:
            parameters.append(name)
        lines.append(f"    _set(self, {name!r}, {value})\n")
    if hasattr(cls, "__post_init__"):
        lines.append("    self.__post_init__()\n")
    text = f"def __init__({', '.join(parameters)}):\n{''.join(lines) or '    pass'}"
    exec(text, known)
    made: Callable[..., None] = known["__init__"]
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    return made
