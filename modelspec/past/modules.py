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
    made = {**data, "config": _inside(data["config"], catalog)}
    if "module" in data:
        return made
    name = str(data["class_name"])
    module, registered = _MODELS.get(name, (None, name))
    found = catalog.find(name, ("layer",))
    if module is None and len(found) == 1:
        module, _, name = found[0].name.rpartition(".")
        registered = None
    return {**made, "module": module, "class_name": name, "registered_name": registered}


def _inside(value: Json, catalog: Catalog) -> Json:
    """What is below a config, models among the arguments of layers too."""
    match value:
        case {"class_name": str(), "config": Mapping(), "module": str()}:
            return with_modules(value, catalog)
        case Mapping():
            return {
                key: [_of_layer(one, catalog) for one in item]
                if key == "layers" and isinstance(item, list)
                else _inside(item, catalog)
                for key, item in value.items()
            }
        case list():
            return [_inside(item, catalog) for item in value]
        case _:
            return value


def _of_layer(value: Json, catalog: Catalog) -> Json:
    match value:
        case {"class_name": str(), "config": Mapping()}:
            return with_modules(value, catalog)
        case _:
            return _inside(value, catalog)
