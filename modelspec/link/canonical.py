"""A model's dict as Keras writes it, made independent of the process, the place and the backend."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib import import_module
from typing import Any

import keras

from modelspec.link import private

Json = Any
Pass = Callable[[Json, Mapping[str, object]], Json]

_SHARED = "shared_object_id"


def canonical(data: Json, document: Mapping[str, object] | None = None) -> Json:
    """The canonical form of a serialization dict.

    Args:
        data: what `serialize` gave.
        document: the document's compile config, for what Keras resolves by backend.
    """
    for step in PASSES:
        data = step(data, document or {})
    return data


def serialize(model: Any) -> Json:
    """A model's serialization dict, as `Model.save` writes it, with ids that no two objects share.

    Keras tells objects apart by `id()`, which Python gives again when an object is gone; every object is
    therefore kept until the end.
    """
    library = private.serialization_lib
    original = library.record_object_after_serialization
    kept: list[Any] = []

    def record(obj: Any, config: Any) -> None:
        kept.append(obj)
        _bare(config, private.bare_ends(obj))
        original(obj, config)

    library.record_object_after_serialization = record
    try:
        with library.ObjectSharingScope():
            return library.serialize_keras_object(model)
    finally:
        library.record_object_after_serialization = original


def plain_json(data: Json, document: Mapping[str, object]) -> Json:
    """Tuples as lists and keys as text, as JSON has them."""
    match data:
        case dict():
            return {str(key): plain_json(value, document) for key, value in data.items()}
        case list() | tuple():
            return [plain_json(item, document) for item in data]
        case _:
            return data


def public_modules(data: Json, document: Mapping[str, object]) -> Json:
    """A class that has a public name under it, whatever the backend's own class is called."""
    match data:
        case dict():
            found = {key: public_modules(value, document) for key, value in data.items()}
            module, name = found.get("module"), found.get("class_name")
            if isinstance(module, str) and isinstance(name, str) and module.startswith("keras.src."):
                public = _public_module(module, name)
                if public is not None:
                    found |= {"module": public, "registered_name": None}
            return found
        case list():
            return [public_modules(item, document) for item in data]
        case _:
            return data


def documents_jit(data: Json, document: Mapping[str, object]) -> Json:
    """`jit_compile` as the document says, for Keras writes what it came to on this machine."""
    compiled = data.get("compile_config") if isinstance(data, dict) else None
    if not isinstance(compiled, dict) or "jit_compile" not in compiled:
        return data
    return {**data, "compile_config": {**compiled, "jit_compile": document.get("jit_compile", "auto")}}


def given_arguments(data: Json, document: Mapping[str, object]) -> Json:
    """The arguments of losses, metrics and optimizers that Keras forgets to write (`delta` of `Huber`)."""
    compiled = data.get("compile_config") if isinstance(data, dict) else None
    if not isinstance(compiled, dict):
        return data
    kept = {key: _with_given(value, document.get(key)) for key, value in compiled.items()}
    return {**data, "compile_config": kept}


def open_widths(data: Json, document: Mapping[str, object]) -> Json:
    """`int` as the dtype of what counts (`MeanIoU`), where Keras writes how wide it is on this backend."""
    compiled = data.get("compile_config") if isinstance(data, dict) else None
    if not isinstance(compiled, dict):
        return data
    opened = {key: _with_open_width(value, document.get(key)) for key, value in compiled.items()}
    return {**data, "compile_config": opened}


def small_shared_ids(data: Json, document: Mapping[str, object]) -> Json:
    """Shared ids as 1, 2, … in the order they appear; one that appears once says nothing and goes."""
    counts: dict[object, int] = {}
    _count(data, counts)
    numbers: dict[object, int] = {}
    return _renumber(data, counts, numbers)


PASSES: tuple[Pass, ...] = (
    plain_json,
    public_modules,
    documents_jit,
    given_arguments,
    open_widths,
    small_shared_ids,
)


def _bare(config: Json, ends: Iterable[str]) -> None:
    """One tensor that no list holds as `["x", 0, 0]`.

    Releases before 3.11 write `[["x", 0, 0]]`, which newer ones read as a list. All read the other.
    """
    inner = config["config"]
    for end in ends:
        if isinstance(inner, dict) and len(inner.get(end) or ()) == 1:
            (inner[end],) = inner[end]


def _with_given(written: Json, given: object) -> Json:
    match written, given:
        case {"class_name": one, "config": dict() as config}, {
            "class_name": two,
            "config": dict() as said,
        } if one == two:
            kept = {key: _with_given(value, said.get(key)) for key, value in config.items()}
            return {**written, "config": kept | {key: said[key] for key in said if key not in kept}}
        case dict(), dict():
            return {key: _with_given(value, given.get(key)) for key, value in written.items()}
        case list(), list() if len(written) == len(given):
            return [_with_given(one, two) for one, two in zip(written, given, strict=True)]
        case _:
            return written


def _with_open_width(written: Json, given: object) -> Json:
    match written, given:
        case {"class_name": str(), "config": {"dtype": "int32" | "int64", **config}}, {
            "config": dict() as said
        }:
            return written if "dtype" in said else {**written, "config": {**config, "dtype": "int"}}
        case dict(), dict():
            return {key: _with_open_width(value, given.get(key)) for key, value in written.items()}
        case list(), list() if len(written) == len(given):
            return [_with_open_width(one, two) for one, two in zip(written, given, strict=True)]
        case _:
            return written


def _count(data: Json, counts: dict[object, int]) -> None:
    match data:
        case dict():
            if _SHARED in data:
                counts[data[_SHARED]] = counts.get(data[_SHARED], 0) + 1
            for value in data.values():
                _count(value, counts)
        case list():
            for item in data:
                _count(item, counts)


def _renumber(data: Json, counts: Mapping[object, int], numbers: dict[object, int]) -> Json:
    match data:
        case dict():
            number = None
            if counts.get(data.get(_SHARED), 0) > 1:
                number = numbers.setdefault(data[_SHARED], len(numbers) + 1)
            found = {key: _renumber(value, counts, numbers) for key, value in data.items() if key != _SHARED}
            return found if number is None else {**found, _SHARED: number}
        case list():
            return [_renumber(item, counts, numbers) for item in data]
        case _:
            return data


@cache
def _public_module(module: str, name: str) -> str | None:
    cls = getattr(import_module(module), name, None)
    for base in getattr(cls, "__mro__", ()):
        public = private.get_name_from_symbol(base) if base.__name__ == name else None
        if public is not None and private.get_symbol_from_name(public) is not None:
            return str(public).rpartition(".")[0]
    # On torch the optimizers are stand-ins that share nothing but the name with the public class.
    public_optimizer = getattr(keras.optimizers, name, None) if ".optimizers." in f"{module}." else None
    return "keras.optimizers" if isinstance(public_optimizer, type) else None
