"""What a file of weights holds, tensor by tensor; Keras is not imported."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from modelspec.archive.checkpoint import open_checkpoint
from modelspec.compiler.values import Progress, silent
from modelspec.diagnostics import Report
from modelspec.weights.checkpoint import Checkpoint, StoredTensor
from modelspec.weights.keras_order import of_optimizer
from modelspec.weights.table import ITEM_SIZES

if TYPE_CHECKING:
    from modelspec.weights.statistics import Statistics


@dataclass(frozen=True, slots=True)
class ListedTensor:
    """A tensor, for people.

    Args:
        tensor: by its names, key, shape and dtype.
        size: in bytes.
        of_optimizer: whether it is a part of an optimizer's state.
        statistics: of its values, where they were asked for.
    """

    tensor: StoredTensor
    size: int
    of_optimizer: bool
    statistics: Statistics | None

    @property
    def count(self) -> int:
        """How many values it has."""
        return math.prod(self.tensor.shape)


@dataclass(frozen=True, slots=True)
class Listing:
    """All that a file of weights holds.

    Args:
        path: as it was given.
        form: what the file is, as a noun.
        rows: in the file's order.
    """

    path: Path
    form: str
    rows: tuple[ListedTensor, ...]


def list_weights(
    path: Path, report: Report, *, statistics: bool = False, progress: Progress = silent
) -> Listing | None:
    """The tensors of a file of weights, or `None` with an error in the report.

    Args:
        statistics: read all values, and tell what they are like.
        progress: told how many values are read.

    Raises:
        SpecError: the file turns out to be damaged while values are read.
    """
    checkpoint = open_checkpoint(path, report)
    if checkpoint is None:
        return None
    with checkpoint:
        told = _statistics(checkpoint, progress) if statistics else {}
        return Listing(
            path,
            checkpoint.form,
            tuple(
                ListedTensor(
                    tensor,
                    math.prod(tensor.shape) * ITEM_SIZES[tensor.dtype],
                    checkpoint.is_hdf5 and of_optimizer(tensor.key),
                    told.get(tensor.key),
                )
                for tensor in checkpoint.tensors
            ),
        )


def _statistics(checkpoint: Checkpoint, progress: Progress) -> dict[str, Statistics]:
    from modelspec.weights.statistics import statistics_of

    total = sum(math.prod(tensor.shape) for tensor in checkpoint.tensors)
    found: dict[str, Statistics] = {}
    done = 0

    def read(count: int) -> None:
        nonlocal done
        done += count
        progress("reading values", done, total)

    for tensor in checkpoint.tensors:
        found[tensor.key] = statistics_of(checkpoint.values(tensor), read)
    return found
