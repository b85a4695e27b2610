"""The items of one model: each call of a layer as the document writes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modelspec.catalog.entry import OperationEntry
from modelspec.catalog.lookup import Catalog
from modelspec.catalog.registered import is_registered_name
from modelspec.catalog.shared_ids import SHARED
from modelspec.catalog.stem import to_snake_case
from modelspec.decompiler.handles import Handles, name_words
from modelspec.decompiler.linearise import Visit
from modelspec.decompiler.model import Call, Layer, Model, Structure, Tensor, by_input, tensors_in
from modelspec.decompiler.operations import OpCall, bind, gives_several, is_operation, slice_text
from modelspec.decompiler.reduced import (
    Obj,
    Settings,
    Verbatim,
    policy_of,
    reduce_item,
    reduce_object,
)
from modelspec.decompiler.refusal import Undecompilable
from modelspec.decompiler.spelling import Unspellable, class_key, spell, spell_arguments
from modelspec.decompiler.training import USUAL
from modelspec.frozen import dataclass

Json = Any
_IDLE = frozenset({"mask", "training"})


@dataclass(frozen=True, slots=True)
class Sight:
    """What is needed to write the items of a model.

    Args:
        operations: by the class of the node they leave.
        keys: what the models that this one nests are called under `models`, by layer name.
        verbatim: layers that are written as they are.
        handles: see there.
        inlined: the slices that are written as references, each with the text that reads it.
        frozen: whether the model's entry says `trainable: false` for all its layers.
    """

    model: Model
    settings: Settings
    operations: Mapping[str, OperationEntry]
    keys: Mapping[str, str]
    verbatim: frozenset[str]
    handles: Handles
    inlined: Mapping[str, str]
    frozen: bool = False


def stem_of(layer: Layer) -> str:
    """The automatic name of a layer's class before it is counted."""
    return to_snake_case(layer.class_name)


def write_item(visit: Visit, previous: Visit | None, sight: Sight) -> dict[str, object]:
    """One item: its class key first, then its words, `name` always.

    Raises:
        Undecompilable: it has no spelling.
    """
    name, number = visit
    layer = sight.model.layers[name]
    call = layer.calls[number]
    if name in sight.keys:
        item: dict[str, object] = {sight.keys[name]: None}
        item["name"] = sight.handles[visit]
        return _with_nested_feed(item, layer, call, previous, sight)
    if number:
        item = {"reuse": sight.handles[name, 0], "name": sight.handles[visit]}
        return _with_feed(item, visit, call, _parameters(layer, sight), previous, sight)
    if is_operation(layer):
        entry = sight.operations.get(layer.class_name)
        bound = bind(layer, call, entry) if entry is not None and len(layer.calls) == 1 else None
        if entry is not None and bound is not None and name not in sight.verbatim:
            found = _operation(visit, entry, bound, previous, sight)
            if found is not None:
                return found
    item = _made(layer, sight)
    return _with_feed(item, visit, call, _parameters(layer, sight), previous, sight)


def _made(layer: Layer, sight: Sight) -> dict[str, object]:
    """The class key, and `name`, `trainable` and `dtype` as words."""
    reduced = (
        Verbatim(layer.data) if layer.name in sight.verbatim else reduce_item(layer.data, sight.settings)
    )
    if isinstance(reduced, Obj):
        reduced = _without_ranks(layer, reduced)
        catalog = sight.settings.catalog
        try:
            item: dict[str, object] = {
                class_key(reduced.entry, catalog, "layer"): spell_arguments(reduced, catalog) or None
            }
            return item | _names(layer, sight) | _words(layer, reduced, sight)
        except Unspellable:
            pass
    kept = {key: value for key, value in layer.data.items() if key != SHARED}
    return {**kept, **_names(layer, sight)}


def _names(layer: Layer, sight: Sight) -> dict[str, object]:
    return name_words(layer.name, sight.handles[layer.name, 0])


def _without_ranks(layer: Layer, reduced: Obj) -> Obj:
    """Attention over all axes between the first and the last, which `build` finds by itself."""
    axes = reduced.args.get("attention_axes")
    query = next(iter(tensors_in(layer.calls[0].args)), None) if layer.calls else None
    if axes is None or query is None or query.shape is None or layer.data.get("registered_name"):
        return reduced
    if list(range(1, len(query.shape) - 1)) != axes:
        return reduced
    return Obj(reduced.entry, {key: value for key, value in reduced.args.items() if key != "attention_axes"})


def _words(layer: Layer, reduced: Obj, sight: Sight) -> dict[str, object]:
    words: dict[str, object] = {}
    config = layer.config
    trained = not sight.frozen
    if config.get("trainable", trained) is not trained:
        words["trainable"] = config["trainable"]
    dtype = policy_of(config.get("dtype"))
    own = reduced.entry.arguments.get("dtype")
    usual = own.default if own is not None and own.default is not None else sight.settings.policy
    if dtype is not None and dtype != usual:
        words["dtype"] = spell(
            reduce_object(config["dtype"], sight.settings, argument=own),
            sight.settings.catalog,
            family="dtype_policy",
        )
    return words


def _operation(
    visit: Visit, entry: OperationEntry, bound: OpCall, previous: Visit | None, sight: Sight
) -> dict[str, object] | None:
    catalog = sight.settings.catalog
    try:
        arguments = {
            key: (_slice(value) if entry.name == "get_item" else None)
            or spell(reduce_object(value, sight.settings), catalog)
            for key, value in bound.arguments.items()
        }
    except Unspellable:
        return None
    tensors = bound.tensors
    parameters = [name.removeprefix("*") for name in entry.parameters]
    variadic = any(name.startswith("*") and name[1:] in tensors for name in entry.parameters)
    remaining = [name for name in parameters if name not in arguments]
    names = name_words(visit[0], sight.handles[visit])
    item: dict[str, object] = {f"ops.{entry.name}": arguments or None, **names}
    spelt = {name: _reference(value, sight, constants=True) for name, value in tensors.items()}
    first = next(iter(tensors), None)
    if variadic:
        (values,) = spelt.values()
        if len(spelt) != 1 or not isinstance(values, list):
            return None
        item["from"] = values
    elif list(tensors) != remaining[: len(tensors)]:
        item["from"] = spelt
    elif len(tensors) == 1 and first is not None:
        only = spelt[first]
        if entry.takes_sequence != isinstance(only, list) or isinstance(only, dict):
            item["from"] = spelt
        elif only != _default_feed(previous, sight) or entry.takes_sequence:
            item["from"] = only
    elif entry.takes_sequence or any(
        isinstance(value, list | dict) and "value" not in value for value in spelt.values()
    ):
        item["from"] = spelt
    else:
        item["from"] = list(spelt.values())
    return item


def _slice(key: Json) -> str | None:
    """A key with a slice in it as a text; `None` for one that is plain, or has no such spelling."""
    parts = key if isinstance(key, list) else [key]
    return slice_text(key) if any(isinstance(part, dict) for part in parts) else None


def _parameters(layer: Layer, sight: Sight) -> tuple[str, ...] | None:
    """The names of a layer's call parameters; `None` where nobody knows them."""
    entry = sight.settings.catalog.class_of(layer.data)
    return tuple(entry.call) if entry is not None and entry.call else None


def _with_feed(
    item: dict[str, object],
    visit: Visit,
    call: Call,
    parameters: tuple[str, ...] | None,
    previous: Visit | None,
    sight: Sight,
) -> dict[str, object]:
    """An item with `from` and `call`."""
    named, plain = bound_call(sight.model.layers[visit[0]], call, parameters, sight.settings.catalog)
    first = next(iter(parameters or ()), FIRST)
    tensors = {key: _reference(value, sight) for key, value in named.items()}
    calls = _plain_arguments(plain, sight)
    only = tensors.get(first)
    if list(tensors) == [first] and not isinstance(only, dict):
        if only != _default_feed(previous, sight):
            item["from"] = only
    else:
        item["from"] = {int(key) if key.isdigit() else key: value for key, value in tensors.items()}
    if calls:
        item["call"] = calls
    return item


def _with_nested_feed(
    item: dict[str, object], layer: Layer, call: Call, previous: Visit | None, sight: Sight
) -> dict[str, object]:
    """The item of a nested model: one tensor, or a list in the order of its inputs."""
    model = layer.model
    assert model is not None
    tensors, plain = bound_call(layer, call, None, sight.settings.catalog)
    fed = by_input(model.inputs_as, tuple(model.inputs), tensors.get(FIRST))
    if fed is None or fed.keys() != model.inputs.keys() or tensors.keys() != {FIRST}:
        raise Undecompilable(f"the model `{layer.name}` is not called with what its inputs are")
    spelt = [_reference(fed[name], sight) for name in model.inputs]
    if len(spelt) > 1:
        item["from"] = spelt
    elif spelt[0] != _default_feed(previous, sight):
        item["from"] = spelt[0]
    if plain:
        item["call"] = _plain_arguments(plain, sight)
    return item


def _plain_arguments(plain: Mapping[str, Json], sight: Sight) -> dict[str, object]:
    return {
        key: spell(reduce_object(value, sight.settings), sight.settings.catalog)
        for key, value in plain.items()
    }


FIRST = "0"
"""Of parameters whose names nobody knows, the first: they go by their positions."""


def bound_call(
    layer: Layer, call: Call, parameters: tuple[str, ...] | None, catalog: Catalog
) -> tuple[dict[str, Structure], dict[str, Json]]:
    """The arguments of a call by name, or by position where that is not known: those that hold tensors, and
    those that do not and say something.
    """
    names = [*(parameters or ()), *map(str, range(len(parameters or ()), len(call.args)))]
    given = {**dict(zip(names, call.args, strict=False)), **call.kwargs}
    tensors = {key: value for key, value in given.items() if tensors_in(value)}
    plain = {key: value for key, value in given.items() if key not in tensors and not _is_nothing(value)}
    entry = catalog.class_of(layer.data)
    # With a second tensor Keras records it only where it was given.
    if entry is not None and len(tensors) == 1 and plain.get("training") is USUAL.get(entry.name, _NEVER):
        del plain["training"]
    return tensors, plain


def _is_nothing(value: Json) -> bool:
    """Whether a value is null, or a structure of nulls, as the masks of a structure of tensors are."""
    match value:
        case dict():
            return bool(value) and all(map(_is_nothing, value.values()))
        case list():
            return bool(value) and all(map(_is_nothing, value))
        case _:
            return value is None


_NEVER = object()


def _default_feed(previous: Visit | None, sight: Sight) -> object:
    """What an item reads that says nothing; `None` where it must say."""
    if previous is None:
        only = len(sight.model.inputs) == 1
        return sight.handles[next(iter(sight.model.inputs)), 0] if only else None
    return sight.handles[previous] if not output_path(sight.model, previous, 0) else None


def _reference(structure: Structure, sight: Sight, *, constants: bool = False) -> object:
    match structure:
        case Tensor():
            return reference_text(structure, sight)
        case list() | tuple():
            return [_reference(item, sight, constants=constants) for item in structure]
        case dict() if "class_name" not in structure:
            return {key: _reference(item, sight, constants=constants) for key, item in structure.items()}
        case int() | float() if constants:
            return {"value": structure}
        case {
            "class_name": "__tensor__" | "__numpy__",
            "config": {"value": list() as value, "dtype": dtype},
        } if constants and dtype in ("float32", "int32"):
            return {"value": value}
        case _:
            raise Undecompilable(f"`{structure}` stands among tensors, and no document can say it")


def reference_text(tensor: Tensor, sight: Sight) -> str:
    """A tensor as the document names it."""
    if tensor.layer in sight.inlined:
        return sight.inlined[tensor.layer]
    handle = sight.handles[tensor.layer, tensor.call]
    if tensor.layer in sight.model.inputs:
        return handle
    path = output_path(sight.model, (tensor.layer, tensor.call), tensor.index)
    return ".".join((handle, *map(str, path)))


def outputs_text(structure: Structure, sight: Sight) -> object:
    """The outputs of a model, or its inputs, as the document names them."""
    return _reference(structure, sight)


def output_path(model: Model, visit: Visit, index: int) -> tuple[int | str, ...]:
    """The steps to one of a call's outputs; none where it gives one tensor."""
    if visit[0] in model.inputs:
        return ()
    layer = model.layers[visit[0]]
    if layer.model is not None:
        paths = _paths(layer.model.outputs)
        if index >= len(paths):
            raise Undecompilable(f"something reads output {index} of `{layer.name}`, which is not there")
        return paths[index]
    if not _has_several(model, layer, visit):
        return ()
    # Layers of Keras that change images with their labels give a mapping as they were given one.
    first = next(iter(layer.calls[visit[1]].args), None)
    own = is_registered_name(str(layer.data.get("registered_name")))
    paths = _paths(first) if isinstance(first, dict) and not own else []
    return paths[index] if index < len(paths) else (index,)


def _paths(structure: Structure, path: tuple[int | str, ...] = ()) -> list[tuple[int | str, ...]]:
    match structure:
        case dict():
            return [found for key in sorted(structure) for found in _paths(structure[key], (*path, key))]
        case list() | tuple():
            return [found for place, item in enumerate(structure) for found in _paths(item, (*path, place))]
        case _:
            return [path]


def _has_several(model: Model, layer: Layer, visit: Visit) -> bool:
    if gives_several(layer) or visit in model.several:
        return True
    given = next(iter(layer.calls[visit[1]].args), None)
    if isinstance(given, dict) and is_registered_name(str(layer.data.get("registered_name"))):
        return True  # what takes a mapping is likely to give one, and `.0` is right of one tensor too
    config = layer.config
    inner = config.get("layer")
    if (
        isinstance(inner, dict)
        and isinstance(inner.get("config"), dict)
        and layer.class_name == "Bidirectional"
    ):
        config = inner["config"]
    return (
        config.get("return_state") is True
        or layer.calls[visit[1]].kwargs.get("return_attention_scores") is True
    )
