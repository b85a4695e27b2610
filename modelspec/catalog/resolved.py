"""A program whose every object is a Keras serialization dict, checked against the catalog."""

from __future__ import annotations

from collections.abc import Mapping

from modelspec.frozen import dataclass
from modelspec.graph.model import Program
from modelspec.language.values import Origin

_MODEL_REFERENCE = "__modelspec_model__"


def model_reference(key: str) -> dict[str, object]:
    """What stands in a config where an argument names a nested model (`TimeDistributed: {layer: encoder}`).

    Only `link` can put the model's own dict there.
    """
    return {"class_name": _MODEL_REFERENCE, "config": {"key": key}}


def referenced_model(data: object) -> str | None:
    """The key of the nested model that a value of a config refers to; `None` for every other value."""
    match data:
        case {"class_name": "__modelspec_model__", "config": {"key": str(key)}}:
            return key
        case _:
            return None


@dataclass(frozen=True, slots=True)
class KerasObject:
    """The serialization dict of one object and where its arguments were written.

    Args:
        data: `module`, `class_name`, `config`, `registered_name`; nested objects likewise. Never mutated.
        origin: the object's place.
        arguments: the origin of each argument of `data["config"]`, defaults of the document included.
        verbatim: given as a Keras dict, so nothing may be left out of it or filled in.
    """

    data: dict[str, object]
    origin: Origin
    arguments: Mapping[str, Origin]
    verbatim: bool = False


@dataclass(frozen=True, slots=True)
class KerasOp:
    """An operation of `keras.ops`.

    Args:
        function: the name below `keras.ops` (`add`, `image.resize`).
        arguments: those that are no tensors, as JSON values and serialization dicts, by parameter name.
        parameters: the names of all parameters in order, for binding the tensors; a variadic one
            (`*operands`) starts with a star and takes, by position, all tensors that are left.
        takes_sequence: whether the first parameter is a sequence of tensors (`concatenate`).
    """

    function: str
    arguments: Mapping[str, object]
    parameters: tuple[str, ...]
    takes_sequence: bool
    origin: Origin


@dataclass(frozen=True, slots=True)
class Fit:
    """What `Model.fit` is given besides data.

    Args:
        arguments: plain values by name; those that are left to Keras are not there.
        callbacks: in order.
        origins: where each argument is written, `callbacks` among them.
    """

    arguments: Mapping[str, object]
    callbacks: tuple[KerasObject, ...]
    origins: Mapping[str, Origin]


@dataclass(frozen=True, slots=True)
class Resolved:
    """What the `link` room builds from.

    Args:
        program: the graphs.
        layers: by model key, then by layer path: what to make. Slices and nested models are not here.
        wholes: by model key: the object of a `model:`.
        classes: by model key: the registered class of a model that is not a plain Functional or Sequential.
        calls: by model key, then by call path: the call arguments that are no tensors.
        dtypes: by model key, then by layer path: the dtype policy written on an item or block around it,
            a name or a serialization dict. Those under the class key are in the layer's own config.
        model_dtypes: by model key: the policy while the model is made; absent where nothing says.
        compile: a Keras compile config (`optimizer`, `loss`, …), objects as serialization dicts,
            keys of outputs translated; `None` when the document has none.
        compile_arguments: the origin of each key of `compile`.
        nested: the resolved programs of `file:` documents, by model key.
        quantization: the quantization config of each entry of `weights.quantize`, `None` where it has none.
        fit: how the model is trained; `None` where the document does not say, or a function does it.
    """

    program: Program
    layers: Mapping[str, Mapping[str, KerasObject | KerasOp]]
    wholes: Mapping[str, KerasObject]
    classes: Mapping[str, KerasObject]
    calls: Mapping[str, Mapping[str, Mapping[str, object]]]
    dtypes: Mapping[str, Mapping[str, object]]
    model_dtypes: Mapping[str, object]
    compile: Mapping[str, object] | None
    compile_arguments: Mapping[str, Origin]
    nested: Mapping[str, Resolved]
    quantization: tuple[KerasObject | None, ...] = ()
    fit: Fit | None = None
