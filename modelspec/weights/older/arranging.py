"""Values that Keras 2 stored by name, arranged as a file of Keras 3 has them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from types import MappingProxyType

from modelspec.weights.checkpoint import StoredTensor
from modelspec.weights.names import names_of
from modelspec.weights.older.classes import Item
from modelspec.weights.older.flat_names import flat_names
from modelspec.weights.older.placing import place, steps_of
from modelspec.weights.older.recurrent import conversion, converted_shape, gates_for_cudnn
from modelspec.weights.older.slots import Slots, slots_of
from modelspec.weights.values import Values

_CELL = ("kernel", "recurrent_kernel", "bias")
_SPECTRAL = "vector_u"


@dataclass(frozen=True, slots=True)
class Held:
    """The values of one variable as a file of Keras 2 has them.

    Args:
        name: as it is stored: `dense/kernel:0`.
        shape: sizes.
        dtype: as Keras names it.
        values: gives them.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    values: Callable[[], Values]


@dataclass(frozen=True, slots=True)
class Arranged:
    """The same values under the keys of today.

    Args:
        tensors: by address where a config told them, else by name.
        values: by the tensors' keys.
        layer_names: by the address of a layer's group.
        left: the stored names of what no layer of Keras 3 takes, each with its layer's.
    """

    tensors: tuple[StoredTensor, ...]
    values: Mapping[str, Callable[[], Values]]
    layer_names: Mapping[str, str]
    left: tuple[tuple[str, str], ...] = ()


def arranged_by_config(config: Item, groups: Mapping[str, Sequence[Held]]) -> Arranged:
    """Values by the addresses that they have in Keras 3.

    Args:
        config: of the model.
        groups: what the file has, by the name of the model's layer; under an empty name, what is of the model
            itself. Layers that the config does not have are left.
    """
    every = slots_of(config)
    places: dict[str, Held] = {}
    left: list[tuple[str, str]] = []
    for layer, held in groups.items():
        if layer in every:
            _enter(layer, every[layer], held, places, left)
        elif not layer:
            places |= {f"vars/{number}": one for number, one in enumerate(held)}
        else:
            left.extend((layer, one.name) for one in held)
    return _by_address(places, every, left)


def arranged_flat(config: Item, held: Sequence[Held]) -> Arranged:
    """The same for values that no groups part."""
    every = slots_of(config)
    whole = Slots()
    for one in every.values():
        whole.trained.extend(one.trained)
        whole.fixed.extend(one.fixed)
        whole.leaves.extend(one.leaves)
        whole.names.update(one.names)
    places: dict[str, Held] = {}
    left: list[tuple[str, str]] = []
    _enter("", whole, held, places, left)
    return _by_address(places, every, left)


def arranged_by_name(groups: Mapping[str, Sequence[Held]]) -> Arranged:
    """Values of a file that says of its model nothing but the names of layers, by those.

    Args:
        groups: what the file has, by the name of a layer.
    """
    tensors: list[StoredTensor] = []
    values: dict[str, Callable[[], Values]] = {}
    for layer, stored in groups.items():
        held = _converted(_together(stored))
        held = [*held, *_stored_twice(held)]
        for one, names in zip(held, flat_names(layer, [one.name for one in held]), strict=True):
            key = f"{layer}/{one.name}" if layer else one.name
            tensors.append(StoredTensor(key, names, one.shape, one.dtype))
            values[key] = one.values
    return Arranged(tuple(tensors), MappingProxyType(values), MappingProxyType({}))


def _stored_twice(held: Sequence[Held]) -> list[Held]:
    """The kernel whose spectrum a layer normalizes, as that of the layer inside: Keras 3 stores it twice."""
    if not any(steps_of(one.name)[-1] == _SPECTRAL for one in held):
        return []
    return [replace(one, name=f"layer/{steps_of(one.name)[-1]}") for one in held[:1]]


def _together(held: Sequence[Held]) -> list[Held]:
    """Values of one inner layer beside each other: Keras 2 stores those first that are trained, of all."""
    ranks: dict[tuple[str, ...], int] = {}
    for one in held:
        ranks.setdefault(steps_of(one.name)[:-1], len(ranks))
    return sorted(held, key=lambda one: ranks[steps_of(one.name)[:-1]])


def _enter(
    layer: str, slots: Slots, held: Sequence[Held], places: dict[str, Held], left: list[tuple[str, str]]
) -> None:
    found = place(slots, [one.name for one in held])
    again = {slot.address: slot.again for slot in slots.ordered if slot.again}
    for position, address in found.addresses.items():
        places[address] = held[position]
        if address in again:
            places[again[address]] = held[position]
    left.extend((layer, held[position].name) for position in found.left)


def _by_address(
    places: Mapping[str, Held], every: Mapping[str, Slots], left: Sequence[tuple[str, str]]
) -> Arranged:
    names = {address: name for one in every.values() for address, name in one.names.items()}
    order = {address: rank for rank, address in enumerate(_in_layers(every))}
    addresses = sorted(places, key=lambda address: (order.get(address, len(order)), address))
    converted = _converted([places[address] for address in addresses], addresses)
    held = dict(zip(addresses, converted, strict=True))
    return Arranged(
        tuple(_tensor(address, held[address], names) for address in addresses),
        MappingProxyType({address: one.values for address, one in held.items()}),
        MappingProxyType(names),
        tuple(left),
    )


def _in_layers(every: Mapping[str, Slots]) -> Iterator[str]:
    """Addresses layer by layer, the order of Keras 3."""
    slots = (slot for one in every.values() for leaf in one.leaves for slot in leaf.slots)
    return (address for slot in slots for address in (slot.address, slot.again))


def _tensor(address: str, held: Held, layer_names: Mapping[str, str]) -> StoredTensor:
    by_number = names_of(address, layer_names)
    own = steps_of(held.name)[-1]
    by_name = (f"{name.rpartition('/')[0]}/{own}".removeprefix("/") for name in by_number)
    return StoredTensor(address, tuple(dict.fromkeys((*by_name, *by_number))), held.shape, held.dtype)


def _converted(held: Sequence[Held], places: Sequence[str] | None = None) -> list[Held]:
    """The same, with what layers for cuDNN have as the ordinary ones have it.

    Args:
        held: those of one layer beside each other.
        places: what says which are of one layer; by default their names do.
    """
    keys = [place.rpartition("/")[0] for place in places] if places is not None else None
    of = keys if keys is not None else ["/".join(steps_of(one.name)[:-1]) for one in held]
    found: list[Held] = []
    for _, pairs in groupby(zip(of, held, strict=True), key=lambda pair: pair[0]):
        group = [one for _, one in pairs]
        shapes = {steps_of(one.name)[-1]: one.shape for one in group}
        gates = gates_for_cudnn(*(shapes.get(name, ()) for name in _CELL))
        found.extend(_for_all(one, gates) if gates else one for one in group)
    return found


def _for_all(held: Held, gates: int) -> Held:
    own = steps_of(held.name)[-1]
    if own not in _CELL:
        return held
    shape, make = converted_shape(own, held.shape, gates), conversion(own, gates)

    def values() -> Values:
        stored = held.values()
        return Values(shape, stored.dtype, stored.is_zero, whole=lambda: make(stored.array()))

    return replace(held, shape=shape, values=values)
