"""What is Keras' own: told from the name of a module, and from a serialization dict."""

from __future__ import annotations

from collections.abc import Mapping


def is_of_keras(module: object) -> bool:
    """Whether a name is one of Keras' package or of a module in it, public or not; `keras_hub` is none."""
    return isinstance(module, str) and module.partition(".")[0] == "keras"


def is_own(data: Mapping[str, object]) -> bool:
    """Whether a serialization dict is one of a class of Keras' own.

    Keras writes no registered name there; archives of old releases repeat the class's.
    """
    return data.get("registered_name") in (None, data.get("class_name")) and is_of_keras(data.get("module"))
