"""The models inside a model: layers of its graph, and arguments of its layers, each under its own key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from modelspec.catalog.lookup import Catalog
from modelspec.catalog.resolved import model_reference
from modelspec.catalog.shared_ids import SHARED
from modelspec.decompiler.model import Layer, Model
from modelspec.decompiler.reading import is_graph, is_sequential, read_model
from modelspec.decompiler.reduced import LAYERS
from modelspec.language.words import ITEM_WORDS, LOCAL_KEY, RESERVED_NAMES

Json = Any
Path = tuple[str, ...]
"""The names of layers that lead to a model; of one that is an argument, the layer's and `argument 1`."""


@dataclass(frozen=True, slots=True)
class Nested:
    """A model whose layers name the models in their arguments.

    Args:
        main: the model.
        models: those inside it by key, each after those it nests.
        keys: the key of each that is a layer, by its path.
        paths: the path of each, by key.
        held_twice: the two places of each layer or model that two models hold, which Keras marks with one id.
            Nobody can load that: Keras writes its values once, and so the document makes two of it.
    """

    main: Model
    models: Mapping[str, Model]
    keys: Mapping[Path, str]
    paths: Mapping[str, Path]
    held_twice: tuple[tuple[Path, Path], ...] = ()


def find_models(model: Model, catalog: Catalog) -> Nested:
    """The models inside a model.

    Raises:
        Undecompilable: the config of one contradicts itself.
    """
    found = _Finding(catalog)
    main = found.visit(model, ())
    return Nested(main, found.models, found.keys, found.paths, tuple(found.held_twice))


@dataclass(slots=True)
class _Finding:
    """The models that have been met."""

    catalog: Catalog
    models: dict[str, Model] = field(default_factory=dict)
    keys: dict[Path, str] = field(default_factory=dict)
    paths: dict[str, Path] = field(default_factory=dict)
    marked: dict[object, Path] = field(default_factory=dict)
    held_twice: list[tuple[Path, Path]] = field(default_factory=list)

    def visit(self, owner: Model, path: Path) -> Model:
        """A model with references where its layers have models among their arguments."""
        layers: dict[str, Layer] = {}
        for name, layer in owner.layers.items():
            if layer.model is not None and not layer.data.get("compile_config"):
                key = self._key_of(layer.model, layer.data, name, (*path, name))
                self.keys[*path, name] = key
                layers[name] = replace(layer, model=self.models[key])
            else:
                self._mark(layer.data, (*path, name))
                layers[name] = replace(layer, data=self._object(layer.data, (*path, name), [0]))
        return replace(owner, layers=layers)

    def _key_of(self, model: Model, data: Mapping[str, Json], name: str, path: Path) -> str:
        self._mark(data, path)
        inner = self.visit(model, path)
        key = _key(name, self.models)
        self.models[key] = inner
        self.paths[key] = path
        return key

    def _mark(self, data: Mapping[str, Json], path: Path) -> None:
        mark = data.get(SHARED)
        if mark is None:
            return
        first = self.marked.setdefault(mark, path)
        # What lies inside a model that is told of need not be told of.
        if first != path and not any(path[: len(two)] == two for _, two in self.held_twice):
            self.held_twice.append((first, path))

    def _object(self, data: Mapping[str, Json], path: Path, count: list[int]) -> dict[str, Json]:
        """An object whose arguments refer to models where a model is wanted."""
        entry, config = self.catalog.class_of(data), data.get("config")
        if entry is None or not isinstance(config, dict):
            return dict(data)
        changed = {
            key: self._value(config[key], path, count)
            for key, argument in entry.arguments.items()
            if argument.family in LAYERS and key in config
        }
        return {**data, "config": {**config, **changed}} if changed else dict(data)

    def _value(self, value: Json, path: Path, count: list[int]) -> Json:
        match value:
            case list():
                return [self._value(item, path, count) for item in value]
            case {"class_name": str(), "config": dict() as config}:
                model = read_model(value) if is_graph(value) or is_sequential(value) else None
                if model is None or value.get("compile_config"):
                    return self._object(value, path, count)
                count[0] += 1
                name = str(config.get("name"))
                return model_reference(self._key_of(model, value, name, (*path, f"argument {count[0]}")))
            case _:
                return value


def _key(name: str, taken: Mapping[str, Model]) -> str:
    key = re.sub(r"[^a-z0-9_-]+", "_", name.lower()).strip("_-")
    if not LOCAL_KEY.fullmatch(key) or key in RESERVED_NAMES or key in ITEM_WORDS:
        key = f"model_{key}" if key else "model"
    free, count = key, 1
    while free in taken:
        count += 1
        free = f"{key}_{count}"
    return free
