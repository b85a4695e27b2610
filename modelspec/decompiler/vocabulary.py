"""What a config names that is not Keras' own, as entries that take anything: nothing is imported for it."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from modelspec.catalog.entry import ClassEntry, FunctionEntry, read_class
from modelspec.catalog.families import CUSTOM
from modelspec.catalog.lookup import Catalog
from modelspec.catalog.registered import Registered, is_registered_name

Json = Any


def catalog_for(data: Json, catalog: Catalog) -> Catalog:
    """The catalog with a stand-in for each registered class and function that a config names."""
    classes: dict[str, ClassEntry] = {}
    functions: dict[str, FunctionEntry] = {}
    stack: list[tuple[Json, str]] = [(data, "model")]
    while stack:
        node, family = stack.pop()
        match node:
            case {"class_name": str(cls), "config": config}:
                # Keras writes a function's name as its config.
                name = config if cls == "function" else node.get("registered_name")
                home = str(node.get("module"))
                if isinstance(name, str) and is_registered_name(name):
                    if cls == "function":
                        functions.setdefault(name, FunctionEntry(name, (), home=home))
                    else:
                        classes.setdefault(name, _stand_in(name, cls, home, family))
                stack.extend(_below(node, config, catalog))
            case dict():
                stack.extend((item, family) for item in node.values())
            case list():
                stack.extend((item, family) for item in node)
    return catalog.with_registered(Registered(MappingProxyType(classes), MappingProxyType(functions)))


def _below(node: dict[str, Json], config: Json, catalog: Catalog) -> list[tuple[Json, str]]:
    entry = catalog.class_of(node)
    if not isinstance(config, dict):
        return []
    found = []
    for key, value in config.items():
        argument = entry.arguments.get(key) if entry is not None else None
        family = argument.family if argument is not None and argument.family is not None else CUSTOM
        found.append((value, "layer" if key == "layers" else family))
    compiled = node.get("compile_config")
    if isinstance(compiled, dict):
        known = catalog.compile_arguments
        for key, value in compiled.items():
            found.append((value, (known[key].family if key in known else None) or CUSTOM))
    return found


def _stand_in(name: str, cls: str, home: str, family: str) -> ClassEntry:
    return read_class(
        name,
        {"family": family, "class": cls, "arguments": {}, "open": True, "open_call": True, "home": home},
    )
