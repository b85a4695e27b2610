"""A live model's variables as the table of its file has them, and values put into them, all or none."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from modelspec.link import private
from modelspec.link.linked import OPTIMIZER, Group, Variable
from modelspec.link.sink import Assets, Sink

_VARS = "vars"


@dataclass(frozen=True, slots=True)
class LiveModel:
    """What Keras would save of a model that has values.

    Args:
        groups: the groups `vars`, in Keras' order.
        variables: in Keras' order; none has a source, an initializer or a value.
        owners: by the address of a group: what saves and loads the variables there.
        assets: paths of what layers save besides variables: the address of a group, and a file's name.
    """

    groups: tuple[Group, ...]
    variables: tuple[Variable, ...]
    owners: Mapping[str, Any]
    assets: tuple[str, ...] = ()


def read_live(model: Any, *, with_assets: bool = False) -> LiveModel:
    """The variables of a live model, found by Keras' own walk.

    Args:
        model: a `keras.Model` that is built.
        with_assets: whether layers are asked what they save besides variables.
    """
    sink = Sink()
    with tempfile.TemporaryDirectory(prefix="modelspec-assets-") as folder:
        store = Assets(folder) if with_assets else None
        with _heard(sink):
            private.save_state(model, weights_store=sink, assets_store=store)
        files = (path for path in sorted(Path(folder).rglob("*")) if path.is_file())
        assets = tuple(path.relative_to(folder).as_posix() for path in files)
    names = {group.address.removesuffix(_VARS).removesuffix("/"): group.name for group in sink.groups}
    ranks = {id(variable): rank for rank, variable in enumerate(model.weights)}
    owners = {group.address: _owner(group.address, sink) for group in sink.groups}
    variables = []
    for group, key, stored in sink.stored:
        layer, path = _layer_of(group, sink, names)
        address = f"{group}/{key}"
        variables.append(
            Variable(
                address=address,
                owner=path,
                below=address.removeprefix(layer).removeprefix("/"),
                name=str(getattr(stored, "name", key)),
                shape=tuple(int(size) for size in stored.shape),
                dtype=keras.backend.standardize_dtype(stored.dtype),
                trainable=bool(getattr(stored, "trainable", False)),
                initializer=None,
                rank=ranks.get(id(stored)),
            )
        )
    return LiveModel(tuple(sink.groups), tuple(variables), owners, assets)


def put_values(live: LiveModel, values: Mapping[str, np.ndarray]) -> None:
    """Give variables their values through the loading that their layers have; on any error, none is changed.

    Args:
        live: of the model.
        values: by the variables' addresses; of their shapes.
    """
    stores: dict[str, dict[str, np.ndarray]] = {}
    for address, value in values.items():
        group, _, key = address.rpartition("/")
        stores.setdefault(group, {})[key] = value
    before: list[tuple[Any, dict[str, Any]]] = []
    try:
        for group, new in stores.items():
            owner = live.owners[group]
            old = _saved(owner)
            before.append((owner, old))
            kept = {key: value for key, value in old.items() if key not in new}
            # In the order in which the owner saves them.
            store = {**dict.fromkeys(old), **_as_arrays(kept), **new}
            owner.load_own_variables(store)
    except BaseException:
        for owner, old in reversed(before):
            owner.load_own_variables(_as_arrays(old))
        raise


def saved_values(live: LiveModel) -> dict[str, np.ndarray]:
    """What Keras would save of a model now, by the variables' addresses."""
    found: dict[str, np.ndarray] = {}
    for group in dict.fromkeys(variable.group for variable in live.variables):
        store: dict[str, Any] = {}
        live.owners[group].save_own_variables(store)
        found |= {f"{group}/{key}": value for key, value in _as_arrays(store).items()}
    return found


def put_assets(live: LiveModel, contents: Mapping[str, bytes]) -> None:
    """Give layers what they have besides variables, through their own loading.

    Args:
        live: of the model.
        contents: by path, as in `live.assets`.
    """
    for path, content in contents.items():
        group, _, name = path.rpartition("/")
        with tempfile.TemporaryDirectory(prefix="modelspec-assets-") as folder:
            (Path(folder) / name).write_bytes(content)
            live.owners[f"{group}/{_VARS}"].load_assets(folder)


def _saved(owner: Any) -> dict[str, Any]:
    """What an owner saves, as it is now."""
    store: dict[str, Any] = {}
    owner.save_own_variables(store)
    return {key: _unchanging(value) for key, value in store.items()}


def _unchanging(value: Any) -> Any:
    """A value that stays what it is when the variable is assigned to: on JAX itself, elsewhere a copy."""
    if keras.backend.backend() == "jax" and isinstance(value, keras.Variable):
        return value.value
    return np.array(keras.ops.convert_to_numpy(value))


def _as_arrays(values: Mapping[str, Any]) -> dict[str, np.ndarray]:
    return {key: np.asarray(keras.ops.convert_to_numpy(value)) for key, value in values.items()}


def _heard(sink: Sink) -> Any:
    """While Keras walks, the sink hears what it is at."""

    def watched(saveable: Any, search: Any) -> Iterable[Any]:
        sink.belongs_to(saveable)
        return search(saveable)  # type: ignore[no-any-return]

    return private.watched_walk(watched)  # type: ignore[arg-type]


def _owner(address: str, sink: Sink) -> Any:
    return sink.saveables[address.removesuffix(_VARS).removesuffix("/")]


def _layer_of(group: str, sink: Sink, names: Mapping[str, str | None]) -> tuple[str, str]:
    """The group of the layer that variables belong to, and its path: the names of models, then its own."""
    steps = group.split("/")
    path: list[str] = []
    for count in range(len(steps)):
        address = "/".join(steps[:count])
        saveable = sink.saveables.get(address)
        if address == OPTIMIZER:
            return address, OPTIMIZER
        if saveable is None or count == 0:
            continue
        path.append(str(names.get(address) or steps[count - 1]))
        if not isinstance(saveable, keras.Model):
            return address, "/".join(path)
    return group.removesuffix(_VARS).removesuffix("/"), "/".join(path)
