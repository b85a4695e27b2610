"""What the layers of a `.keras` archive are called, by its `config.json` alone.

Keras 3.5 wrote no names into the HDF5 file, and no release writes there in which order layers stand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from modelspec.catalog.stem import to_snake_case

_LAYERS = "layers"
# Where the attribute that holds a layer is not called as the argument.
_ATTRIBUTES: Mapping[tuple[str, str], str] = MappingProxyType({("Bidirectional", "layer"): "forward_layer"})
_OPERATIONS = "keras.src.ops."
_INPUT = "InputLayer"


@dataclass(frozen=True, slots=True)
class DescribedLayers:
    """Layers by the addresses of their groups in the HDF5 file.

    Args:
        names: as the config has them.
        positions: of those that stand in a list, their number there.
        items: their serialization dicts, as the config has them.
    """

    names: dict[str, str] = field(default_factory=dict)
    positions: dict[str, int] = field(default_factory=dict)
    items: dict[str, Mapping[str, object]] = field(default_factory=dict)


def described_layers(config: Mapping[str, object]) -> DescribedLayers:
    """All layers of a model, and the objects that they hold, as Keras' walk over it meets them.

    Source: `_walk_saveable` and `_save_container_state` of `keras.src.saving.saving_lib`: a list's
    members are addressed by the snake-case names of their classes, numbered from the second on.

    Args:
        config: the serialization dict of a model.
    """
    found = DescribedLayers()
    _enter(config, "", found)
    return found


def _enter(item: Mapping[str, object], address: str, found: DescribedLayers) -> None:
    class_name, config = item["class_name"], item["config"]
    assert isinstance(class_name, str)
    assert isinstance(config, Mapping)
    found.items[address] = item
    name = config.get("name")
    if address and isinstance(name, str) and name.isprintable():
        found.names[address] = name
    for key, value in config.items():
        below = joined(address, _ATTRIBUTES.get((class_name, key), key))
        if _is_object(value):
            _enter(value, below, found)
        elif isinstance(value, list):
            members = [member for member in value if _is_object(member)]
            if key == _LAYERS:
                members = _layers_of(class_name, members)
            _enter_list(members, below, found)


def _layers_of(class_name: str, members: Sequence[Mapping[str, object]]) -> list[Mapping[str, object]]:
    """Those that the property `layers` of a model has: no operations, and of a `Sequential` no input."""
    return [
        member
        for member in members
        if not str(member.get("module")).startswith(_OPERATIONS)
        and not (class_name == "Sequential" and member["class_name"] == _INPUT)
    ]


def _enter_list(members: Sequence[Mapping[str, object]], address: str, found: DescribedLayers) -> None:
    counts: dict[str, int] = {}
    for position, member in enumerate(members):
        stem = to_snake_case(_class_of(member))
        count = counts.get(stem, 0)
        counts[stem] = count + 1
        below = joined(address, f"{stem}_{count}" if count else stem)
        found.positions[below] = position
        _enter(member, below, found)


def _class_of(member: Mapping[str, object]) -> str:
    """The class that Keras makes of a description: `Model` with a graph is a `Functional`."""
    config = member["config"]
    if member["class_name"] == "Model" and isinstance(config, Mapping) and "input_layers" in config:
        return "Functional"
    return str(member["class_name"])


def _is_object(value: object) -> bool:
    return (
        isinstance(value, Mapping)
        and isinstance(value.get("class_name"), str)
        and isinstance(value.get("config"), Mapping)
    )


def joined(address: str, step: str) -> str:
    """The address of a part of what stands at another, which is empty for the model."""
    return f"{address}/{step}" if address else step
