"""Layers, initializers, losses and all else that has a class: the dict of Keras 2 to that of Keras 3."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from modelspec.catalog.entry import ClassEntry
from modelspec.catalog.families import FAMILIES
from modelspec.catalog.registered import is_registered_name
from modelspec.past.corrections import corrected, merged
from modelspec.past.lambdas import lambda_data
from modelspec.past.plain import plain
from modelspec.past.renames import (
    ARGUMENTS,
    CLASSES,
    DROPPED,
    FAMILY_ARGUMENTS,
    FILLED,
    IDLE,
    RECURRENT,
    STRINGS,
)
from modelspec.past.work import Kind, Work

Json = Any

_VERSION = re.compile(r"(?:V[12]|Legacy)$")
# By the end of an argument's name, what stands there in a class that nobody knows.
_ENDS = {
    "_initializer": "initializer",
    "_regularizer": "regularizer",
    "_constraint": "constraint",
}
_LAYERS = ("layer", "cell", "model")
_CUSTOM = "Custom>"
_ONCE_CUSTOM = frozenset({"optimizer", "schedule"})

# Keras as a package of its own, up to 2.3; that of TensorFlow wrote `2.2.4-tf`, then 2.4.
_BEFORE_TENSORFLOW = re.compile(r"2\.[0-3]\.\d+")


def layer_data(data: Mapping[str, Json], work: Work) -> dict[str, Json]:
    """The serialization dict of a layer that is no model and no operation."""
    made: dict[str, Json] = _object(data, "layer", work)
    return made


def value_of(value: Json, family: str | None, work: Work) -> Json:
    """A value of a config.

    Args:
        family: of the objects that are wanted there; `None` where nothing is known.
    """
    value = plain(value)
    match value:
        case {"class_name": str(), "config": _}:
            return _object(value, family, work)
        case {"class_name": str(cls), **rest} if not rest and family in FAMILIES:
            return _object({"class_name": cls, "config": {}}, family, work)
        case dict():
            return {key: value_of(item, family, work) for key, item in value.items()}
        case list():
            return [value_of(item, family, work) for item in value]
        case str() if family is not None and family in FAMILIES:
            return _string(value, family, work)
        case _:
            return value


def _string(text: str, family: str, work: Work) -> Json:
    """A string that Keras' own `get` reads: the name of a function or class."""
    renamed = STRINGS.get(family, {}).get(text, text)
    if family == "activation":
        special = corrected_activation(text, work)
        if special is not None:
            return special
    if not FAMILIES[family].strings and family != "optimizer":
        return renamed
    if family == "dtype_policy":
        return _policy(renamed)
    if work.catalog.identifier(renamed, family) is not None or renamed in ("accuracy", "acc", "ce"):
        return renamed
    known = _entry(renamed, (family,), work)
    if known is not None:
        return known.data({})
    return _function(renamed, family, work)


def corrected_activation(text: str, work: Work) -> Json:
    """What stands for an activation that computes something else in Keras 3; `None` where it is the same."""
    if text.rpartition(".")[2] != "hard_sigmoid":
        return None
    work.note(
        "`hard_sigmoid` of Keras 2 is `0.2 * x + 0.5`, in Keras 3 `x / 6 + 0.5`: it is written as the layers"
        " that compute the former"
    )
    return {
        "module": "keras",
        "class_name": "Sequential",
        "config": {
            "name": "hard_sigmoid",
            "layers": [
                _plain_layer("Rescaling", {"name": "line", "dtype": "float32", "scale": 0.2, "offset": 0.5}),
                _plain_layer("ReLU", {"name": "bounds", "dtype": "float32", "max_value": 1.0}),
            ],
        },
        "registered_name": None,
    }


def _plain_layer(cls: str, config: dict[str, Json]) -> dict[str, Json]:
    return {"module": "keras.layers", "class_name": cls, "config": config, "registered_name": None}


def _policy(name: Json) -> Json:
    return {
        "module": "keras",
        "class_name": "DTypePolicy",
        "config": {"name": name},
        "registered_name": None,
    }


def function_data(name: str) -> dict[str, Json]:
    """The serialization dict of a registered function."""
    package = name.partition(">")[0]
    return {"module": package, "class_name": "function", "config": name, "registered_name": name}


def _function(name: str, family: str, work: Work) -> Json:
    if is_registered_name(name):
        return function_data(name)
    full = work.placeholder(
        name,
        "function",
        why=f"the {family} `{name}` is a function of its author's",
        config={"name": name},
    )
    return function_data(full)


def _object(data: Mapping[str, Json], family: str | None, work: Work) -> Json:
    cls, config = data["class_name"], data["config"]
    if cls in ("function", "builtin_function_or_method") and isinstance(config, str):
        return _string(config, family or "custom", work) if family else _function(config, "function", work)
    if not isinstance(config, dict):
        config = {}
    if cls in ("Policy", "PolicyV1", "DTypePolicy", "LossScalePolicy") or family == "dtype_policy":
        return _policy(config.get("name", "float32"))
    work.deeper()
    try:
        return _known_or_not(data, str(cls), config, family, work)
    finally:
        work.depth -= 1


def _known_or_not(
    data: Mapping[str, Json], cls: str, config: Mapping[str, Json], family: str | None, work: Work
) -> Json:
    from modelspec.past.models import is_model, model_data

    families = FAMILIES[family].accepts if family is not None and family in FAMILIES else None
    if cls == "Lambda":
        return lambda_data(config, work)
    if cls == "Merge":
        cls, config = merged(config)
    if (families is None or "layer" in families) and is_model(data):
        return model_data(data, work)
    if family in _ONCE_CUSTOM and cls.startswith(_CUSTOM):
        # Keras 2.11 and 2.12 registered their own optimizers as if they were their users'.
        bare = cls.removeprefix(_CUSTOM)
        if work.catalog.find(bare, families):
            return _known_or_not({"class_name": bare, "config": config}, bare, config, family, work)
    entry = None if _is_custom(data, cls) else _entry(CLASSES.get(cls, cls), families, work)
    if entry is None:
        return _custom(data, cls, config, family, work)
    name, arguments = corrected(cls, entry, dict(config), work)
    if name != cls:
        entry = _entry(name, families, work) or entry
    return entry.data(_arguments(cls, entry, arguments, work))


def _is_custom(data: Mapping[str, Json], cls: str) -> bool:
    registered = data.get("registered_name")
    if isinstance(registered, str) and is_registered_name(registered):
        return True
    module = data.get("module")
    known = module is None or str(module).partition(".")[0] in ("keras", "tensorflow", "tf_keras", "builtins")
    return is_registered_name(cls) or not known


def _entry(name: str, families: tuple[str, ...] | None, work: Work) -> ClassEntry | None:
    for text in (name, _VERSION.sub("", name)):
        found = work.catalog.find(text.rpartition(".")[2], families) if text else ()
        if found:
            return found[0]
    # Initializers were functions once, and their classes are named for them.
    for family in families or ():
        full = work.catalog.identifier(name, family)
        if full is not None:
            return work.catalog.entry(full)
    return None


def _arguments(written: str, entry: ClassEntry, config: Mapping[str, Json], work: Work) -> dict[str, Json]:
    renamed = {
        **FAMILY_ARGUMENTS.get(entry.family, {}),
        **ARGUMENTS.get(written, {}),
        **ARGUMENTS.get(entry.short, {}),
    }
    found: dict[str, Json] = {}
    for key, value in config.items():
        new = renamed.get(key, key)
        argument = entry.arguments.get(new)
        if argument is not None and (new not in IDLE or new == "batch_shape"):
            family = argument.family
            made = value_of(value, family, work)
            if new == "dtype" and entry.family in _LAYERS and isinstance(made, str):
                made = _policy(made)
            found[new] = made
        elif entry.open and key not in IDLE:
            found[new] = value_of(value, None, work)
        elif not _says_nothing(written, entry, key, value):
            work.note(
                f"`{entry.short}` of Keras 3 has no argument `{key}`: `{_shown(value)}` is left out"
                + (f" (of `{work.layer}`)" if work.layer else "")
            )
    for key, value in {**FILLED.get(entry.short, {}), **FILLED.get(written, {})}.items():
        found.setdefault(key, value)
    if found.get("interpolation") == "bilinear" and _BEFORE_TENSORFLOW.fullmatch(work.written_by or ""):
        work.note(
            f"`bilinear` of `{work.layer}` measured from the corners of pixels, and Keras 3 measures from"
            " their centres: values differ a little"
        )
    if entry.family in _LAYERS and entry.short != "InputLayer" and "dtype" in entry.arguments:
        found.setdefault("dtype", _policy("float32"))
    return found


def _says_nothing(written: str, entry: ClassEntry, key: str, value: Json) -> bool:
    if key in IDLE or value is None:
        return True
    tables = [written, entry.short, f"*{entry.family}"]
    if entry.short in RECURRENT:
        tables.append("*rnn")
    for table in tables:
        dropped = DROPPED.get(table, {})
        if key in dropped:
            idle = dropped[key]
            return idle is None or any(type(value) is type(item) and value == item for item in idle)
    return False


def _shown(value: Json) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _custom(
    data: Mapping[str, Json], cls: str, config: Mapping[str, Json], family: str | None, work: Work
) -> dict[str, Json]:
    registered = data.get("registered_name")
    name = registered if isinstance(registered, str) and is_registered_name(registered) else cls
    kept = _open_arguments(config, work)
    if family in ("layer", None):
        for key in ("batch_input_shape", "dynamic", "autocast"):
            kept.pop(key, None)
        if isinstance(kept.get("dtype"), str):
            kept["dtype"] = _policy(kept["dtype"])
    if not is_registered_name(name):
        noun = FAMILIES[family].noun if family is not None and family in FAMILIES else "an object"
        kind: Kind = "layer" if family == "layer" else "object"
        why = f"`{name}` is {noun} that Keras does not have"
        name = work.placeholder(name, kind, why=why, config=dict(config))
    package, _, short = name.partition(">")
    module = data.get("module")
    return {
        "module": module if isinstance(module, str) and module != "builtins" else package,
        "class_name": short,
        "config": kept,
        "registered_name": name,
    }


def _open_arguments(config: Mapping[str, Json], work: Work) -> dict[str, Json]:
    found = {}
    for key, value in config.items():
        if key == "shared_object_id":
            continue
        family = next((family for end, family in _ENDS.items() if key.endswith(end)), None)
        family = family if isinstance(value, dict) else None
        found[key] = value_of(value, family, work) if key != "name" else value
    return found
