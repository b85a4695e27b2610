"""What a name in a serialization dict resolves to, by an allowlist; nothing is ever imported for it.

Source: `keras.src.saving.serialization_lib.deserialize_keras_object`, whose order is: what is registered,
the public symbol `module.name`, then an import within `keras`, `keras_hub`, `keras_cv` and `keras_nlp`. A
dict without `module` is of the older form, which knows the short names of layers.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Literal

from modelspec.catalog.families import FAMILIES
from modelspec.catalog.lookup import Catalog
from modelspec.catalog.own import is_of_keras
from modelspec.catalog.safety.finding import shown
from modelspec.frozen import dataclass

Kind = Literal["keras", "registered", "internal", "code", "custom", "forbidden"]
"""Of Keras; one the caller allows; a marker of its format; a marker of code; somebody else's; none."""

SLICE = "__slice__"
"""The marker whose parts Keras makes objects of, if they are any."""

# Values that Keras writes as dicts; none of them names anything.
MARKERS = frozenset({"__keras_tensor__", "__tensor__", "__numpy__", "__bytes__", "__ellipsis__", SLICE})
# Values that run code as they are read: marshalled Python, and a call on a type of TensorFlow's choosing.
CODE_MARKERS = frozenset({"__lambda__", "__typespec__"})

# What a training is made of, and no model.
_OF_TRAINING = frozenset({"callback"})

# Classes that Keras writes under a private module though no document names them.
_UNNAMED = frozenset(
    {
        "Abs",
        "Conj",
        "Cross",
        "Feature",
        "Functional",
        "Mish",
        "SegmentReduction",
        "TFDConcat",
        "TFDIdentity",
    }
)
_LEGACY = frozenset(f"keras._legacy.layers.{name}" for name in ("RandomHeight", "RandomWidth"))
_LEGACY |= frozenset({"keras._legacy.layers.AlphaDropout", "keras._legacy.layers.ThresholdedReLU"})

# The rooms of Keras' source that hold what a model is made of. `engine` is that of Keras 2.
_PRIVATE = re.compile(
    r"keras\.src\.(?:activations|applications|constraints|distillation|dtype_policies|engine|initializers"
    r"|layers|losses|metrics|models|ops|optimizers|quantizers|random|regularizers"
    r"|backend\.\w+\.(?:optimizers|optimizer))(?:\.\w+)*"
)
# Keras imports modules of these by the name that a config gives.
_IMPORTED = frozenset({"keras_hub", "keras_cv", "keras_nlp"})
# The modules in which Keras looks for a function by its bare name.
_OF_FUNCTIONS = (
    "activations",
    "constraints",
    "initializers",
    "losses",
    "metrics",
    "optimizers",
    "regularizers",
)
# Functions of Python itself that nobody means as an activation or a loss.
_OF_PYTHON = frozenset(
    {
        "__import__",
        "breakpoint",
        "compile",
        "delattr",
        "eval",
        "exec",
        "exit",
        "getattr",
        "globals",
        "input",
        "locals",
        "open",
        "quit",
        "setattr",
        "vars",
    }
)
# Modules of Python itself that lead out of it, and that nobody's own module is called.
_MODULES_OF_PYTHON = frozenset(
    {
        "asyncio",
        "builtins",
        "ctypes",
        "ftplib",
        "functools",
        "http",
        "importlib",
        "inspect",
        "io",
        "marshal",
        "multiprocessing",
        "nt",
        "operator",
        "os",
        "pathlib",
        "pickle",
        "posix",
        "pty",
        "runpy",
        "shutil",
        "smtplib",
        "socket",
        "subprocess",
        "sys",
        "tempfile",
        "urllib",
        "webbrowser",
    }
)


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a dict names.

    Args:
        kind: whose it is.
        name: the short name of what is Keras' own, else the name somebody registers it under.
        reason: of what is forbidden, one sentence.
    """

    kind: Kind
    name: str
    reason: str = ""


def resolve_name(node: Mapping[str, object], catalog: Catalog, registered: Collection[str]) -> Resolved:
    """What a mapping with a `class_name` and a `config` names.

    Args:
        registered: the names that the caller allows (`acme>Pool`), besides Keras' own.
    """
    written = node["class_name"]
    if not isinstance(written, str):
        return Resolved("forbidden", "", "`class_name` is no text")
    if written in MARKERS:
        return Resolved("internal", written)
    if written in CODE_MARKERS:
        return Resolved("code", written)
    if written.startswith("__") and written.endswith("__"):
        return Resolved("forbidden", written, f"`{shown(written)}` is no value that Keras writes")
    module, alias = node.get("module"), node.get("registered_name")
    if not isinstance(module, str | None) or not isinstance(alias, str | None):
        return Resolved("forbidden", written, "`module` and `registered_name` are texts or null")
    if written == "function":
        return _function(node["config"], module, alias, catalog, registered)
    # Where no registered name is given Keras looks for the class's own among those registered; not for null.
    if (alias if "registered_name" in node else written) in registered:
        return Resolved("registered", alias or written)
    return _class(written, module, alias, catalog, legacy="module" not in node)


def _class(
    name: str,
    module: str | None,
    alias: str | None,
    catalog: Catalog,
    *,
    legacy: bool,
) -> Resolved:
    if legacy:
        found = catalog.find(name, FAMILIES["layer"].accepts)
        return Resolved("keras", found[0].short) if found else Resolved("custom", name)
    if module is None:
        return Resolved("custom", alias or name)
    if not is_of_keras(module):
        return _foreign(name, module, alias)
    known = _own(module, name, catalog)
    if known is None:
        return _forbidden(module, name)
    if alias not in (None, "", name):
        reason = f"`{shown(module)}.{shown(name)}` is Keras' own, and `registered_name` says `{shown(alias)}`"
        return Resolved("forbidden", name, reason)
    return Resolved("keras", known)


def _own(module: str, name: str, catalog: Catalog) -> str | None:
    """The short name of a class or function of Keras; `None` where a model is made of no such thing."""
    full = f"{module}.{name}"
    entry = catalog.entry(full)
    if entry is not None and entry.family not in _OF_TRAINING:
        return entry.short
    if full in _LEGACY or catalog.function(full) is not None:
        return name
    if _PRIVATE.fullmatch(module) and (name in _UNNAMED or name in catalog.private_names):
        return name
    # A public module spells `Functional` as nobody writes it but Keras reads it.
    return name if full == "keras.models.Functional" else None


def _function(
    name: object, module: str | None, alias: str | None, catalog: Catalog, registered: Collection[str]
) -> Resolved:
    if not isinstance(name, str):
        return Resolved("forbidden", "function", "a function's name is no text")
    if name in registered:
        return Resolved("registered", name)
    if module == "builtins":
        of_keras = any(catalog.function(f"keras.{home}.{name}") for home in _OF_FUNCTIONS)
        if of_keras or catalog.operation(name) is not None:
            return Resolved("keras", name)
        # Up to 3.6 the package was left out. Keras takes the first name that ends so; here it must be one.
        if sum(known.endswith(f">{name}") for known in registered) == 1:
            return Resolved("registered", name)
        if name in _OF_PYTHON:
            return Resolved("forbidden", name, f"`{name}` is a function of Python itself")
        return Resolved("custom", name)
    if module is None:
        return Resolved("custom", alias if alias and alias != "function" else name)
    if is_of_keras(module):
        known = _own(module, name, catalog)
        return Resolved("keras", known) if known is not None else _forbidden(module, name)
    return _foreign(name, module, None if alias == "function" else alias)


def _foreign(name: str, module: str, alias: str | None) -> Resolved:
    """A name that is not Keras' own, under somebody's module."""
    root = module.partition(".")[0]
    if root in _MODULES_OF_PYTHON:
        return Resolved("forbidden", name, f"`{shown(module)}.{shown(name)}` is of Python's own library")
    if root in _IMPORTED and not (alias or "").startswith(f"{root}>"):
        reason = f"Keras would import `{shown(module)}` for it, and nothing registers it"
        return Resolved("forbidden", name, reason)
    return Resolved("custom", alias or name)


def _forbidden(module: str, name: str) -> Resolved:
    return Resolved("forbidden", name, f"`{shown(module)}.{shown(name)}` is nothing a model is made of")
