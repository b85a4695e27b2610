"""What any file is, for people: of a model its layers, without Keras; of all else one sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import prod
from pathlib import Path
from typing import Any

from modelspec.archive.checkpoint import open_checkpoint
from modelspec.archive.reader import unreadable
from modelspec.archive.refusal import Refused
from modelspec.catalog.registered import is_registered_name
from modelspec.compiler.identity import Identity, identity_of
from modelspec.decompiler.linearise import linearise
from modelspec.decompiler.model import Call, Layer, Model, Tensor, reads, tensors_in
from modelspec.decompiler.reading import read_model
from modelspec.decompiler.refusal import Undecompilable
from modelspec.diagnostics import Report, SpecError
from modelspec.frozen import dataclass
from modelspec.past.forms import is_past
from modelspec.past.reading import past_of
from modelspec.past.recognition import Recognised, recognise
from modelspec.past.values import Origin
from modelspec.weights.keras_order import of_optimizer

Json = Any


@dataclass(frozen=True, slots=True)
class ShownLayer:
    """A call of a layer.

    Args:
        model: the names that lead to the model it stands in; empty for the outermost.
        name: the layer's; a later call of it has its number behind it.
        class_name: in Keras, of an operation its class; the registered name of a class that is not Keras'.
        output_shape: with the batch; `None` where the file does not say.
        params: of the layer, nested ones included; `None` where the file does not say, or at a later call.
        reads: the calls it reads, in order.
    """

    model: str
    name: str
    class_name: str
    output_shape: tuple[object, ...] | None
    params: int | None
    reads: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a file is.

    Args:
        found: what it is and what to do with it.
        keras_version: that wrote it, as it says.
        date: when it was written, as it says.
        record: what modelspec put into its metadata.
        name, class_name: of the model.
        layers: of the model and the nested ones; empty where there is no graph.
        params: of all, as far as the file has values.
        identity: the hashes of the model.
    """

    found: Recognised
    keras_version: str | None = None
    date: str | None = None
    record: Mapping[str, Json] | None = None
    name: str | None = None
    class_name: str | None = None
    layers: tuple[ShownLayer, ...] = ()
    params: int | None = None
    identity: Identity | None = None


def is_shown_as_document(path: Path) -> bool:
    """Whether a file is a document in JSON, so that what is wrong is told at its place."""
    try:
        return recognise(path, Report()).kind == "document"
    except (Refused, SpecError, OSError):
        return False  # told by `show_file`, which looks again


def show_file(path: Path, report: Report) -> Shown:
    """What a file that is no document is.

    Args:
        report: told what is left aside, and of Keras 2 what was changed.

    Raises:
        SpecError: it is damaged, or cannot be read.
    """
    try:
        found = recognise(path, report)
    except Refused as refused:
        refused.fail(report, name=str(path), place=None)
    except OSError as error:
        unreadable(error).fail(report, name=str(path), place=None)
    if found.origin is None:
        return Shown(found)
    return _shown_model(path, found, found.origin, report)


def _shown_model(path: Path, found: Recognised, origin: Origin, report: Report) -> Shown:
    metadata = found.metadata or {}
    record, date = metadata.get("modelspec"), metadata.get("date_saved")
    past = is_past(origin.config, origin.keras_version)
    config = past_of(origin, path, report).config if past else origin.config
    counts = _counts(path) if origin.container in ("keras", "hdf5", "tfjs") else {}
    inner = config.get("config")
    name = inner.get("name") if isinstance(inner, dict) else None
    try:
        model = read_model(config)
    except Undecompilable as error:
        model, found = None, _undecompilable(found, error)
    try:
        _check_order(model)
    except Undecompilable as error:
        found = _undecompilable(found, error)
    return Shown(
        found,
        keras_version=origin.keras_version,
        date=date if isinstance(date, str) else None,
        record=record if isinstance(record, dict) else None,
        name=name if isinstance(name, str) else None,
        class_name=str(config.get("class_name")),
        # What is translated has no shapes but those of the inputs: the files of Keras 2 do not have them.
        layers=tuple(_layers(model, counts, "", shaped=not past)) if model is not None else (),
        params=sum(counts.values()) if counts else None,
        identity=_identity(config),
    )


def _undecompilable(found: Recognised, error: Undecompilable) -> Recognised:
    """The same without the promise of a document."""
    return replace(found, help=f"no document can be written of it: {error}")


def _check_order(model: Model | None) -> None:
    """Raise `Undecompilable` where calls of a model, or of one in it, read each other in a circle."""
    if model is None:
        return
    linearise(model)
    for layer in model.layers.values():
        _check_order(layer.model)


def _identity(config: Mapping[str, Json]) -> Identity | None:
    """The hashes of a model but that of its variables; `None` where its config contradicts itself."""
    try:
        return identity_of(config, None)
    except Undecompilable:
        return None


def _counts(path: Path) -> dict[str, int]:
    """How many values each layer has, by its path; nothing where the file's values cannot be read."""
    checkpoint = open_checkpoint(path, Report())
    if checkpoint is None:
        return {}
    found: dict[str, int] = {}
    with checkpoint:
        for tensor in checkpoint.tensors:
            if tensor.names and not (checkpoint.is_hdf5 and of_optimizer(tensor.key)):
                found[tensor.names[0]] = prod(tensor.shape)
    return found


def _layers(model: Model, counts: Mapping[str, int], owner: str, *, shaped: bool) -> Iterator[ShownLayer]:
    shapes = _shapes(model) if shaped else {}
    for name, config in model.inputs.items():
        shape = config.get("batch_shape")
        yield ShownLayer(
            owner, name, "InputLayer", tuple(shape) if isinstance(shape, list) else None, None, ()
        )
    for name, layer in model.layers.items():
        path = f"{owner}/{name}" if owner else name
        params = _of(path, counts)
        for number, call in enumerate(layer.calls):
            yield ShownLayer(
                owner,
                _call_name(name, number),
                _class_of(layer),
                shapes.get((name, number)),
                None if number else params,
                _read(call, model),
            )
    for name, layer in model.layers.items():
        if layer.model is not None:
            yield from _layers(layer.model, counts, f"{owner}/{name}" if owner else name, shaped=shaped)


def _class_of(layer: Layer) -> str:
    registered = layer.data.get("registered_name")
    return registered if isinstance(registered, str) and is_registered_name(registered) else layer.class_name


def _of(path: str, counts: Mapping[str, int]) -> int | None:
    found = [count for name, count in counts.items() if name == path or name.startswith(f"{path}/")]
    return sum(found) if found else None


def _call_name(name: str, number: int) -> str:
    return f"{name}#{number + 1}" if number else name


def _read(call: Call, model: Model) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_call_name(tensor.layer, tensor.call) for tensor in reads(call)))


def _shapes(model: Model) -> dict[tuple[str, int], tuple[object, ...]]:
    """The shapes of first outputs, as those who read them recorded them."""
    found: dict[tuple[str, int], tuple[object, ...]] = {}
    tensors: list[Tensor] = [*tensors_in(model.outputs)]
    layers: list[Layer] = list(model.layers.values())
    for layer in layers:
        for call in layer.calls:
            tensors += reads(call)
    for tensor in tensors:
        if tensor.shape is not None and tensor.index == 0:
            found.setdefault((tensor.layer, tensor.call), tensor.shape)
    return found
