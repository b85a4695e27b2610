"""A graph becomes a Keras model: each layer is made and called by itself, so each mistake is told at its
place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import keras

from modelspec.catalog.resolved import KerasObject, KerasOp, Resolved
from modelspec.diagnostics import Report
from modelspec.graph.model import Call, Graph, Layer, SliceLayer, SubModel, Tensor, WholeModel
from modelspec.language.closed import Input
from modelspec.language.values import Origin, Plain
from modelspec.link import private
from modelspec.link.feeds import (
    BadFeedError,
    bare_references,
    layer_feed,
    model_feed,
    op_feed,
    references_in,
    structure_of,
)
from modelspec.link.layers import deserialize, first_call, later_call, make, models_in
from modelspec.link.operations import NoTensorError, OperationNames, call_op, slice_of, variadic_parameter
from modelspec.link.outputs import NoSuchOutputError, choices, part_of, shape_text, tensors_in
from modelspec.link.refusal import Refused, WordedError, line_of, point_of, report_called, report_made
from modelspec.link.values import TooLargeError, Watch, without_values


@dataclass(frozen=True, slots=True)
class Made:
    """A model of Keras and what each part of it stands for.

    Args:
        key: the model's key in its program.
        prefix: what stands before the graph paths of its layers (`text_encoder/`; empty for the main model).
        model: of Keras.
        graph: what it was made of.
        layers: by path: the layers, operations and nested models of Keras.
        outputs: by call path, inputs included: what it gives.
        nested: by path: the nested models among the layers.
        arguments: the nested models that are arguments of layers.
    """

    key: str
    prefix: str
    model: Any
    graph: Graph | WholeModel
    layers: Mapping[str, Any]
    outputs: Mapping[str, Any]
    nested: Mapping[str, Made]
    arguments: tuple[Made, ...] = ()


@dataclass(frozen=True, slots=True)
class Bench:
    """What is at hand while models are made.

    Args:
        report: gets what Keras objects to.
        watch: sees variables.
        frozen: the paths of layers whose variables do not train, with the model's prefix.
        inference: likewise, of batch normalisations that keep to their moving statistics.
        warned: the warnings that were given and not told yet.
    """

    report: Report
    watch: Watch
    frozen: frozenset[str]
    inference: frozenset[str]
    warned: list[Any]

    def tell_warnings(self, origin: Origin) -> None:
        """Report what Keras has warned about since the last time, at `origin`."""
        for warning in self.warned:
            if issubclass(warning.category, UserWarning):
                self.report.add(
                    "keras-warning", point_of(warning.message), origin.place, frames=origin.frames
                )
        self.warned.clear()


def wire(
    graph: Graph, resolved: Resolved, bench: Bench, *, prefix: str, models: Mapping[str, Made]
) -> Made | None:
    """The Keras model of a graph; `None` where Keras objects, which is reported.

    Args:
        graph: the model's.
        resolved: the program it stands in.
        bench: see there.
        prefix: what stands before the paths of its layers.
        models: those made before it, by key.
    """
    return _Wiring(graph, resolved, bench, prefix, models).run()


@dataclass(slots=True)
class _Wiring:
    """One graph while it is wired."""

    graph: Graph
    resolved: Resolved
    bench: Bench
    prefix: str
    models: Mapping[str, Made]
    layers: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    nested: dict[str, Made] = field(default_factory=dict)
    layer_of: dict[str, str] = field(default_factory=dict)
    arguments: dict[str, Made] = field(default_factory=dict)

    def run(self) -> Made | None:
        graph = self.graph
        by_path = {layer.path: layer for layer in graph.layers}
        names = OperationNames(
            frozenset({*(layer.name for layer in graph.layers), *(entry.name for entry in graph.inputs)})
        )
        for entry in graph.inputs:
            tensor = make_input(entry, self.bench.report)
            if tensor is not None:
                self.outputs[entry.name] = tensor
                names.know(private.operation_of(tensor))
        for call in graph.calls:
            self.layer_of[call.path] = call.layer
            if all(reference.call in self.outputs for reference in references_in(call)):
                self._call(call, by_path[call.layer], names)
        if self._failed():
            return None
        model = self._model()
        if model is None:
            return None
        return Made(
            graph.key,
            self.prefix,
            model,
            graph,
            self.layers,
            self.outputs,
            self.nested,
            tuple(self.arguments.values()),
        )

    def _failed(self) -> bool:
        wanted = {call.path for call in self.graph.calls} | {entry.name for entry in self.graph.inputs}
        return not wanted <= self.outputs.keys()

    def _call(self, call: Call, layer: Layer, names: OperationNames) -> None:
        report = self.bench.report
        what = self._what(layer)
        try:
            outputs = self._outputs(call, layer, names)
            if outputs is None:
                return
            self.outputs[call.path] = outputs
        except _UnknownOutputError as unknown:
            report.add("no-such-output", str(unknown), unknown.origin.place, frames=unknown.origin.frames)
        except BadFeedError as error:
            report.add(
                "bad-call",
                f"`{what}` cannot be called: {error}",
                call.origin.place,
                frames=call.origin.frames,
            )
        except NoTensorError as error:
            report.add("not-a-tensor", str(error), call.origin.place, frames=call.origin.frames)
        except TooLargeError as error:
            report_too_large(report, error, what=what, origin=layer.origin)
        except Refused as refused:
            self._report_refused(refused, call, layer, what)
        self.bench.tell_warnings(call.origin)

    def _outputs(self, call: Call, layer: Layer, names: OperationNames) -> Any:
        """What a call gives; its layer is made at the first."""
        match layer.kind, self._made_of(layer):
            case SliceLayer() as kind, _:
                (reference,) = references_in(call)
                return self._operation(lambda: slice_of(self._one(reference), kind), layer, names)
            case SubModel() as kind, _:
                return self._nested_call(call, layer, kind.key, names)
            case _, KerasOp() as op:
                bound = op_feed(
                    call,
                    deserialize(dict(op.arguments)) | self._arguments(call),
                    parameters=op.parameters,
                    takes_sequence=op.takes_sequence,
                    variadic=variadic_parameter(op.function),
                    look=self._look,
                )
                return self._operation(lambda: call_op(op.function, bound), layer, names)
            case _, KerasObject() as made_of:
                return self._layer_call(call, layer, made_of, names)
            case _:
                raise KeyError(f"nothing is resolved for the layer {layer.path!r}")

    def _layer_call(self, call: Call, layer: Layer, made_of: KerasObject, names: OperationNames) -> Any:
        def called(made: Any) -> Any:
            feed = layer_feed(made, call, self._call_arguments(made, call, layer), look=self._look)
            return made(*feed.args, **feed.kwargs)

        if layer.path in self.layers:
            made = self.layers[layer.path]
            outputs = later_call(made, called, watch=self.bench.watch)
        else:
            settings = self._settings(layer, made_of)
            seed = f"{self.resolved.program.spec.weights.seed}:{self.prefix}{layer.path}"
            keys = tuple(models_in(made_of.data))
            if not self.models.keys() >= set(keys):  # one has failed, which is reported
                return None
            self.arguments |= {key: self.models[key] for key in keys}
            models = {key: self.models[key].model for key in keys}
            made, outputs = first_call(
                lambda: make(made_of.data, settings=settings, seed=seed, models=models),
                called,
                watch=self.bench.watch,
            )
            if made.name != layer.name:
                made.name = layer.name
            self.layers[layer.path] = made
        names.know(made)
        names.name_rest(made, outputs, owner=layer.name)
        return outputs

    def _operation(self, run: Any, layer: Layer, names: OperationNames) -> Any:
        try:
            with without_values():
                outputs = run()
        except WordedError:
            raise
        except Exception as error:
            raise Refused("called", error) from error
        self.layers[layer.path] = names.name_result(outputs, layer.name)
        return outputs

    def _nested_call(self, call: Call, layer: Layer, key: str, names: OperationNames) -> Any:
        made = self.models.get(key)
        if made is None:  # it has failed, which is reported
            return None
        model = made.model
        given = self._nested_feed(made, call)
        arguments = self._arguments(call)
        outputs = later_call(model, lambda called: called(given, **arguments), watch=self.bench.watch)
        if _false(layer.trainable):
            model.trainable = False
        self.layers[layer.path] = model
        self.nested[layer.path] = made
        names.know(model)
        names.name_rest(model, outputs, owner=layer.name)
        return outputs

    def _nested_feed(self, made: Made, call: Call) -> Any:
        if made.graph.inputs_as is not None:
            inputs = tuple(entry.name for entry in made.graph.inputs)
            return model_feed(made.graph.inputs_as, inputs, call, look=self._look)
        if isinstance(call.inputs, tuple):
            return {name: structure_of(item, self._look) for name, item in call.inputs}
        return structure_of(call.inputs, self._look)

    def _settings(self, layer: Layer, made_of: KerasObject) -> dict[str, object]:
        config = made_of.data.get("config")
        written = config if isinstance(config, dict) else {}
        settings: dict[str, object] = {"name": layer.name}
        if f"{self.prefix}{layer.path}" in self.bench.frozen:
            settings["trainable"] = False
        elif layer.trainable is not None and "trainable" not in made_of.arguments:
            settings["trainable"] = bool(layer.trainable.value)
        dtype = self.resolved.dtypes.get(self.graph.key, {}).get(layer.path)
        if dtype is not None and written.get("dtype") is None:
            settings["dtype"] = dtype
        return settings

    def _call_arguments(self, made: Any, call: Call, layer: Layer) -> dict[str, Any]:
        arguments = self._arguments(call)
        if f"{self.prefix}{layer.path}" in self.bench.inference and isinstance(
            made, keras.layers.BatchNormalization
        ):
            arguments.setdefault("training", False)
        return arguments

    def _arguments(self, call: Call) -> dict[str, Any]:
        found = self.resolved.calls.get(self.graph.key, {}).get(call.path)
        return dict(deserialize(dict(found))) if found else {}

    def _made_of(self, layer: Layer) -> KerasObject | KerasOp | None:
        return self.resolved.layers.get(self.graph.key, {}).get(layer.path)

    def _what(self, layer: Layer) -> str:
        match layer.kind, self._made_of(layer):
            case SubModel() as kind, _:
                return kind.key
            case _, KerasOp() as op:
                return f"ops.{op.function}"
            case _, KerasObject() as made_of:
                return str(made_of.data.get("class_name"))
            case _:
                return layer.name

    # --- tensors -------------------------------------------------------------------------------------

    def _look(self, reference: Tensor) -> Any:
        structure = self.outputs[reference.call]
        index = self._index(reference)
        try:
            return part_of(structure, index, name=reference.call)
        except NoSuchOutputError as error:
            raise _UnknownOutputError(str(error), reference.origin) from None

    def _index(self, reference: Tensor) -> tuple[int | str, ...]:
        """The steps of a reference; a name of one of a nested model's listed outputs as its number."""
        made = self.nested.get(self.layer_of.get(reference.call, ""))
        structure = self.outputs[reference.call]
        named = bool(reference.index) and isinstance(reference.index[0], str)
        if not named or made is None or not isinstance(made.graph, Graph) or isinstance(structure, dict):
            return reference.index
        written = [name for name, _ in made.graph.output_names]
        if reference.index[0] not in written:
            return reference.index
        return (written.index(str(reference.index[0])), *reference.index[1:])

    def _one(self, reference: Tensor) -> Any:
        """The one tensor of a reference."""
        found = self._look(reference)
        parts = choices(found, reference.call)
        if parts:
            raise _UnknownOutputError(_several(reference.call, parts), reference.origin)
        return found

    # --- problems ------------------------------------------------------------------------------------

    def _report_refused(self, refused: Refused, call: Call, layer: Layer, what: str) -> None:
        report = self.bench.report
        made_of = self._made_of(layer)
        if refused.stage == "made" and isinstance(made_of, KerasObject):
            report_made(report, refused.error, what=what, origin=made_of.origin, names=made_of.arguments)
            return
        for reference in bare_references(call):
            parts = choices(self._look(reference), reference.call)
            if parts:
                report.add(
                    "several-outputs",
                    _several(reference.call, parts),
                    reference.origin.place,
                    help=f"write one of {', '.join(f'`{part}`' for part in parts)}",
                    frames=reference.origin.frames,
                )
                return
        report_called(report, refused.error, what=what, origin=call.origin, notes=self._notes(call))

    def _notes(self, call: Call) -> tuple[str, ...]:
        places = {done.path: done.origin for done in self.graph.calls}
        places |= {entry.name: entry.origin for entry in self.graph.inputs}
        notes = []
        for reference in references_in(call):
            name = ".".join((reference.call, *(str(step) for step in reference.index)))
            shapes = ", ".join(shape_text(tensor) for tensor in tensors_in(self._look(reference)))
            notes.append(f"`{name}` is {shapes}, from {line_of(places[reference.call].place)}")
        return tuple(dict.fromkeys(notes))

    # --- the model -----------------------------------------------------------------------------------

    def _model(self) -> Any:
        graph = self.graph
        try:
            with without_values():
                model = self._whole()
        except _UnknownOutputError as unknown:
            self.bench.report.add(
                "no-such-output", str(unknown), unknown.origin.place, frames=unknown.origin.frames
            )
            return None
        except Refused as refused:
            report_made(self.bench.report, refused.error, what=graph.name, origin=graph.origin, names={})
            return None
        except Exception as error:
            report_made(self.bench.report, error, what=graph.name, origin=graph.origin, names={})
            return None
        self.bench.tell_warnings(graph.origin)
        if _false(graph.trainable):
            model.trainable = False
        return model

    def _whole(self) -> Any:
        graph = self.graph
        if graph.cls == "Sequential":
            chain = [self.layers[layer.path] for layer in graph.layers]
            first = private.operation_of(self.outputs[graph.inputs[0].name])
            return keras.Sequential([first, *chain], name=graph.name)
        inputs = structure_of(graph.inputs_as, self._look)
        outputs = structure_of(graph.outputs, self._look)
        if graph.cls == "Functional":
            return keras.Model(inputs, outputs, name=graph.name)
        made_of = self.resolved.classes[graph.key]
        name, config = made_of.data.get("registered_name"), made_of.data.get("config")
        cls = keras.saving.get_registered_object(name)
        arguments = deserialize(config) if isinstance(config, dict) else {}
        return cls(inputs=inputs, outputs=outputs, name=graph.name, **arguments)


class _UnknownOutputError(WordedError):
    def __init__(self, message: str, origin: Origin) -> None:
        super().__init__(message)
        self.origin = origin


def make_input(entry: Input, report: Report) -> Any:
    """The tensor of an input; `None` where Keras objects, which is reported."""
    settings = {
        "shape": entry.shape,
        "batch_shape": entry.batch_shape,
        "dtype": entry.dtype,
        "sparse": entry.sparse,
        "ragged": entry.ragged,
        "optional": entry.optional,
    }
    try:
        return keras.Input(
            **{key: value for key, value in settings.items() if value is not None}, name=entry.name
        )
    except Exception as error:
        report_made(report, error, what=entry.name, origin=entry.origin, names={})
        return None


def report_too_large(report: Report, error: TooLargeError, *, what: str, origin: Origin) -> None:
    """Report a variable beyond the bounds."""
    shape = " × ".join(str(size) for size in error.shape)
    if error.ordinary:
        message = (
            f"`{what}` computes with its values while it is built, and they are too many to hold ({shape})"
        )
        help = "build it in Keras, save it, and nest the archive"
    else:
        message = f"`{what}` has a variable of {shape}, more parameters than a model may have"
        help = "`--max-params` allows more"
    report.add("too-many-parameters", message, origin.place, help=help, frames=origin.frames)


def _several(name: str, parts: tuple[str, ...]) -> str:
    return f"`{name}` gives {len(parts)} tensors where one is wanted"


def _false(value: Plain | None) -> bool:
    return value is not None and value.value is False
