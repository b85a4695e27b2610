"""Serialization dicts reduced to what says something: no defaults, one form for each value.

Both sides of the check are reduced, the config that was read and the objects that the document means, so two
that are reduced to the same are the same to Keras. What Keras fills in itself is known from the catalog and
from the trials of the harvest (`catalog.portable`).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType
from typing import Any

from modelspec.catalog.entry import Argument, ClassEntry
from modelspec.catalog.families import FAMILIES
from modelspec.catalog.lookup import Catalog
from modelspec.catalog.portable import Portable
from modelspec.catalog.shared_ids import SHARED, unshared
from modelspec.catalog.stem import to_snake_case
from modelspec.frozen import dataclass

Json = Any

LAYERS = frozenset({"layer", "cell", "model"})
# A rank in the name of a class: what it takes for each dimension may be one number for all.
_RANK = re.compile(r"([123])D(?:Transpose)?$")
PER_DIMENSION = frozenset({"kernel_size", "strides", "dilation_rate", "pool_size"})
# What `build` makes a list of.
_MADE_LISTS = MappingProxyType({"keras.layers.LayerNormalization": frozenset({"axis"})})
# Families of which Keras keeps a string as it is, so that it is not the object without arguments.
KEPT_STRINGS = frozenset({"loss", "metric", "activation"})
_BIDIRECTIONAL = "keras.layers.Bidirectional"
_BOUND_NAMES = MappingProxyType({_BIDIRECTIONAL: ("forward_", "backward_")})
_NOTHING: Mapping[str, Argument] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Obj:
    """An object: its class, and the arguments that are not as Keras would fill them in."""

    entry: ClassEntry
    args: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Function:
    """A registered function."""

    name: str


@dataclass(frozen=True, slots=True)
class Verbatim:
    """A serialization dict that is kept as it is."""

    data: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Settings:
    """What a config is read against.

    Args:
        policy: the document's dtype policy.
        data_format: the document's.
    """

    catalog: Catalog
    portable: Portable
    policy: str = "float32"
    data_format: str = "channels_last"


@dataclass(frozen=True, slots=True)
class _Owner:
    """The item around an object: the automatic names inside it are counted."""

    entry: ClassEntry | None = None
    counts: dict[str, int] = field(default_factory=dict)


def reduce_item(data: Mapping[str, Json], settings: Settings) -> Obj | Verbatim:
    """A layer without what the words of its item say: `name`, `trainable` and `dtype`."""
    entry = settings.catalog.class_of(data)
    config = data.get("config")
    if entry is None or not isinstance(config, dict) or not _is_spellable(data, entry, config):
        return Verbatim(unshared(data))
    own = {key: value for key, value in config.items() if key not in ("name", "trainable", "dtype")}
    if entry.name == _BIDIRECTIONAL and _is_derived(own):
        del own["backward_layer"]
    return Obj(entry, _arguments(entry, own, settings, _Owner(entry)))


def reduce_object(data: Json, settings: Settings, *, argument: Argument | None = None) -> object:
    """A value of a config, objects and all."""
    return _value(data, settings, _Owner(), family=argument.family if argument is not None else None)


def policy_of(value: Json) -> Json:
    """A dtype policy by its name where that is all there is to it."""
    match value:
        case {"class_name": "DTypePolicy", "config": {"name": str(name)}}:
            return name
        case _:
            return value


def is_unbuilt(data: Mapping[str, Json]) -> bool:
    """Whether a serialization dict is a Sequential model that nothing has said the input of."""
    match data:
        case {"class_name": "Sequential", "config": {"layers": [*layers], **config}}:
            found = {layer.get("class_name") for layer in layers if isinstance(layer, dict)}
            return "InputLayer" not in found and not config.get("build_input_shape")
        case _:
            return False


def _is_spellable(data: Mapping[str, Json], entry: ClassEntry, config: Mapping[str, Json]) -> bool:
    """Whether a document may write the class with these arguments."""
    if data.get("compile_config") or SHARED in config:
        return False
    if entry.family == "model" and entry.home is None and not is_unbuilt(data):
        return False
    known = entry.arguments.keys() | entry.legacy
    return entry.open or all(key in known or not isinstance(key, str) for key in config)


def _arguments(
    entry: ClassEntry, config: Mapping[str, Json], settings: Settings, owner: _Owner
) -> dict[str, object]:
    habits = settings.portable.habits({"module": entry.module, "class_name": entry.short})
    omits = habits.omits if habits is not None and entry.home is None else _NOTHING
    found: dict[str, object] = {}
    order = {name: position for position, name in enumerate(entry.arguments)}
    # What a class of one's own writes stays in its order, for nobody knows that of its arguments.
    for key in sorted(config, key=lambda name: (order.get(name, len(order)), "" if entry.home else name)):
        argument = entry.arguments.get(key)
        value = _of_argument(entry, key, config[key], settings, owner)
        if (
            entry.home is None
            and entry.family != "dtype_policy"
            and _is_filled_in(entry, key, value, argument, config, omits, settings)
        ):
            continue
        found[key] = value
    return found


def _of_argument(entry: ClassEntry, key: str, value: Json, settings: Settings, owner: _Owner) -> object:
    argument = entry.arguments.get(key)
    family = argument.family if argument is not None else None
    if family == "dtype_policy" and not isinstance(value, list):
        value = policy_of(value)
    made = _value(value, settings, _Owner(entry, owner.counts), family=family)
    if isinstance(made, list) and made and all(type(item) is int for item in made) and entry.home is None:
        if key in PER_DIMENSION and _rank(entry) == len(made) and len(set(made)) == 1:
            return made[0]
        if len(made) == 1 and key in _MADE_LISTS.get(entry.name, ()):
            return made[0]
    if key == "learning_rate" and isinstance(made, float):
        return short_float32(made)
    return made


def _rank(entry: ClassEntry) -> int:
    match = _RANK.search(entry.class_name)
    return int(match[1]) if match else 0


def _is_filled_in(
    entry: ClassEntry,
    key: str,
    value: object,
    argument: Argument | None,
    config: Mapping[str, Json],
    omits: Mapping[str, object],
    settings: Settings,
) -> bool:
    """Whether Keras would come to the same value without the key."""
    owner = _Owner()
    if key in omits and same(value, _of_argument(entry, key, omits[key], settings, owner)):
        return True
    if argument is None:
        return False
    if not argument.required and same(value, _of_argument(entry, key, argument.default, settings, owner)):
        return True
    if argument.required or argument.default is not None:
        return False
    return same(value, _of_nothing(entry, key, config, settings))


def _of_nothing(entry: ClassEntry, key: str, config: Mapping[str, Json], settings: Settings) -> object:
    """What an argument whose default is `None` comes to, given the others; `None` where that is all."""
    match key:
        case "dtype":
            return settings.policy if entry.family in LAYERS else "float32"
        case "data_format":
            return settings.data_format
        case "strides" if "pool_size" in entry.arguments:
            size = config.get("pool_size", entry.arguments["pool_size"].default)
            return _of_argument(entry, "pool_size", size, settings, _Owner())
        case "value_dim":
            return config.get("key_dim")
        case "lora_alpha":
            return config.get("lora_rank")
        case "activation":
            return "linear"
        case _:
            return None


def default_of(entry: ClassEntry, key: str, config: Mapping[str, Json], settings: Settings) -> object:
    """What Keras takes for an argument that nothing is written of, `None` where it takes nothing.

    Args:
        config: the other arguments.

    Raises:
        KeyError: nobody knows.
    """
    argument = entry.arguments.get(key)
    if argument is not None and not argument.required:
        if argument.default is None:
            return _of_nothing(entry, key, config, settings)
        return _of_argument(entry, key, argument.default, settings, _Owner())
    habits = settings.portable.habits({"module": entry.module, "class_name": entry.short})
    if habits is None or entry.home is not None:
        raise KeyError(key)
    return _of_argument(entry, key, habits.omits[key], settings, _Owner())


def _value(value: Json, settings: Settings, owner: _Owner, *, family: str | None) -> object:
    match value:
        case {"class_name": str(), "config": _}:
            return _object(value, settings, owner, family=family)
        case dict():
            return {
                str(key): _value(
                    policy_of(item) if family == "dtype_policy" else item, settings, owner, family=family
                )
                for key, item in value.items()
            }
        case list() | tuple():
            return [_value(item, settings, owner, family=family) for item in value]
        case str() if family is not None and family in FAMILIES:
            return _string(value, settings, family)
        case _:
            return value


def _string(text: str, settings: Settings, family: str) -> object:
    """A string that stands for a class is that class without arguments."""
    if settings.catalog.registered.functions.get(text) is not None:
        return Function(text)
    full = settings.catalog.identifier(text, family)
    entry = settings.catalog.entry(full) if full is not None else None
    return Obj(entry, {}) if entry is not None and family not in KEPT_STRINGS else text


def _object(data: Mapping[str, Json], settings: Settings, owner: _Owner, *, family: str | None) -> object:
    config = data.get("config")
    if data["class_name"] == "function" and isinstance(config, str):
        known = config in settings.catalog.registered.functions
        return Function(config) if known else Verbatim(unshared(data))
    entry = settings.catalog.class_of(data)
    if entry is None or not isinstance(config, dict) or not _is_spellable(data, entry, config):
        return Verbatim(unshared(data))
    kept = dict(config)
    if entry.name == _BIDIRECTIONAL and _is_derived(kept):
        del kept["backward_layer"]
    if entry.family == "optimizer" and _is_usual(kept.get("name"), entry):
        kept.pop("name", None)
    if entry.family in LAYERS:
        kept = _without_automatic(entry, kept, settings, owner)
    return Obj(entry, _arguments(entry, kept, settings, owner))


def _is_usual(name: Json, entry: ClassEntry) -> bool:
    """Whether an optimizer has the name that its class gives it: `SGD`, `adamw`, `loss_scale_optimizer`."""
    return name is None or str(name).replace("_", "").lower() == entry.class_name.lower()


def _without_automatic(
    entry: ClassEntry, config: dict[str, Json], settings: Settings, owner: _Owner
) -> dict[str, Json]:
    """A nested layer without the name that Keras gives it inside its owner, and without what says nothing."""
    stem = to_snake_case(entry.class_name)
    count = owner.counts.get(stem, 0)
    automatic = f"{stem}_{count}" if count else stem
    prefixes = _BOUND_NAMES.get(owner.entry.name, ("",)) if owner.entry is not None else ("",)
    if config.get("name") is None or config["name"] in {f"{prefix}{automatic}" for prefix in prefixes}:
        config.pop("name", None)
        owner.counts[stem] = count + 1
    if config.get("trainable") is True:
        del config["trainable"]
    if "dtype" in config and policy_of(config["dtype"]) in (None, settings.policy):
        del config["dtype"]
    return config


def _is_derived(config: Mapping[str, Json]) -> bool:
    """Whether a layer that runs backwards is the one that Keras derives from that which runs forwards."""
    match config:
        case {
            "layer": {"config": {"name": str(there), **forward}},
            "backward_layer": {"config": {"name": str(back), **backward}},
        }:
            turned = {**forward, "go_backwards": not forward.get("go_backwards", False)}
            same_class = config["layer"].get("class_name") == config["backward_layer"].get("class_name")
            named = back.removeprefix("backward_") == there.removeprefix("forward_")
            return same_class and named and _without_ids(turned) == _without_ids(backward)
        case _:
            return False


def _without_ids(data: Json) -> Json:
    match data:
        case dict():
            return {key: _without_ids(value) for key, value in data.items() if key != SHARED}
        case list():
            return [_without_ids(item) for item in data]
        case _:
            return data


def same(one: object, two: object) -> bool:
    """Whether two reduced values are the same; 1, 1.0 and true are three."""
    match one, two:
        case Obj(), Obj():
            return one.entry.name == two.entry.name and same(dict(one.args), dict(two.args))
        case Verbatim(), Verbatim():
            return same(dict(one.data), dict(two.data))
        case dict(), dict():
            return one.keys() == two.keys() and all(same(one[key], two[key]) for key in one)
        case list() | tuple(), list() | tuple():
            return len(one) == len(two) and all(map(same, one, two))
        case _:
            return type(one) is type(two) and bool(one == two)


def short_float32(number: float) -> float:
    """The shortest number that is the same in single precision, as which Keras keeps a learning rate."""
    if not _is_float32(number):
        return number
    for digits in range(1, 9):
        shorter = float(f"{number:.{digits}g}")
        if struct.unpack("f", struct.pack("f", shorter))[0] == number:
            return shorter
    return number


def _is_float32(number: float) -> bool:
    try:
        return bool(struct.unpack("f", struct.pack("f", number))[0] == number)
    except OverflowError:
        return False
