"""What an argument is where nothing says: known of Keras' own classes."""

from __future__ import annotations

from modelspec.architecture.comparing.edits import ABSENT, Key
from modelspec.architecture.model import Json
from modelspec.catalog.lookup import Catalog


def with_default(value: Json, cls: str, key: Key, catalog: Catalog) -> Json:
    """A value, or what Keras takes where there is none; `ABSENT` where the catalog does not know that.

    Args:
        cls: the full name of a class.
        key: of the value in a node of the class.
    """
    match key:
        case ("arguments", str(name)) if value is ABSENT:
            entry = catalog.entry(cls)
            argument = entry.arguments.get(name) if entry is not None else None
            if argument is not None and not argument.required and argument.default is not None:
                return argument.default
    return value
