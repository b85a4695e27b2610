"""Values of a closed document: no variable left in them, each knows where it was written."""

from __future__ import annotations

from collections.abc import Iterator

from modelspec.diagnostics import Frame, Place
from modelspec.frozen import dataclass
from modelspec.source.tree import Primitive


@dataclass(frozen=True, slots=True)
class Step:
    """One stop on a value's way: ``variable `width` `` and where it was given."""

    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class Origin:
    """Where something was written and how it came to be where it is.

    Args:
        place: the text it was written as.
        frames: the blocks and repeats that expanded it, innermost first.
        via: the variables and parameters a value was read from, nearest first.
    """

    place: Place
    frames: tuple[Frame, ...] = ()
    via: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Plain:
    """A scalar."""

    value: Primitive
    origin: Origin


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple[Value, ...]
    origin: Origin


@dataclass(frozen=True, slots=True)
class Field:
    """A key and a value: an argument of an object, an entry of a plain mapping."""

    name: str
    value: Value
    place: Place


@dataclass(frozen=True, slots=True)
class Fields:
    """A plain mapping; `literal` where `$literal` says that it is one whatever its keys."""

    fields: tuple[Field, ...]
    origin: Origin
    literal: bool = False

    def get(self, name: str) -> Value | None:
        """The value of the field `name`, or `None`."""
        return next((field.value for field in self.fields if field.name == name), None)


@dataclass(frozen=True, slots=True)
class Object:
    """A class with arguments: `{L2: {l2: 1e-4}}`.

    Args:
        cls: as written: a short name, a full public name or a registered name.
        args: the arguments that were written; defaults are not among them.
        written_bare: a string where a class was wanted, not a mapping with a class key.
    """

    cls: str
    args: tuple[Field, ...]
    origin: Origin
    written_bare: bool = False


@dataclass(frozen=True, slots=True)
class KerasDict:
    """A Keras serialization dict, verbatim: JSON values only."""

    data: dict[str, object]
    origin: Origin


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that a mistake, already reported, keeps from being known; nothing more is said of it."""

    origin: Origin


Value = Plain | Items | Fields | Object | KerasDict | Unknown


def to_data(value: Value) -> object:
    """The value as plain lists, dicts and scalars; objects as `{class: {arguments}}`."""
    match value:
        case Plain():
            return value.value
        case Items():
            return [to_data(item) for item in value.items]
        case Fields():
            return {field.name: to_data(field.value) for field in value.fields}
        case Object():
            return {value.cls: {field.name: to_data(field.value) for field in value.args}}
        case KerasDict():
            return value.data
        case Unknown():
            return None


def walk(value: Value) -> Iterator[Value]:
    """The value and everything inside it, outermost first."""
    yield value
    match value:
        case Items():
            for item in value.items:
                yield from walk(item)
        case Fields():
            for field in value.fields:
                yield from walk(field.value)
        case Object():
            for field in value.args:
                yield from walk(field.value)
