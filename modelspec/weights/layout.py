"""The HDF5 file without its values: groups, attributes, datasets, and where each value goes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import RawIOBase
from typing import IO, TYPE_CHECKING, Any

from modelspec.link.linked import Group

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset to be made.

    Args:
        address: its path in the file.
        shape: sizes; none for a scalar.
        dtype: as it lies in the file.
        allocated: whether it gets room in the file; else it reads as zeros.
    """

    address: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    allocated: bool


def lay_out(
    file: IO[bytes] | RawIOBase, groups: Sequence[Group], *, datasets: Sequence[Dataset]
) -> tuple[int | None, ...]:
    """Write the file but for its values, as Keras' `H5IOStore` would.

    The file has its full size afterwards, and zeros wherever values go.

    Args:
        file: an empty file, open for reading and writing; stays open.
        groups: the groups `vars`, in order.
        datasets: in order; groups on the way to them are made where `groups` does not have them.

    Returns:
        By dataset: the position of its first byte, `None` where it is not allocated.
    """
    import h5py

    if file.seek(0, 2):
        raise ValueError("the file is not empty")
    links = h5py.h5p.create(h5py.h5p.LINK_CREATE)
    links.set_create_intermediate_group(True)
    plans = {allocated: _plan(h5py, early=allocated) for allocated in (True, False)}
    # The oldest form is what Keras writes, and the one in which groups hold no times.
    with h5py.File(file, "w", libver=("earliest", "v110")) as h5:
        for group in groups:
            made = h5py.h5g.create(h5.id, group.address.encode(), lcpl=links)
            if group.name is not None:
                h5py.Group(made).attrs["name"] = group.name
        offsets = tuple(_make(h5, dataset, plans[dataset.allocated], links) for dataset in datasets)
        h5.flush()
        size = h5.id.get_filesize()
    if file.seek(0, 2) < size:
        # HDF5 asks for the full size, which files in memory do not take without a byte at the end.
        file.seek(size - 1)
        file.write(bytes(1))
    return offsets


def _plan(h5py: Any, *, early: bool) -> Any:
    """How a dataset is created: in one piece, without times, with room at once or not at all."""
    h5d = h5py.h5d
    plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plan.set_layout(h5d.CONTIGUOUS)
    plan.set_alloc_time(h5d.ALLOC_TIME_EARLY if early else h5d.ALLOC_TIME_LATE)
    if early:
        # What is not written reads as zeros anyway: the file grows by them.
        plan.set_fill_time(h5d.FILL_TIME_NEVER)
    plan.set_obj_track_times(False)
    return plan


def _make(h5: Any, dataset: Dataset, plan: Any, links: Any) -> int | None:
    from h5py import Dataset as Made
    from h5py import h5d, h5s, h5t

    space = h5s.create_simple(dataset.shape) if dataset.shape else h5s.create(h5s.SCALAR)
    kind = h5t.py_create(dataset.dtype, logical=True)
    made = h5d.create(h5.id, dataset.address.encode(), kind, space, plan, lcpl=links)
    if dataset.dtype.name == "bfloat16":
        # HDF5 does not know the format: these are opaque bytes, and Keras reads the attribute.
        Made(made).attrs["dtype"] = "bfloat16"
    offset = made.get_offset() if dataset.allocated else None
    return None if offset is None else int(offset)


# Bytes of the oldest form of HDF5, from its specification. Space is taken in blocks of 2048 and, for the text
# of attributes, 4096, which are not always used up.
_FILE = 96 + 2 * 2048 + 4096
_GROUP_HEADER = 40
_TREE_NODE = 544
_TREE_FANOUT = 16  # of a node half full, as sorted insertion leaves it
_LINKS_NODE = 328
_LINKS_FULL = 8
_LINKS_HALF = 4
_HEAP = 32 + 88
_DATASET = 272
_ATTRIBUTE = 136


def overhead(groups: Sequence[Group], addresses: Iterable[tuple[str, str]]) -> int:
    """At most how many bytes the file has beside its values, and hardly more.

    Args:
        groups: the groups `vars`.
        addresses: of the datasets, each with the name of its dtype.
    """
    total = _FILE
    links: dict[str, dict[str, None]] = {"": {}}
    for group in groups:
        total += _ATTRIBUTE + _padded(group.name) if group.name is not None else 0
        _link(links, group.address)
        links.setdefault(group.address, {})
    for address, dtype in addresses:
        total += _DATASET + (_ATTRIBUTE + _padded(dtype) if dtype == "bfloat16" else 0)
        _link(links, address)
    return total + sum(_group_size(names) for names in links.values())


def _link(links: dict[str, dict[str, None]], address: str) -> None:
    """Enter the way to an address: which names each group on it holds."""
    here = ""
    for name in address.split("/"):
        links.setdefault(here, {})[name] = None
        here = f"{here}/{name}" if here else name


def _group_size(names: Iterable[str]) -> int:
    lengths = [_padded(name) for name in names]
    nodes = 1 if len(lengths) <= _LINKS_FULL else -(-len(lengths) // _LINKS_HALF)
    trees = 1 if nodes <= 2 * _TREE_FANOUT else 1 + -(-nodes // _TREE_FANOUT) * 17 // 16 + 1
    # The heap of names doubles when it is full.
    heap = max(_HEAP, 32 + 2 * (sum(lengths) + 8))
    return _GROUP_HEADER + trees * _TREE_NODE + nodes * _LINKS_NODE + heap


def _padded(text: str) -> int:
    return len(text.encode()) // 8 * 8 + 8
