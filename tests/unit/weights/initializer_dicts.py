"""Serialization dicts of built-in initializers, for tests."""

from __future__ import annotations


def built_in(class_name: str, **config: object) -> dict[str, object]:
    return {
        "module": "keras.initializers",
        "class_name": class_name,
        "config": config,
        "registered_name": None,
    }
