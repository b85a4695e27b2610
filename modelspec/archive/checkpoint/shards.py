"""Weights in several files that a JSON file names: a map, `.weights.json`, and HDF5 files beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from math import prod
from threading import Lock
from types import MappingProxyType

from modelspec.archive.checkpoint.hdf5_file import kept_hdf5, tensors_of
from modelspec.archive.checkpoint.opened import OpenCheckpoint, Request
from modelspec.archive.checkpoint.tfjs import MANIFEST, open_tfjs
from modelspec.archive.container import open_regular
from modelspec.archive.json_values import read_json
from modelspec.archive.limits import Limits
from modelspec.archive.member_names import quoted
from modelspec.archive.recognition import identify_file, kind_of, not_weights
from modelspec.archive.refusal import Refused
from modelspec.archive.region import ReadRegion
from modelspec.archive.shard_map import WEIGHT_MAP, ShardFlaw, ShardMap, read_shard_map
from modelspec.archive.sizes import readable_size
from modelspec.weights.kept_hdf5 import KeptDataset, KeptHdf5
from modelspec.weights.table import ITEM_SIZES

_SAVE_ANEW = "save the weights anew; Keras 3.10 loses count where a layer lies in two shards"
_HELP: Mapping[str, str] = MappingProxyType(
    {
        "missing-shard": "put all files that were saved together beside the map, under the names it has",
        "unsafe-weights": "save the weights anew with Keras",
    }
)


def open_json(request: Request, limits: Limits) -> OpenCheckpoint:
    """Open what a JSON file tells the files of: the map of a sharded set, or a model of TensorFlow.js.

    Raises:
        Refused: a file is missing or unsafe, or they do not hold what is told.
        OSError: one cannot be read.
    """
    value = _read(request, limits)
    if MANIFEST in value:
        return open_tfjs(value, request, limits)
    return _open_shards(value, request)


def _open_shards(value: Mapping[str, object], request: Request) -> OpenCheckpoint:
    """Open all shards of a map."""
    shard_map = _map_in(value, request)
    with ExitStack() as stack:
        shards = {name: _open_shard(name, request, stack) for name in shard_map.files}
        _check_map(shard_map, shards)
        homes = _homes(shards)
        datasets = {address: shards[name].datasets[address] for address, name in homes.items()}
        _check_size(shard_map, datasets)
        # The group of a layer's first variable has its name; that of later ones, in other shards, has none.
        names = {address: name for shard in shards.values() for address, name in shard.layer_names.items()}
        has_names = any(shard.has_names for shard in shards.values())
        return OpenCheckpoint(
            request,
            "sharded weights",
            tensors_of(datasets, names if has_names else None, {}),
            lambda tensor: shards[homes[tensor.key]].values(tensor.key),
            stack.pop_all(),
            is_hdf5=True,
            layer_names=names,
        )


def _read(request: Request, limits: Limits) -> dict[str, object]:
    with open_regular(request.path) as file:
        size = file.seek(0, 2)
        if size > limits.json:
            raise Refused("archive-too-large", f"has {readable_size(size)} of JSON")
        file.seek(0)
        data = file.readall() or b""
    try:
        return read_json(data, limits)
    except Refused as refused:
        raise Refused("not-weights", f"is no map of shards: it {refused.message}") from None


def _map_in(value: Mapping[str, object], request: Request) -> ShardMap:
    if WEIGHT_MAP not in value:
        what = "a model's `config.json`" if "class_name" in value else "JSON text"
        raise not_weights(what, "a sharded set is given by its map, `.weights.json`")
    shard_map = read_shard_map(value, request.path.parent)
    request.refuse(
        [Refused(flaw.code, _sentence(flaw), help=_HELP.get(flaw.code)) for flaw in shard_map.flaws]
    )
    return shard_map


def _sentence(flaw: ShardFlaw) -> str:
    return f"is not read: {flaw.message} (`{flaw.where}`)"


def _open_shard(name: str, request: Request, stack: ExitStack) -> KeptHdf5:
    file = stack.enter_context(open_regular(request.path.parent / name))
    kind = kind_of(file)
    if kind != "hdf5":
        what = f"a {kind} file" if kind is not None else identify_file(file)[0]
        raise Refused("broken-archive", f"has a shard {quoted(name)} that is {what}, no HDF5 file")
    file.seek(0)
    return kept_hdf5(ReadRegion(file, Lock(), start=0, size=file.seek(0, 2)), request, stack, shard=name)


def _check_map(shard_map: ShardMap, shards: Mapping[str, KeptHdf5]) -> None:
    """Raise `Refused` where a shard lacks what the map says, or holds what it does not.

    Keras would find the one not at all, and the other or not, by what it opened before.
    """
    told: dict[str, set[str]] = {name: set() for name in shards}
    for group, names in shard_map.groups.items():
        address = group.strip("/")
        for name in names:
            told[name].add(address)
            if address not in shards[name].groups:
                raise Refused(
                    "broken-archive",
                    f"says that {quoted(name)} holds {quoted(group)}, which is not there",
                    help=_HELP["missing-shard"],
                )
    for name, shard in shards.items():
        for address in shard.datasets:
            if not any(group in told[name] for group in _above(address)):
                raise Refused(
                    "broken-archive",
                    f"does not say that {quoted(name)} holds {quoted(address)}",
                    help=_SAVE_ANEW,
                )


def _check_size(shard_map: ShardMap, datasets: Mapping[str, KeptDataset]) -> None:
    """Raise `Refused` where the shards hold less than the map says: it lost sight of a file of the set."""
    found = sum(prod(dataset.shape) * ITEM_SIZES[dataset.dtype] for dataset in datasets.values())
    if shard_map.size is not None and found < shard_map.size:
        said = f"{int(shard_map.size):,} bytes of values"
        raise Refused(
            "broken-archive", f"says that there are {said}, and its shards hold {found:,}", help=_SAVE_ANEW
        )


def _above(address: str) -> Iterator[str]:
    """The groups that an address lies in."""
    while "/" in address:
        address = address.rpartition("/")[0]
        yield address


def _homes(shards: Mapping[str, KeptHdf5]) -> dict[str, str]:
    """The shard of each dataset, by its address. Raises `Refused` where two have the same."""
    homes: dict[str, str] = {}
    for name, shard in shards.items():
        for address in shard.datasets:
            if address in homes:
                both = f"{quoted(homes[address])} and {quoted(name)}"
                raise Refused(
                    "unsafe-weights",
                    f"is not read: {quoted(address)} lies both in {both}",
                    help="save the weights anew with Keras",
                )
            homes[address] = name
    return homes
