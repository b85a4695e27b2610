"""The `train` section, closed: which data, what `Model.fit` is given, or whose function trains instead."""

from __future__ import annotations

from typing import Literal

from modelspec.diagnostics import Place
from modelspec.frozen import dataclass
from modelspec.language.values import Fields, Origin, Plain


@dataclass(frozen=True, slots=True)
class ArraySource:
    """One array of a file.

    Args:
        file: as written.
        file_origin: where the file is named, which is what the path is relative to.
        names: the array's name in an `.npz`, or columns of a table; none for the one array of an `.npy`.
        listed: whether the names are a list, whose columns become one array.
    """

    file: str
    file_origin: Origin
    names: tuple[str, ...]
    listed: bool
    origin: Origin


@dataclass(frozen=True, slots=True)
class NamedArrays:
    """Arrays by the names of the model's inputs or outputs."""

    items: tuple[tuple[str, ArraySource, Place], ...]
    origin: Origin


Arrays = ArraySource | NamedArrays


@dataclass(frozen=True, slots=True)
class Samples:
    """What is trained on, or validated with."""

    x: Arrays
    y: Arrays | None
    sample_weight: Arrays | None
    origin: Origin


@dataclass(frozen=True, slots=True)
class Share:
    """The last part of the samples, which is kept for validation: `validation: 0.2`."""

    fraction: float
    origin: Origin


@dataclass(frozen=True, slots=True)
class FileData:
    """Data that lies in files."""

    samples: Samples
    validation: Samples | Share | None
    origin: Origin


@dataclass(frozen=True, slots=True)
class DatasetData:
    """A data set of `keras.datasets`.

    Args:
        args: of its `load_data`, as plain values.
        validation: a share of the training part, or the part for tests.
    """

    dataset: Plain
    args: Fields | None
    validation: Share | Literal["test"] | None
    origin: Origin


@dataclass(frozen=True, slots=True)
class FunctionData:
    """What a function of the caller's gives.

    Args:
        function: `data.py:load`, or `package.module:load`.
        args: as plain values.
    """

    function: Plain
    args: Fields | None
    validation: Share | None
    origin: Origin


Data = FileData | DatasetData | FunctionData


@dataclass(frozen=True, slots=True)
class Train:
    """The `train` section.

    Args:
        data: what `fit` is given; `None` where a function of the caller's trains.
        fit: arguments of `Model.fit`.
        entry: the caller's function that trains instead of `Model.fit`: `train.py:fit`.
        args: of that function.
        seed: of what training draws; `None` for that of the initial values.
        checkpoint: after how many epochs each time the state is kept; 0 for never.
        origin: of the section's key.
    """

    origin: Origin
    data: Data | None = None
    fit: Fields | None = None
    entry: Plain | None = None
    args: Fields | None = None
    seed: int | None = None
    checkpoint: int = 1
