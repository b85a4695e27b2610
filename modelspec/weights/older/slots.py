"""The places that the values of a model have: in Keras 2's order, each with its address in Keras 3."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from modelspec.catalog.stem import to_snake_case
from modelspec.weights.older.classes import LISTS, OWN, PARTS, Config, Item, Own, class_of, is_call, is_layer

_INPUT = "InputLayer"
_MODEL = "layers"
_MOST_DEPTH = 100


@dataclass(frozen=True, slots=True)
class Slot:
    """The place of one variable.

    Args:
        address: in the HDF5 layout of Keras 3.
        name: its own name in Keras 2.
        again: the other address of a variable that Keras 3 stores twice.
    """

    address: str
    name: str
    again: str = ""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A layer that is no model, as a list of layers has it, with all that it holds.

    Args:
        path: the names of the models that it is in, and its own.
        address: of its group in Keras 3.
        class_name: in Keras 3.
        slots: its variables, those that are trained first; empty where nobody knows them.
        is_known: whether they are those of a class that is.
        held: the name of the layer inside, where that is the one that nobody knows and the address is its.
    """

    path: tuple[str, ...]
    address: str
    class_name: str
    slots: tuple[Slot, ...]
    is_known: bool
    held: str = ""

    @property
    def name(self) -> str:
        """Its own name."""
        return self.path[-1]


@dataclass(slots=True)
class Slots:
    """What a model, or a layer of it, has.

    Args:
        trained: variables that are trained, in Keras 2's order.
        fixed: those that are not.
        leaves: its layers, in order.
        names: of layers and models, by the address of their group.
    """

    trained: list[Slot] = field(default_factory=list)
    fixed: list[Slot] = field(default_factory=list)
    leaves: list[Leaf] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)

    @property
    def ordered(self) -> tuple[Slot, ...]:
        """All, as Keras 2 stores the variables of one layer."""
        return (*self.trained, *self.fixed)


def slots_of(item: Item) -> dict[str, Slots]:
    """The places of a model's variables, layer by layer: what lies in one group of a Keras 2 file.

    Source: for the order `save_weights_to_hdf5_group` and `_legacy_weights` of
    `keras.saving.legacy.hdf5_format`, for the addresses `_save_container_state` of
    `keras.src.saving.saving_lib`.

    Args:
        item: the config of a model, of Keras 2 or already of Keras 3.

    Returns:
        By the layer's name, in the model's order; of a model that lists no layers, nothing.
    """
    found: dict[str, Slots] = {}
    for step, member in listed(item):
        name = name_of(member)
        one = _walk(member, f"layers/{step}", (name,), depth=0)
        found[name] = one
    return found


def listed(item: Item) -> Iterator[tuple[str, Item]]:
    """The layers that one lists, each with the step of its address: its class and number."""
    return ((step, member) for step, member in members_of(item) if step is not None)


def members_of(item: Item) -> Iterator[tuple[str | None, Item]]:
    """All that stands in a layer's list of layers, but for the input of a `Sequential`, which is none.

    Calls of functions, which Keras 3 does not count, have no step.
    """
    class_name = class_of(item)
    members = config_of(item).get(LISTS.get(class_name, ""), ())
    counts: dict[str, int] = {}
    for member in members if isinstance(members, list) else ():
        if not is_layer(member) or (class_name == "Sequential" and class_of(member) == _INPUT):
            continue
        if is_call(member):
            yield None, member
            continue
        stem = to_snake_case(class_of(member))
        count = counts.get(stem, 0)
        counts[stem] = count + 1
        yield (f"{stem}_{count}" if count else stem), member


def config_of(item: Item) -> Config:
    """The arguments of a layer; a `Sequential` of the oldest releases has the list of its layers instead."""
    config = item["config"]
    return {"layers": config} if isinstance(config, list) else config


def name_of(item: Item) -> str:
    """What a layer is called: a model writes it beside the arguments, too."""
    name = item.get("name") or config_of(item).get("name")
    return name if isinstance(name, str) else to_snake_case(class_of(item))


def _walk(item: Item, address: str, path: tuple[str, ...], *, depth: int) -> Slots:
    """What one member of a list of layers has."""
    found = Slots()
    found.names[address] = path[-1]
    class_name = class_of(item)
    if LISTS.get(class_name) != _MODEL:
        one = _held(item, address, depth=depth)
        found.trained, found.fixed = one.trained, one.fixed
        found.names.update(one.names)
        found.leaves.append(_leaf(item, address, path, found.ordered))
        return found
    if depth > _MOST_DEPTH:
        return found
    inner = [
        _walk(member, f"{address}/layers/{step}", (*path, name_of(member)), depth=depth + 1)
        for step, member in listed(item)
    ]
    for one in inner:
        found.leaves.extend(one.leaves)
        found.names.update(one.names)
    trained = [slot for one in inner for slot in one.trained]
    fixed = [slot for one in inner for slot in one.fixed]
    found.trained, found.fixed = (trained, fixed) if _trains(item) else ([], [*trained, *fixed])
    return found


def _leaf(item: Item, address: str, path: tuple[str, ...], slots: tuple[Slot, ...]) -> Leaf:
    """A layer; of one around another that nobody knows, the latter's place."""
    outer, held, below = item, "", address
    while class_of(item) in PARTS and not slots:
        parts = list(_parts(item))
        if len(parts) != 1:
            break
        step, item = parts[0]
        held, below = name_of(item), f"{below}/{step}"
    known = any(class_of(item) in table for table in (OWN, PARTS, LISTS))
    return Leaf(path, address if known else below, class_of(outer), slots, known, held)


def _held(item: Item, address: str, *, depth: int) -> Slots:
    """What a layer has of its own and in the layers that it holds."""
    found = Slots()
    class_name, config = class_of(item), config_of(item)
    inner: dict[str, Slots] = {}
    for step, part in _parts(item) if depth <= _MOST_DEPTH else ():
        below = f"{address}/{step}"
        inner[step] = _held(part, below, depth=depth + 1)
        found.names.update(inner[step].names)
        if LISTS.get(class_name) == _MODEL:
            found.names[below] = name_of(part)
    there = [own for own in OWN.get(class_name, ()) if own.when(config)]
    # The order in which Keras numbers them in the file.
    ranked = sorted(there, key=lambda own: own.fixed)
    slots = {own.name: _slot(own, address, rank) for rank, own in enumerate(ranked)}
    for own in there:
        if own.of in inner and inner[own.of].ordered:
            slots[own.name] = _taken_over(slots[own.name], inner[own.of])
    _gather(
        found,
        list(inner.values()),
        [slots[own.name] for own in there if not own.fixed],
        [slots[own.name] for own in there if own.fixed],
        trains=_trains(item),
    )
    return found


def _slot(own: Own, address: str, rank: int) -> Slot:
    key = own.key or str(rank)
    again = f"{address}/{own.again}/vars/{key}" if own.again else ""
    return Slot(f"{address}/vars/{key}", own.name, again=again)


def _taken_over(own: Slot, inner: Slots) -> Slot:
    """A layer's variable that is the first of the one that it holds, which has it no more."""
    first = inner.ordered[0]
    inner.trained = [slot for slot in inner.trained if slot != first]
    inner.fixed = [slot for slot in inner.fixed if slot != first]
    return Slot(own.address, first.name, again=first.address)


def _parts(item: Item) -> Iterator[tuple[str, Item]]:
    class_name = class_of(item)
    if class_name in PARTS:
        yield from PARTS[class_name](config_of(item))
    for step, member in listed(item):
        yield f"{LISTS[class_name]}/{step}", member


def _trains(item: Item) -> bool:
    return config_of(item).get("trainable", True) is not False


def _gather(
    found: Slots, inner: Sequence[Slots], trained: Sequence[Slot], fixed: Sequence[Slot], *, trains: bool
) -> None:
    """Put together what a layer has of its own and what those in it have, as Keras 2 does.

    All of a frozen layer are fixed, those of each layer in it together.

    Source: `trainable_weights` and `non_trainable_weights` of `Layer` and `Model` in Keras 2.
    """
    below = [slot for one in inner for slot in one.trained]
    if trains:
        found.trained = [*trained, *below]
        found.fixed = [*fixed, *(slot for one in inner for slot in one.fixed)]
    else:
        found.fixed = [*trained, *fixed, *(slot for one in inner for slot in one.ordered)]
