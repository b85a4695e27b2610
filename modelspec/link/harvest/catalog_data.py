"""The whole harvest in order: public names, classes, functions, operations, strings, `compile`, `fit`."""

from __future__ import annotations

from typing import Any

from modelspec.catalog.load import FORMAT
from modelspec.link.harvest.classes import harvest_class
from modelspec.link.harvest.documentation import (
    class_documentation,
    common_documentation,
    function_documentation,
)
from modelspec.link.harvest.families import FAMILY_BASES, family_of
from modelspec.link.harvest.identifiers import harvest_dtypes, harvest_identifiers
from modelspec.link.harvest.operations import harvest_operation
from modelspec.link.harvest.signature import describe_parameters
from modelspec.link.harvest.surface import Surface, read_surface


def harvest() -> dict[str, Any]:
    """What the installed Keras has, as JSON data; the same for every backend and machine.

    Importing Keras fails where no backend is installed: that `ImportError` is passed on.
    """
    import keras

    surface = read_surface()
    return {
        "format": FORMAT,
        "keras": keras.__version__,
        "classes": _classes(surface),
        "functions": _functions(surface),
        "operations": {
            name: harvest_operation(name, function, surface.aliases_of(function))
            for name, function in surface.operations()
        },
        "identifiers": harvest_identifiers(surface),
        "dtypes": harvest_dtypes(),
        "compile": {"arguments": describe_parameters(keras.Model.compile, owner="compile")},
        "fit": {"arguments": describe_parameters(keras.Model.fit, owner="fit")},
    }


def harvest_documentation() -> dict[str, Any]:
    """What the installed Keras says about the names that `harvest` gives.

    What a whole family takes alike is under `common`, by the base class that an entry names in `base`.
    """
    import keras

    surface = read_surface()
    common = common_documentation()
    return {
        "format": FORMAT,
        "keras": keras.__version__,
        "common": common,
        "classes": {
            name: class_documentation(cls, common)
            for name, cls in surface.classes()
            if family_of(cls) is not None
        },
        "functions": {name: function_documentation(function) for name, function in surface.functions()},
        "operations": {name: function_documentation(function) for name, function in surface.operations()},
        "compile": function_documentation(keras.Model.compile),
        "fit": function_documentation(keras.Model.fit),
    }


def _classes(surface: Surface) -> dict[str, Any]:
    entries = {}
    for name, cls in surface.classes():
        family = family_of(cls)
        if family is not None:
            entries[name] = harvest_class(name, cls, family=family, aliases=surface.aliases_of(cls))
    return entries


def _functions(surface: Surface) -> dict[str, Any]:
    """Functions that an argument can name: `keras.activations.gelu`, with the families they serve."""
    entries: dict[str, Any] = {}
    for name, function in surface.functions():
        aliases = surface.aliases_of(function)
        modules = {spelling.rpartition(".")[0] for spelling in (name, *aliases)}
        families = [family for family, (module, _) in FAMILY_BASES.items() if module in modules]
        if families:
            entries[name] = {"families": families} | ({"aliases": aliases} if aliases else {})
    return entries
