"""Custom objects that would take a name of Keras."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modelspec.catalog.lookup import Catalog
from modelspec.diagnostics import Report
from modelspec.language.values import Origin
from modelspec.link.registered.module import Module


def without_shadows(
    described: Mapping[str, Mapping[str, Any]],
    catalog: Catalog,
    modules: Mapping[Module, Origin],
    report: Report,
) -> dict[str, Mapping[str, Any]]:
    """What is described but for plain custom names that are Keras', which are reported: Keras would take the
    custom object wherever the built-in is meant.
    """
    shadows = {name for name in described if ">" not in name and catalog.has_name(name)}
    for name in sorted(shadows):
        home = str(described[name]["home"])
        origin = next((place for module, place in modules.items() if _is_of(home, module)), None)
        report.add(
            "shadows-builtin",
            f"`{home}` gives its own object the name `{name}`, which is Keras'",
            origin.place if origin is not None else None,
            help=f"register it in a package: `acme>{name}`",
        )
    return {name: data for name, data in described.items() if name not in shadows}


def _is_of(home: str, module: Module) -> bool:
    return home == module.name or home.startswith(f"{module.name}.")
