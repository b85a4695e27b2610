"""Configs in HDF5 files of Keras 3, which leave away what modules the classes of layers are of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modelspec.catalog.lookup import Catalog

Json = Any

# Where Keras serialises its models.
_MODELS: Mapping[str, tuple[str, str | None]] = {
    "Functional": ("keras.src.models.functional", "Functional"),
    "Sequential": ("keras", None),
}


def with_modules(data: Mapping[str, Json], catalog: Catalog) -> dict[str, Json]:
    """The serialization dict of a model as an archive has it.

    Source: `use_legacy_config` of Keras 3, under which `Functional` and `Sequential` write no module of their
    layers; what layers hold has its own.

    Args:
        catalog: of the Keras whose classes are meant.
    """
    config = data["config"]
    layers = config.get("layers") if isinstance(config, Mapping) else None
    if isinstance(layers, list):
        config = {
            **config,
            "layers": [with_modules(one, catalog) if _is_layer(one) else one for one in layers],
        }
    made = {**data, "config": config}
    if "module" in data:
        return made
    name = str(data["class_name"])
    module, registered = _MODELS.get(name, (None, name))
    found = catalog.find(name, ("layer",))
    if module is None and len(found) == 1:
        module, _, name = found[0].name.rpartition(".")
        registered = None
    return {**made, "module": module, "class_name": name, "registered_name": registered}


def _is_layer(value: Json) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("class_name"), str) and "config" in value
