"""What a model is trained on, before Keras makes batches of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]
    Arrays = Array | Mapping[str, Array]


@dataclass(frozen=True, slots=True)
class Samples:
    """Arrays of equal length; by the names of inputs or outputs where there are several.

    Args:
        y: outputs by the names that Keras has for them.
    """

    x: Arrays
    y: Arrays | None = None
    sample_weight: Arrays | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """What the model is given.

    Args:
        training: arrays, or whatever else `Model.fit` takes as `x`: a data set, a generator.
        validation: likewise.
    """

    training: Samples | Any
    validation: Samples | Any | None = None
