"""A graph becomes a Keras model: each layer is made and called by itself, so each mistake is told at its
place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from modelspec.catalog.resolved import KerasObject, KerasOp, Resolved
from modelspec.graph.model import Call, Graph, Layer, SliceLayer, SubModel
from modelspec.link import private
from modelspec.link.archived_layers import normalises
from modelspec.link.assemble import assemble
from modelspec.link.feeds import BadFeedError, layer_feed, model_feed, op_feed, references_in, structure_of
from modelspec.link.freezing import frozen_inside
from modelspec.link.inputs import make_input
from modelspec.link.layers import deserialize, first_call, later_call, make, models_in
from modelspec.link.lookup import Lookup
from modelspec.link.made import Bench, Made
from modelspec.link.objections import CALL_ERRORS, report_failed_call
from modelspec.link.operations import OperationNames, call_op, slice_of, variadic_parameter
from modelspec.link.outputs import tensors_in
from modelspec.link.refusal import Refused, WordedError
from modelspec.link.values import without_values


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
    found: Lookup = field(default_factory=Lookup)
    nested: dict[str, Made] = field(default_factory=dict)
    arguments: dict[str, Made] = field(default_factory=dict)

    def run(self) -> Made | None:
        graph = self.graph
        by_path = {layer.path: layer for layer in graph.layers}
        names = OperationNames(
            frozenset({*(layer.name for layer in graph.layers), *(entry.called for entry in graph.inputs)})
        )
        for entry in graph.inputs:
            tensor = make_input(entry, self.bench.report)
            if tensor is not None:
                self.found.outputs[entry.name] = tensor
                names.know(private.operation_of(tensor))
        for call in graph.calls:
            if all(reference.call in self.found.outputs for reference in references_in(call)):
                self._call(call, by_path[call.layer], names)
        if self._failed():
            return None
        model = assemble(graph, self.resolved, self.bench, layers=self.layers, found=self.found)
        if model is None:
            return None
        return Made(
            graph.key,
            self.prefix,
            model,
            graph,
            self.layers,
            self.found.outputs,
            self.nested,
            tuple(self.arguments.values()),
        )

    def _failed(self) -> bool:
        wanted = {call.path for call in self.graph.calls} | {entry.name for entry in self.graph.inputs}
        return not wanted <= self.found.outputs.keys()

    def _call(self, call: Call, layer: Layer, names: OperationNames) -> None:
        try:
            outputs = self._outputs(call, layer, names)
            if outputs is None:
                return
            self.found.outputs[call.path] = outputs
        except CALL_ERRORS as error:
            report_failed_call(
                self.bench.report,
                error,
                graph=self.graph,
                call=call,
                layer=layer,
                made_of=self._made_of(layer),
                what=self._what(layer),
                found=self.found,
            )
        self.bench.tell_warnings(call.origin)

    def _outputs(self, call: Call, layer: Layer, names: OperationNames) -> Any:
        """What a call gives; its layer is made at the first."""
        match layer.kind, self._made_of(layer):
            case SliceLayer() as kind, _:
                (reference,) = references_in(call)
                return self._operation(
                    lambda: slice_of(self.found.look_for_one(reference), kind), layer, names
                )
            case SubModel() as kind, _:
                return self._nested_call(call, layer, kind.key, names)
            case _, KerasOp() as op:
                bound = op_feed(
                    call,
                    deserialize(dict(op.arguments)) | self._arguments(call),
                    parameters=op.parameters,
                    takes_sequence=op.takes_sequence,
                    variadic=variadic_parameter(op.function),
                    look=self.found.look,
                )
                return self._operation(lambda: call_op(op.function, bound), layer, names)
            case _, KerasObject() as made_of:
                return self._layer_call(call, layer, made_of, names)
            case _:
                raise KeyError(f"nothing is resolved for the layer {layer.path!r}")

    def _layer_call(self, call: Call, layer: Layer, made_of: KerasObject, names: OperationNames) -> Any:
        def called(made: Any) -> Any:
            feed = layer_feed(made, call, self._arguments(call), look=self.found.look)
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
            data = frozen_inside(made_of.data) if _is_frozen(made_of.data, settings) else made_of.data
            made, outputs = first_call(
                lambda: make(data, settings=settings, seed=seed, models=models),
                called,
                watch=self.bench.watch,
            )
            if made.name != layer.name:
                made.name = layer.name
            self.layers[layer.path] = made
        self._check_new(outputs, call)
        names.know(made)
        names.name_rest(made, outputs, owner=layer.name)
        return outputs

    def _check_new(self, outputs: Any, call: Call) -> None:
        """Refuse a layer that gives a tensor it was given, for Keras takes that for a cycle."""
        given = {id(tensor) for item in references_in(call) for tensor in tensors_in(self.found.look(item))}
        if any(id(tensor) in given for tensor in tensors_in(outputs)):
            raise BadFeedError("it gives the very tensor that it reads, which Keras takes for a cycle")

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
        if layer.trainable is not None and layer.trainable.value is False:
            model.trainable = False
        self.layers[layer.path] = model
        self.nested[layer.path] = self.found.models[call.path] = made
        names.know(model)
        names.name_rest(model, outputs, owner=layer.name)
        return outputs

    def _nested_feed(self, made: Made, call: Call) -> Any:
        if made.graph.inputs_as is not None:
            inputs = tuple(entry.name for entry in made.graph.inputs)
            return model_feed(made.graph.inputs_as, inputs, call, look=self.found.look)
        if isinstance(call.inputs, tuple):
            return {name: structure_of(item, self.found.look) for name, item in call.inputs}
        return structure_of(call.inputs, self.found.look)

    def _settings(self, layer: Layer, made_of: KerasObject) -> dict[str, object]:
        config = made_of.data.get("config")
        written = config if isinstance(config, dict) else {}
        settings: dict[str, object] = {"name": layer.name}
        path = f"{self.prefix}{layer.path}"
        if path in self.bench.frozen or (path in self.bench.inference and normalises(made_of.data)):
            settings["trainable"] = False
        elif layer.trainable is not None and "trainable" not in made_of.arguments:
            settings["trainable"] = bool(layer.trainable.value)
        dtype = self.resolved.dtypes.get(self.graph.key, {}).get(layer.path)
        if dtype is not None and written.get("dtype") is None:
            settings["dtype"] = dtype
        return settings

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
                return str(made_of.data.get("registered_name") or made_of.data.get("class_name"))
            case _:
                return layer.name


def _is_frozen(data: Mapping[str, object], settings: Mapping[str, object]) -> bool:
    config = data.get("config")
    said = config.get("trainable") if isinstance(config, dict) else None
    return settings.get("trainable", said) is False
