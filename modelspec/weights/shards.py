"""Weights in several HDF5 files, as Keras reads them: which tensor lies in which, and the map of it all.

Source: `ShardedH5IOStore` of Keras. A layer's own variables stay together where they fit into a shard: Keras
3.10 finds them only so, and later releases read a divided group at greater length.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from modelspec.link.linked import Group

SUFFIX = ".weights.json"
"""Of the map's file; its shards stand beside it."""


@dataclass(frozen=True, slots=True)
class Sized:
    """A tensor to be placed.

    Args:
        address: in Keras' HDF5 layout.
        size: bytes.
    """

    address: str
    size: int

    @property
    def group(self) -> str:
        """The address of the group `vars` that it lies in."""
        return self.address.rpartition("/")[0]


@dataclass(frozen=True, slots=True)
class Shard:
    """One of the files.

    Args:
        tensors: positions in what was given, in order.
        size: bytes of their values.
    """

    tensors: tuple[int, ...]
    size: int


def divide(tensors: Sequence[Sized], size: int) -> tuple[Shard, ...]:
    """Tensors in files of at most `size` bytes of values, in order; at least one file.

    Of a group that does not fit into any file each tensor is placed by itself, and one that is larger than
    `size` has a file of its own, which then is larger, too.
    """
    shards: list[Shard] = []
    here: list[int] = []
    taken = 0
    for bundle, weight in _bundles(tensors, size):
        if here and taken + weight > size:
            shards.append(Shard(tuple(here), taken))
            here, taken = [], 0
        here.extend(bundle)
        taken += weight
    return (*shards, Shard(tuple(here), taken))


def _bundles(tensors: Sequence[Sized], size: int) -> Iterator[tuple[tuple[int, ...], int]]:
    """What must not be divided: positions and bytes."""
    numbered = ((tensor.group, position) for position, tensor in enumerate(tensors))
    for _, found in groupby(numbered, key=itemgetter(0)):
        positions = tuple(position for _, position in found)
        weight = sum(tensors[position].size for position in positions)
        if weight <= size:
            yield positions, weight
        else:
            yield from (((position,), tensors[position].size) for position in positions)


def shard_name(stem: str, number: int) -> str:
    """The name of a shard's file: Keras opens the one with the number 0 whatever the map says."""
    return f"{stem}_{number:05}.weights.h5"


def groups_of_shards(
    groups: Sequence[Group], tensors: Sequence[Sized], shards: Sequence[Shard]
) -> tuple[tuple[Group, ...], ...]:
    """The groups of each shard: those that its tensors lie in; of groups without tensors the first has all.

    The names of the layers around them come along, so that each file can be read by itself.
    """
    held = [{tensors[position].group for position in shard.tensors} for shard in shards]
    anywhere = set().union(*held)
    return tuple(
        tuple(
            group
            for group in groups
            if group.address in here
            or (group.address not in anywhere and (number == 0 or _surrounds(group, here)))
        )
        for number, here in enumerate(held)
    )


def _surrounds(group: Group, addresses: set[str]) -> bool:
    """Whether a group names what one of the addresses lies in."""
    around = group.address.removesuffix("vars")
    return any(address.startswith(around) for address in addresses)


def shard_map(tensors: Sequence[Sized], shards: Sequence[Shard], *, stem: str) -> bytes:
    """The text of the map: the files of each group, one by its name, several as a list."""
    files: dict[str, list[str]] = {}
    for number, shard in enumerate(shards):
        for position in shard.tensors:
            names = files.setdefault(f"/{tensors[position].group}", [])
            name = shard_name(stem, number)
            if name not in names:
                names.append(name)
    weight_map: Mapping[str, object] = {
        group: names[0] if len(names) == 1 else names for group, names in files.items()
    }
    total = sum(shard.size for shard in shards)
    return json.dumps({"metadata": {"total_size": total}, "weight_map": weight_map}, indent=4).encode()
