"""What matching knows of a file of weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from modelspec.weights.checkpoint import StoredTensor


@dataclass(frozen=True, slots=True)
class Stored:
    """What matching knows of a file.

    Args:
        shown: how messages call it.
        tensors: in its order.
        is_hdf5: whether keys are addresses of the HDF5 layout.
        layers: names of layers by the address of their group.
        assets: paths of what layers have saved besides variables.
        is_ordered: whether the order of the tensors is one that somebody gave them.
    """

    shown: str
    tensors: tuple[StoredTensor, ...]
    is_hdf5: bool
    layers: Mapping[str, str]
    assets: tuple[str, ...] = ()
    is_ordered: bool = True
