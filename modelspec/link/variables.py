"""Keras' own walk over a model, written down instead of stored: groups, variables and assets."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import keras
import numpy as np

from modelspec.graph.model import Graph, WholeModel
from modelspec.language.values import Origin
from modelspec.link import private
from modelspec.link.canonical import canonical
from modelspec.link.linked import OPTIMIZER, Group, Variable
from modelspec.link.made import Made
from modelspec.link.refusal import point_of
from modelspec.link.sink import Assets, Sink
from modelspec.link.values import Reading, Watch

# Of Keras' layers, those that are none to a document.
_NO_LAYERS = (keras.Model, keras.layers.InputLayer)

# `dtype="int"` is 32 bits wide on JAX and 64 elsewhere; Keras casts when it loads, so one width serves all.
_ONE_WIDTH = MappingProxyType({"int64": "int32", "uint64": "uint32"})


@dataclass(frozen=True, slots=True)
class Placed:
    """A layer that the walk came by.

    Args:
        path: its graph path; of a layer inside another, that of the other with the attributes that lead to
            it, without the underscores before them (`attention/query_dense`).
        owner: the graph path of the layer that it is or stands in.
        address: its group in the file (`layers/multi_head_attention/query_dense/vars`).
    """

    path: str
    owner: str
    address: str
    layer: Any


@dataclass(frozen=True, slots=True)
class Walked:
    """What the walk found, in Keras' order.

    Args:
        unsaved: variables of Keras that the model has and the walk did not come by.
        layers: the layers that are no models.
    """

    groups: tuple[Group, ...]
    variables: tuple[Variable, ...]
    assets: tuple[tuple[str, bytes], ...]
    unsaved: tuple[Any, ...]
    layers: tuple[Placed, ...]


def walk(made: Made, watch: Watch, *, seed: int) -> Walked:
    """Every group, variable and asset that Keras would save of a model.

    A layer's own `save_own_variables` and `save_assets` run unchanged; a value they read is drawn for good.
    Adapters are no part of it: Keras stores kernels with the adapters' product in them, and it is zero.

    Args:
        made: the main model.
        watch: knows how each variable gets its value.
        seed: of the document, for values that only Keras can draw.

    Raises:
        NoValueError: a variable has no value, and its initializer gives none.
    """
    with tempfile.TemporaryDirectory(prefix="modelspec-assets-") as folder:
        sink, assets = Sink(), Assets(folder)
        with _phases(watch, sink), private.adapters_off(made.model) as adapters:
            private.save_state(made.model, weights_store=sink, assets_store=assets)
        found = tuple(
            (path.relative_to(folder).as_posix(), path.read_bytes())
            for path in sorted(Path(folder).rglob("*"))
            if path.is_file()
        )
    owners = _Owners(made, sink.saveables)
    ranks = {id(variable): rank for rank, variable in enumerate(made.model.weights)}
    variables = tuple(
        replace(_variable(address, key, stored, owners.of(address), watch, seed), rank=ranks.get(id(stored)))
        for address, key, stored in sink.stored
    )
    saved = {id(stored) for _, _, stored in sink.stored} | {id(adapter) for adapter in adapters}
    unsaved = tuple(variable for variable in made.model.weights if id(variable) not in saved)
    return Walked(tuple(sink.groups), variables, found, unsaved, tuple(_placed(sink.saveables, owners)))


def _placed(saveables: Mapping[str, Any], owners: _Owners) -> Iterator[Placed]:
    for place, saveable in saveables.items():
        if isinstance(saveable, keras.layers.Layer) and not isinstance(saveable, _NO_LAYERS):
            address = f"{place}/vars"
            owner, below, _ = owners.of(address)
            steps = [step.lstrip("_") for step in below.split("/")[:-1]]
            yield Placed("/".join([owner, *steps] if owner else steps), owner, address, saveable)


class NoValueError(Exception):
    """An initializer of the user's, or a base class, gives no value; the text is the message.

    Args:
        name: of the variable.
        owner: the graph path of its layer.
        reason: what was raised.
    """

    def __init__(self, name: str, owner: str, reason: Exception) -> None:
        super().__init__(f"`{name}` of `{owner}` has no initial values: {point_of(reason)}")
        self.owner = owner


@contextmanager
def _phases(watch: Watch, sink: Sink) -> Iterator[None]:
    """While Keras looks through attributes a read is passed over; while a layer saves itself it is drawn."""

    def watched(saveable: Any, search: Callable[[Any], Iterator[Any]]) -> Iterator[Any]:
        sink.belongs_to(saveable)
        entries = search(saveable)
        while True:
            with watch.read_as(Reading.PASSED_OVER):
                entry = next(entries, None)
            if entry is None:
                return
            yield entry

    numpy = vars(private.Variable).get("numpy")
    # Optimizers store `variable.numpy()`; the variable stands in for its array, and computing with it draws.
    private.Variable.numpy = lambda variable: variable
    try:
        with private.watched_walk(watched), watch.read_as(Reading.DRAWN):
            yield
    finally:
        if numpy is None:
            del private.Variable.numpy
        else:
            private.Variable.numpy = numpy


class _Owners:
    """Which layer an address of the file belongs to.

    Args:
        made: the main model.
        saveables: by address: what Keras saved there.
    """

    def __init__(self, made: Made, saveables: Mapping[str, Any]) -> None:
        self._saveables = saveables
        self._paths: dict[int, str] = {}
        self._archives: dict[int, str] = {}
        for part in graphs_of(made):
            self._know(part)
        self._paths[id(getattr(made.model, "optimizer", None))] = OPTIMIZER
        self._paths.pop(id(None), None)

    def of(self, group: str) -> tuple[str, str, tuple[str, str] | None]:
        """The owner of a group: its graph path, the address below it, the archive and the address there.

        The owner is the innermost thing around the address that has a graph path.
        """
        steps = group.split("/")
        owner: tuple[str, str] | None = None
        source = None
        for count in range(len(steps) - 1, -1, -1):
            saveable = self._saveables.get("/".join(steps[:count]))
            below = "/".join(steps[count:])
            if owner is None and id(saveable) in self._paths:
                owner = self._paths[id(saveable)], below
            if source is None and id(saveable) in self._archives:
                source = self._archives[id(saveable)], below
        path, below = owner or ("", group)
        return path, below, source

    def _know(self, made: Made) -> None:
        self._paths[id(made.model)] = made.prefix.removesuffix("/")
        for layer in getattr(made.model, "layers", ()):
            self._paths.setdefault(id(layer), f"{made.prefix}{layer.name}")
        for path, layer in made.layers.items():
            if path not in made.nested:
                self._paths[id(layer)] = f"{made.prefix}{path}"
        if isinstance(made.graph, WholeModel) and made.graph.archive is not None:
            self._archives[id(made.model)] = made.graph.archive


def _variable(
    group: str,
    key: str,
    stored: Any,
    owner: tuple[str, str, tuple[str, str] | None],
    watch: Watch,
    seed: int,
) -> Variable:
    path, below, archived = owner
    address = f"{group}/{key}"
    source = None
    if archived is not None:
        source = (archived[0], f"{archived[1]}/{key}")
    below = f"{below}/{key}"
    if not isinstance(stored, private.CommonVariable):
        value = np.asarray(keras.ops.convert_to_numpy(stored))
        dtype = keras.backend.standardize_dtype(value.dtype)
        return Variable(
            address, path, below, key, value.shape, dtype, False, None, source, None if source else value
        )
    shape = tuple(int(size) for size in stored.shape)
    dtype = private.dtype_of(stored)
    initializer, kept = None, None
    if source is None:
        try:
            initializer, kept = _drawn_by(stored, watch, f"{seed}:{address}")
        except Exception as error:
            raise NoValueError(stored.name, path, error) from error
        dtype, kept = _one_width(dtype, kept)
    return Variable(
        address, path, below, stored.name, shape, dtype, bool(stored.trainable), initializer, source, kept
    )


def _one_width(dtype: str, value: Any) -> tuple[str, Any]:
    """A whole number's dtype and value as every backend has them, where the value fits."""
    narrow = _ONE_WIDTH.get(dtype)
    if narrow is None:
        return dtype, value
    if value is None:
        return narrow, None
    bounds = np.iinfo(narrow)
    if value.size and (value.min() < bounds.min or value.max() > bounds.max):
        return dtype, value
    return narrow, value.astype(narrow)


def _drawn_by(variable: Any, watch: Watch, seed: str) -> tuple[dict[str, object] | None, Any]:
    """The initializer of a variable as a dict, or the value it keeps."""
    initializer = watch.initializer(variable)
    if initializer is None:
        return None, np.asarray(keras.ops.convert_to_numpy(variable.value))
    data = _built_in(initializer)
    if data is not None:
        return data, None
    if private.has_value(variable):
        return None, np.asarray(keras.ops.convert_to_numpy(variable.value))
    # A function or a class of the user's: only Keras can call it, under a seed of its own.
    random.seed(seed)
    keras.utils.set_random_seed(random.getrandbits(31))
    value = initializer(tuple(int(size) for size in variable.shape), dtype=private.dtype_of(variable))
    return None, np.asarray(keras.ops.convert_to_numpy(value))


def _built_in(initializer: Any) -> dict[str, object] | None:
    """The canonical dict of an initializer of Keras' own; `None` for anything else."""
    public = private.get_name_from_symbol(type(initializer))
    if public is None or not str(public).startswith("keras.initializers."):
        return None
    found = canonical(keras.initializers.serialize(initializer))
    if not isinstance(found, dict):
        return None
    # `Identity` of Keras 3.15 does not write what it multiplies by.
    gain = getattr(initializer, "gain", None)
    return found if gain is None else {**found, "config": {"gain": gain, **found["config"]}}


def origins_of(made: Made) -> Mapping[str, Origin]:
    """Where each layer is written, by its graph path."""
    found: dict[str, Origin] = {}
    for part in graphs_of(made):
        if isinstance(part.graph, Graph):
            found |= {part.prefix + layer.path: layer.origin for layer in part.graph.layers}
    return MappingProxyType(found)


def graphs_of(made: Made) -> Iterator[Made]:
    """A model and those nested in it, each once, the outer before the inner."""
    seen: set[int] = set()
    stack = [made]
    while stack:
        current = stack.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        stack.extend(reversed([*current.nested.values(), *current.arguments]))
