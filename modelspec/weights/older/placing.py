"""Stored values and the places for them, brought together by the names of layers, else by Keras 2's order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from modelspec.weights.older.slots import Leaf, Slot, Slots

_ENDS_IN_NUMBER = ":"


@dataclass(frozen=True, slots=True)
class Placed:
    """Where the values of one layer, or of a model, go.

    Args:
        addresses: in the HDF5 layout of Keras 3, by the positions of the stored names.
        left: positions of what has no place.
    """

    addresses: Mapping[int, str]
    left: tuple[int, ...] = ()


def place(slots: Slots, names: Sequence[str]) -> Placed:
    """Find the place of each stored value.

    The names of Keras 2 have those of layers in them, which say most. They are out of date where somebody
    renamed a layer that had its variables; Keras 2 itself goes by order alone.

    Args:
        slots: of the layer or model that the values are of.
        names: of the values, as they are stored: `mid/dense_1/kernel:0`.
    """
    steps = [steps_of(name) for name in names]
    owners = _owners(slots.leaves, steps)
    by_name = _by_names(owners, steps)
    if by_name is not None:
        return Placed(by_name)
    ordered = slots.ordered
    if len(ordered) == len(steps) and all(
        slot.name == step[-1] for slot, step in zip(ordered, steps, strict=True)
    ):
        return Placed({position: slot.address for position, slot in enumerate(ordered)})
    return _as_far_as_possible(owners, steps)


def steps_of(name: str) -> tuple[str, ...]:
    """The parts of a stored name, without the number of an output that TensorFlow puts at its end."""
    return tuple(name.partition(_ENDS_IN_NUMBER)[0].split("/"))


Owners = list[tuple[Leaf, list[int]]]
"""Layers, each with the positions of the values that are its own."""


def _owners(leaves: Sequence[Leaf], steps: Sequence[tuple[str, ...]]) -> Owners:
    """The layers and their values: those that a name names, and all where there is one layer."""
    found: Owners = [(leaf, []) for leaf in leaves]
    if len(leaves) == 1:
        found[0][1].extend(range(len(steps)))
        return found
    for position, way in enumerate(steps):
        best = [number for number, leaf in enumerate(leaves) if leaf.name in way[:-1]]
        if len(best) > 1:
            best = _closest([(number, leaves[number].path) for number in best], way)
        if len(best) == 1:
            found[best[0]][1].append(position)
    return found


def _closest(candidates: Sequence[tuple[int, tuple[str, ...]]], way: tuple[str, ...]) -> list[int]:
    """Those of several layers whose models, too, are named; of these the one that is named last."""
    shared = {number: sum(step in way for step in path) for number, path in candidates}
    most = max(shared.values())
    deepest = {number: way.index(path[-1]) for number, path in candidates if shared[number] == most}
    last = max(deepest.values())
    return [number for number, at in deepest.items() if at == last]


def _by_names(owners: Owners, steps: Sequence[tuple[str, ...]]) -> dict[int, str] | None:
    """All places, where each layer has just what is named after it; `None` where one has not."""
    addresses: dict[int, str] = {}
    for leaf, positions in owners:
        if not leaf.is_known:
            addresses |= _own_numbers(leaf, [(position, steps[position]) for position in positions])
        elif [slot.name for slot in leaf.slots] == [steps[position][-1] for position in positions]:
            pairs = zip(positions, leaf.slots, strict=True)
            addresses |= {position: slot.address for position, slot in pairs}
        else:
            return None
    return addresses if len(addresses) == len(steps) else None


def _as_far_as_possible(owners: Owners, steps: Sequence[tuple[str, ...]]) -> Placed:
    """Places by the names of layers and variables, and what has none."""
    addresses: dict[int, str] = {}
    for leaf, positions in owners:
        if not leaf.is_known:
            addresses |= _own_numbers(leaf, [(position, steps[position]) for position in positions])
            continue
        free: list[Slot] = list(leaf.slots)
        for position in positions:
            slot = next((slot for slot in free if slot.name == steps[position][-1]), None)
            if slot is not None:
                free.remove(slot)
                addresses[position] = slot.address
    return Placed(addresses, tuple(one for one in range(len(steps)) if one not in addresses))


def _own_numbers(leaf: Leaf, values: Sequence[tuple[int, tuple[str, ...]]]) -> dict[int, str]:
    """Places in a layer of a class that nobody knows: by number, below what its own layers are called."""
    counts: dict[str, int] = {}
    addresses: dict[int, str] = {}
    for position, way in values:
        inner = way[len(way) - way[::-1].index(leaf.name) : -1] if leaf.name in way[:-1] else way[:-1]
        group = "/".join((leaf.address, *inner, "vars"))
        number = counts.get(group, 0)
        counts[group] = number + 1
        addresses[position] = f"{group}/{number}"
    return addresses
