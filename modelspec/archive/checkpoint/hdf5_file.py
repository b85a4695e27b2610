"""Keras' own files of weights, `.weights.h5`."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from threading import Lock

from modelspec.archive.checkpoint.older_archive import Moved, is_older, moved_file
from modelspec.archive.checkpoint.older_hdf5 import open_older_hdf5
from modelspec.archive.checkpoint.opened import OpenCheckpoint, Request, refuse_unknown
from modelspec.archive.container import open_regular
from modelspec.archive.limits import Limits
from modelspec.archive.refusal import Refused
from modelspec.archive.region import ReadRegion
from modelspec.weights.checkpoint import StoredTensor
from modelspec.weights.in_place import Readable
from modelspec.weights.kept_hdf5 import KeptDataset, KeptHdf5
from modelspec.weights.keras_order import keras_order
from modelspec.weights.names import names_of


def open_hdf5(request: Request, limits: Limits) -> OpenCheckpoint:
    """Open an HDF5 file. Raises `Refused` or `OSError` where that cannot be done."""
    with ExitStack() as stack:
        file = stack.enter_context(open_regular(request.path))
        region = ReadRegion(file, Lock(), start=0, size=file.seek(0, 2))
        kept = kept_hdf5(region, request, stack, older=True)
        if kept.is_older:
            return open_older_hdf5(kept, request, stack, limits)
        if is_older(kept.groups, {}):
            moved = moved_file(kept, None)
            return OpenCheckpoint(
                request,
                "HDF5 file of weights of Keras 2",
                moved_tensors(kept, moved),
                lambda tensor: kept.values(moved.stored[tensor.key]),
                stack.pop_all(),
                is_hdf5=True,
            )
        return OpenCheckpoint(
            request,
            "HDF5 file of weights",
            tensors_of(kept.datasets, kept.layer_names if kept.has_names else None, {}),
            lambda tensor: kept.values(tensor.key),
            stack.pop_all(),
            is_hdf5=True,
            layer_names=kept.layer_names,
        )


def kept_hdf5(
    file: Readable, request: Request, stack: ExitStack, *, shard: str | None = None, older: bool = False
) -> KeptHdf5:
    """An HDF5 file that is open until the stack is unwound.

    Args:
        shard: its name, if it is one of several.
        older: whether one that Keras 2 laid out by names is read; its dtypes are not looked at.

    Raises:
        Refused: it has flaws.
    """
    kept = KeptHdf5(file)
    stack.callback(kept.close)
    request.refuse_flaws(kept.flaws, of=shard)
    if kept.is_older and older:
        return kept
    if kept.is_older:
        raise Refused(
            "archive-form",
            "is laid out as Keras 2 did, by names of layers and variables",
            help="give that file itself, or load it into its model with Keras, and save that:"
            " `model.save_weights('new.weights.h5')`",
        )
    refuse_unknown(kept.unknown_dtypes)
    return kept


def moved_tensors(kept: KeptHdf5, moved: Moved) -> tuple[StoredTensor, ...]:
    """The datasets of a file that Keras 2 laid out by addresses, in Keras' order."""
    datasets = {new: kept.datasets[old] for new, old in moved.stored.items()}
    return tensors_of(datasets, moved.layer_names or None, moved.positions)


def tensors_of(
    datasets: Mapping[str, KeptDataset], layer_names: Mapping[str, str] | None, positions: Mapping[str, int]
) -> tuple[StoredTensor, ...]:
    """Datasets in Keras' order.

    Args:
        datasets: by address.
        layer_names: by the address of their group; `None` where nothing says them.
        positions: of layers in their models, where they are known.
    """
    return tuple(
        StoredTensor(
            address,
            () if layer_names is None else names_of(address, layer_names),
            datasets[address].shape,
            datasets[address].dtype,
        )
        for address in sorted(datasets, key=lambda address: keras_order(address, positions))
    )
