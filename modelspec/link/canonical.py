"""A model's dict as Keras writes it, made independent of the process, the place and the backend."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib import import_module
from typing import Any

import keras

from modelspec.catalog.shared_ids import small_ids
from modelspec.link import private

Json = Any
Pass = Callable[[Json, Mapping[str, object]], Json]


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


def readable_factors(data: Json, document: Mapping[str, object]) -> Json:
    """Factors as their class reads them, where Keras writes a range that it does not read."""
    match data:
        case dict():
            found = {key: readable_factors(value, document) for key, value in data.items()}
            named, config = (found.get("module"), found.get("class_name")), found.get("config")
            if named in _WRITTEN_AS_RANGES and isinstance(config, dict):
                halves = {key: _half(config[key]) for key in _WRITTEN_AS_RANGES[named] if key in config}
                found["config"] = config | halves
            return found
        case list():
            return [readable_factors(item, document) for item in data]
        case _:
            return data


def small_shared_ids(data: Json, document: Mapping[str, object]) -> Json:
    """Shared ids as 1, 2, … in the order they appear; one that appears once says nothing and goes."""
    return small_ids(data)


PASSES: tuple[Pass, ...] = (
    plain_json,
    public_modules,
    documents_jit,
    given_arguments,
    open_widths,
    readable_factors,
    small_shared_ids,
)

# `RandomShear` of Keras 3.15 turns 0.25 into (-0.25, 0.25) and refuses any factor below 0.
_WRITTEN_AS_RANGES: Mapping[object, tuple[str, ...]] = {
    ("keras.layers", "RandomShear"): ("x_factor", "y_factor"),
}


def _half(factor: Json) -> Json:
    """The number whose range in both directions a factor is; other factors as they are."""
    match factor:
        case [int() | float() as low, int() | float() as high] if low == -high:
            return high
        case _:
            return factor


def _bare(config: Json, ends: Iterable[str]) -> None:
    """One tensor that no list holds as `["x", 0, 0]`.

    Releases before 3.11 write `[["x", 0, 0]]`, which newer ones read as a list. All read the other.
    """
    for end in ends:
        held = config["config"].get(end) if isinstance(config.get("config"), dict) else None
        if held and len(held) == 1:
            (config["config"][end],) = held


def _with_given(written: Json, given: object) -> Json:
    match written, given:
        case {"class_name": one, "config": dict() as config}, {
            "class_name": two,
            "config": dict() as said,
        } if one == two:
            kept = {key: _with_given(value, said.get(key)) for key, value in config.items()}
            return {**written, "config": kept | {key: said[key] for key in said if key not in kept}}
        case {"class_name": "__tensor__"}, list():
            # `AUC` writes its weights so, and reads them as a list only.
            return given
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
