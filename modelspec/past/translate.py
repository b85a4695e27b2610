"""The config of a model of Keras 2 to that of Keras 3."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modelspec.catalog.lookup import Catalog
from modelspec.past.models import is_model, model_data
from modelspec.past.objects import layer_data
from modelspec.past.refusal import Unreadable
from modelspec.past.training import compile_config
from modelspec.past.values import Origin, Past
from modelspec.past.work import Work

Json = Any


def translate(origin: Origin, catalog: Catalog) -> Past:
    """A model of Keras 2 in the words of Keras 3.

    Args:
        catalog: of the Keras that it is translated for.

    Raises:
        Unreadable: the config contradicts itself or is of no known form.
    """
    work = Work(catalog, origin.keras_version)
    data = _without_wrapping(origin.config)
    made = model_data(data, work) if is_model(data) else layer_data(data, work)
    if origin.training:
        renamed = {old: new for new, old in work.names.items() if "/" not in new}
        compiled = compile_config(origin.training, renamed, work)
        if compiled:
            made["compile_config"] = compiled
    return Past(made, origin, tuple(work.notes), tuple(work.placeholders.values()), work.names)


def _without_wrapping(data: Mapping[str, Json]) -> Mapping[str, Json]:
    config = data.get("config")
    if not isinstance(data.get("class_name"), str) or not isinstance(config, dict | list):
        raise Unreadable("it has no class or no config")
    return data
