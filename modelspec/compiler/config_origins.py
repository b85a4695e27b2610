"""Where a document says what stands at a path of its model's config."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from modelspec.catalog.floor import Path
from modelspec.catalog.resolved import KerasObject, Resolved
from modelspec.graph.model import Call, Graph, Layer, SubModel, WholeModel
from modelspec.language.closed import Input
from modelspec.language.values import Origin

Json = Any


@dataclass(frozen=True, slots=True)
class _Named:
    """What a graph has, by the names in its config.

    Args:
        calls: by the path of what is called.
    """

    inputs: Mapping[str, Input]
    layers: Mapping[str, Layer]
    calls: Mapping[str, list[Call]]


@dataclass(frozen=True, slots=True)
class ConfigOrigins:
    """Origins by the paths of a config; each model is looked through once, however many are asked for.

    Args:
        config: of the whole model.
        resolved: what it was made of.
    """

    config: Mapping[str, Json]
    resolved: Resolved
    _named: dict[int, _Named] = field(default_factory=dict)

    def of(self, path: Path) -> tuple[Origin, bool]:
        """What a path leads to, or else the nearest thing around it, and whether it was found."""
        match path:
            case ("compile_config", str(key), *_) if key in self.resolved.compile_arguments:
                return self.resolved.compile_arguments[key], True
        return self._in_model(path, self.config, self.resolved, self.resolved.program.main)

    def _in_model(
        self, path: Path, config: Json, resolved: Resolved, model: Graph | WholeModel
    ) -> tuple[Origin, bool]:
        match path:
            case ("config", "layers", int(position), *rest) if isinstance(model, Graph):
                data = config["config"]["layers"][position]
                name = data.get("name") or data["config"].get("name")
                named = self._names_of(model)
                if name in named.inputs:
                    return named.inputs[name].origin, True
                if name in named.layers:
                    return self._in_layer(tuple(rest), data, resolved, model, named.layers[name])
        return model.origin, False

    def _in_layer(
        self, path: Path, data: Json, resolved: Resolved, model: Graph, layer: Layer
    ) -> tuple[Origin, bool]:
        if isinstance(layer.kind, SubModel):
            key = layer.kind.key
            if key in resolved.nested:
                return self._in_model(path, data, resolved.nested[key], resolved.nested[key].program.main)
            inner = next(other for other in resolved.program.models if other.key == key)
            return self._in_model(path, data, resolved, inner)
        made = resolved.layers.get(model.key, {}).get(layer.path)
        calls = self._names_of(model).calls.get(layer.path, [])
        match path:
            case ("inbound_nodes", int(position), *_) if position < len(calls):
                return calls[position].origin, True
            case ("config", str(argument), *_) if (
                isinstance(made, KerasObject) and argument in made.arguments
            ):
                return made.arguments[argument], True
        return layer.origin, not path

    def _names_of(self, model: Graph) -> _Named:
        known = self._named.get(id(model))
        if known is None:
            inputs: dict[str, Input] = {}
            layers: dict[str, Layer] = {}
            calls: dict[str, list[Call]] = {}
            for entry in model.inputs:
                inputs.setdefault(entry.called, entry)
            for layer in model.layers:
                layers.setdefault(layer.name, layer)
            for call in model.calls:
                calls.setdefault(call.layer, []).append(call)
            known = self._named[id(model)] = _Named(inputs, layers, calls)
        return known
