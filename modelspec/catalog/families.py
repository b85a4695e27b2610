"""The families of objects: which classes stand where, and where Keras' own `get` reads strings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from modelspec.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Family:
    """What may stand where an object of a family is wanted.

    Args:
        noun: with its article, for messages.
        accepts: the families of classes that do, the one whose short names go first first.
        strings: whether Keras itself reads a string there, so that it stays one.
        folded: whether such a string is read whatever its case.
        plain: whether numbers may stand there as well.
        mapping: whether a plain mapping of such objects may.
        words: strings that are read besides, whatever their case.
    """

    noun: str
    accepts: tuple[str, ...]
    strings: bool = False
    folded: bool = False
    plain: bool = False
    mapping: bool = False
    words: tuple[str, ...] = ()


CUSTOM = "custom"
"""The family of registered classes that derive from none of Keras' bases."""

# Where Keras calls what it is given, so that a registered function will do.
CALLED = frozenset(
    {"activation", "initializer", "regularizer", "constraint", "loss", "metric", "schedule", CUSTOM}
)

FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        "layer": Family("a layer", ("layer", "cell", "model")),
        "cell": Family("a recurrent cell", ("cell",)),
        "model": Family("a model", ("model",)),
        # Functions come as strings; any layer can be called like one.
        "activation": Family("an activation", ("layer", "cell", "model"), strings=True),
        "initializer": Family("an initializer", ("initializer",), strings=True),
        "regularizer": Family("a regularizer", ("regularizer",), strings=True),
        "constraint": Family("a constraint", ("constraint",), strings=True),
        "loss": Family("a loss", ("loss",), strings=True, mapping=True),
        # Keras averages a loss object that stands among the metrics.
        "metric": Family("a metric", ("metric", "loss"), strings=True, mapping=True),
        "optimizer": Family("an optimizer", ("optimizer",), folded=True),
        "schedule": Family("a learning rate schedule", ("schedule",), plain=True),
        "dtype_policy": Family("a dtype policy", ("dtype_policy",), strings=True),
        "quantizer": Family("a quantizer", ("quantizer",)),
        "quantization_config": Family(
            "a quantization config", ("quantization_config",), plain=True, mapping=True
        ),
        "seed_generator": Family("a seed generator", ("seed_generator",), plain=True),
        "optimizer_map": Family("an optimizer map", ("optimizer_map",)),
        "distillation_loss": Family("a distillation loss", ("distillation_loss",), mapping=True),
        CUSTOM: Family("a custom object", (CUSTOM,), plain=True, mapping=True),
        "callback": Family("a callback", ("callback",)),
    }
)

# What `Model.compile` reads: an optimizer as a string too, and words for which it picks a class by the
# shapes it sees. An optimizer inside another one has to be an object.
COMPILE: Mapping[str, Family] = MappingProxyType(
    {
        "optimizer": replace(FAMILIES["optimizer"], strings=True),
        "loss": replace(FAMILIES["loss"], words=("crossentropy", "ce")),
        "metric": replace(FAMILIES["metric"], words=("accuracy", "acc")),
    }
)


def noun(family: str) -> str:
    """A family with its article."""
    return FAMILIES[family].noun
