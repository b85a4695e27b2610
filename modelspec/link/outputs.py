"""What calls give: a tensor, or a list, tuple or mapping of them, and the parts that references name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from modelspec.link import private


class NoSuchOutputError(Exception):
    """A reference names a part that is not there; the text says what there is."""


def tensors_in(structure: Any) -> Iterator[Any]:
    """The tensors of a structure, in its order."""
    match structure:
        case dict():
            for item in structure.values():
                yield from tensors_in(item)
        case list() | tuple():
            for item in structure:
                yield from tensors_in(item)
        case private.KerasTensor():
            yield structure


def part_of(structure: Any, index: tuple[int | str, ...], *, name: str) -> Any:
    """The part of a structure that `index` walks to.

    A number that is no key counts the tensors of a mapping, and 0 is the one tensor where there is one.

    Raises:
        NoSuchOutputError: there is none; its text is the message, with `name` for the node.
    """
    walked = name
    for step in index:
        match structure, step:
            case dict(), _ if step in structure:
                structure = structure[step]
            case dict(), int() if 0 <= step < len(flat := list(_in_keras_order(structure))):
                structure = flat[step]
            case private.KerasTensor(), 0:
                pass
            case list() | tuple(), int() if -len(structure) <= step < len(structure):
                structure = structure[step]
            case _:
                raise NoSuchOutputError(f"`{walked}` has no output `{step}`; {_told(structure, walked)}")
        walked = f"{walked}.{step}"
    return structure


def _in_keras_order(structure: Any) -> Iterator[Any]:
    """The tensors of a structure in the order in which Keras counts them: mappings by their sorted keys."""
    match structure:
        case dict():
            for key in sorted(structure):
                yield from _in_keras_order(structure[key])
        case list() | tuple():
            for item in structure:
                yield from _in_keras_order(item)
        case _:
            yield structure


def choices(structure: Any, name: str) -> tuple[str, ...]:
    """The references to the parts of a structure, one level down."""
    match structure:
        case dict():
            return tuple(f"{name}.{key}" for key in structure)
        case list() | tuple():
            return tuple(f"{name}.{place}" for place in range(len(structure)))
        case _:
            return ()


def shapes_of(structure: Any) -> object:
    """The shapes of a structure of tensors as JSON: a list with the batch, `None` for open sizes."""
    match structure:
        case dict():
            return {str(key): shapes_of(item) for key, item in structure.items()}
        case list() | tuple():
            return [shapes_of(item) for item in structure]
        case _:
            return [None if size is None else int(size) for size in structure.shape]


def dtypes_of(structure: Any) -> object:
    """The dtypes of a structure of tensors as JSON."""
    match structure:
        case dict():
            return {str(key): dtypes_of(item) for key, item in structure.items()}
        case list() | tuple():
            return [dtypes_of(item) for item in structure]
        case _:
            return str(structure.dtype)


def shape_text(tensor: Any) -> str:
    """A shape as Keras writes it: `(None, 32)`."""
    return str(tuple(None if size is None else int(size) for size in tensor.shape))


def _told(structure: Any, name: str) -> str:
    found = choices(structure, name)
    if not found:
        return "it gives one tensor"
    return f"it has {', '.join(f'`{choice}`' for choice in found)}"
