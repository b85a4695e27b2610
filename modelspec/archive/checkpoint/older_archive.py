"""Addresses in `.keras` archives of Keras 2.12 to 2.15 and `tf_keras`, as Keras 3 has them.

Source: `_save_state` and `_save_container_state` of `keras.src.saving.saving_lib` in those releases.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from modelspec.catalog.stem import to_snake_case
from modelspec.frozen import dataclass
from modelspec.weights.described_layers import joined
from modelspec.weights.kept_hdf5 import KeptHdf5
from modelspec.weights.keras_order import natural
from modelspec.weights.older.classes import LISTS, PARTS, Item, class_of
from modelspec.weights.older.slots import config_of, members_of, name_of

_OLDEST = "_layer_checkpoint_dependencies"
_LISTED = "layers"
_PRIVATE = re.compile(r"_((query|key|value|output)_dense)")
_STATE = ("optimizer", "metrics", "compiled_metrics", "compiled_loss")
_NUMBER = re.compile(r"(.*?)(?:_\d+)?", re.DOTALL)


def is_older(groups: Collection[str], metadata: Mapping[str, object]) -> bool:
    """Whether an archive, or a file of weights, is laid out by Keras 2.

    Args:
        groups: addresses of all groups.
        metadata: what the archive says of itself.
    """
    return _OLDEST in groups or str(metadata.get("keras_version", "")).startswith("2.")


@dataclass(frozen=True, slots=True)
class Moved:
    """What a file holds, by the addresses of Keras 3.

    Args:
        stored: the addresses that the datasets have in the file, by those that they get.
        layer_names: by the address of a layer's group.
        positions: of layers in their models, by the address of their group.
        groups: the address of each group that has another, by the one that it has in the file.
    """

    stored: Mapping[str, str]
    layer_names: Mapping[str, str]
    positions: Mapping[str, int]
    groups: Mapping[str, str]


def moved_file(kept: KeptHdf5, config: Item | None) -> Moved:
    """The datasets of an older file, but for the state of its optimizer and its metrics.

    Args:
        kept: the file.
        config: of the model, where there is one.
    """
    moved, names = addresses_of_today(kept.groups, config)
    stored: dict[str, str] = {}
    for address in kept.datasets:
        if address.partition("/")[0] not in _STATE:
            new = moved_address(address, moved)
            stored[new if new not in stored else address] = address
    return Moved(stored, names, {address: rank for rank, address in enumerate(names)}, moved)


def addresses_of_today(groups: Collection[str], config: Item | None) -> tuple[dict[str, str], dict[str, str]]:
    """The address in Keras 3 of each group that has another, and the names of layers by new addresses.

    Until 2.13 Keras counted layers that have variables twice, so that the second `Dense` is `dense_2`.

    Args:
        groups: addresses of all groups.
        config: of the model; `None` where there is none, and layers are counted alone.
    """
    below: dict[str, list[str]] = {}
    for group in sorted(groups, key=natural):
        above, _, step = group.rpartition("/")
        below.setdefault(above, []).append(step)
    moved: dict[str, str] = {}
    names: dict[str, str] = {}
    if config is not None:
        _model(config, "", "", below, moved, names)
    else:
        _count(below, "", "", moved)
    return moved, names


def moved_address(address: str, moved: Mapping[str, str]) -> str:
    """The address of a dataset, by the innermost group around it that has another."""
    group, tail = address, ""
    while "/" in group:
        group, _, last = group.rpartition("/")
        tail = f"/{last}{tail}"
        if group in moved:
            return moved[group] + tail
    return address


def _model(
    item: Item,
    old: str,
    new: str,
    below: Mapping[str, list[str]],
    moved: dict[str, str],
    names: dict[str, str],
) -> None:
    """Enter the layers of a model, by their rank among those of their class."""
    for container in (_OLDEST, _LISTED):
        there = _by_class(below.get(joined(old, container), ()))
        if not there:
            continue
        for step, member in members_of(item):
            mine = there.get(to_snake_case(_stored_class(member)), [])
            group = f"{joined(old, container)}/{mine.pop(0)}" if mine else None
            if group is not None and step is not None:
                address = f"{joined(new, _LISTED)}/{step}"
                names[address] = name_of(member)
                _layer(member, group, address, below, moved, names)
        return


def _layer(
    item: Item,
    old: str,
    new: str,
    below: Mapping[str, list[str]],
    moved: dict[str, str],
    names: dict[str, str],
) -> None:
    moved[old] = new
    class_name = class_of(item)
    if LISTS.get(class_name) == _LISTED:
        _model(item, old, new, below, moved, names)
        return
    for step in below.get(old, ()):
        found = _PRIVATE.fullmatch(step)
        if found is not None:
            moved[f"{old}/{step}"] = f"{new}/{found[1]}"
    for attribute, part in PARTS[class_name](config_of(item)) if class_name in PARTS else ():
        if attribute in below.get(old, ()):
            _layer(part, f"{old}/{attribute}", f"{new}/{attribute}", below, moved, names)


def _stored_class(item: Item) -> str:
    name = str(item["class_name"]).rpartition(">")[2]
    return "Functional" if name == "Model" else name


def _by_class(steps: Collection[str]) -> dict[str, list[str]]:
    """Steps below a list of layers by the class that they are of, in order of their numbers."""
    found: dict[str, list[str]] = {}
    for step in steps:
        stem = _NUMBER.fullmatch(step)
        assert stem is not None
        found.setdefault(stem[1], []).append(step)
    return found


def _count(below: Mapping[str, list[str]], old: str, new: str, moved: dict[str, str]) -> None:
    """Number the layers of each class anew, as nothing but their addresses tells what they are."""
    for step in below.get(old, ()):
        if step != _OLDEST:
            group, now = joined(old, step), joined(new, step)
            if group != now:
                moved[group] = now
            _count(below, group, now, moved)
            continue
        for stem, mine in _by_class(below.get(joined(old, step), ())).items():
            for rank, one in enumerate(mine):
                group = f"{joined(old, step)}/{one}"
                now = f"{joined(new, _LISTED)}/{stem}_{rank}" if rank else f"{joined(new, _LISTED)}/{stem}"
                moved[group] = now
                _count(below, group, now, moved)
