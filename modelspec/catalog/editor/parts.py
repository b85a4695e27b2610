"""Pieces that the whole schema shares, and the texts of its descriptions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

Schema = dict[str, Any]

# Only the language server for YAML reads it: a property that is right, but that nobody is to be offered.
HIDDEN: Mapping[str, bool] = MappingProxyType({"doNotSuggest": True})

COMPUTED = r"\$"
"""Any text with a `$` may be computed."""

LOCAL = "^[a-z][A-Za-z0-9_-]*$"
"""The key of a block or model of the document."""

_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]")


def ref(name: str) -> Schema:
    """A reference to a definition."""
    return {"$ref": f"#/definitions/{definition_key(name)}"}


def hidden(schema: Schema) -> Schema:
    """A schema whose property nobody is to be offered; beside a reference no keyword would count."""
    return {"allOf": [schema], **HIDDEN} if "$ref" in schema else {**schema, **HIDDEN}


def definition_key(name: str) -> str:
    """A name as the key of a definition, which must need no escapes in a reference."""
    return _UNSAFE.sub("..", name)


def any_of(*schemas: Schema) -> Schema:
    """One of several; the one where there is only one."""
    return schemas[0] if len(schemas) == 1 else {"anyOf": list(schemas)}


def computed(*types: str) -> Schema:
    """Values of these types, null, or a text that is computed."""
    return {
        "type": [*types, "string", "null"],
        "pattern": COMPUTED,
        # Of the language server for YAML, whose own message would show the pattern.
        "patternErrorMessage": "no text is wanted here",
    }


def one_word(words: Iterable[str]) -> str:
    """The pattern of a text that is one of these words, which no editor then offers."""
    return f"^({'|'.join(re.escape(word) for word in sorted(words))})$"


def described(schema: Schema, text: str) -> Schema:
    """A schema with a description."""
    return {"description": text, **schema} if text else schema


def closed(properties: Mapping[str, Any], patterns: Mapping[str, Any] | None = None, **more: Any) -> Schema:
    """A mapping that has these keys and no other."""
    return {
        "type": ["object", "null"],
        "properties": dict(properties),
        **({"patternProperties": dict(patterns)} if patterns else {}),
        "additionalProperties": False,
        **more,
    }
