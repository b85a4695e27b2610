"""A whole document as data: its sections in the order of the language's own pages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from modelspec.catalog.entry import OperationEntry
from modelspec.catalog.lookup import Catalog
from modelspec.catalog.portable import load_portable
from modelspec.decompiler.handles import Handles, handles_of, is_own
from modelspec.decompiler.items import (
    Sight,
    output_path,
    outputs_text,
    reference_text,
    stem_of,
    write_item,
)
from modelspec.decompiler.linearise import Visit, linearise
from modelspec.decompiler.model import Model, Tensor, is_frozen, reads, tensors_in
from modelspec.decompiler.naming import Named, slices_fit, unwritten
from modelspec.decompiler.operations import is_operation, slice_text
from modelspec.decompiler.reduced import (
    Settings,
    policy_of,
    reduce_object,
    same,
)
from modelspec.decompiler.refusal import Undecompilable
from modelspec.decompiler.spelling import Unspellable, escaped, spell
from modelspec.diagnostics.shown import shown
from modelspec.frozen import dataclass
from modelspec.language.handles import is_keras_name
from modelspec.language.words import COMPILE_KEYS

Json = Any
Sections = dict[str, object]

_DEFAULT_POLICY, _DEFAULT_FORMAT = "float32", "channels_last"


@dataclass(frozen=True, slots=True)
class Draft:
    """What is decided for the whole document before it is written.

    Args:
        operations: by the class of the node that they leave.
        models: the nested models by key, in the order in which they are met.
        keys: the key of each nested model that is a layer, by the path of layer names that leads to it.
        paths: the path of each nested model, by key.
        verbatim: by the same paths, the layers that are written as they are.
    """

    settings: Settings
    operations: Mapping[str, OperationEntry]
    models: Mapping[str, Model]
    keys: Mapping[tuple[str, ...], str]
    paths: Mapping[str, tuple[str, ...]]
    verbatim: frozenset[tuple[str, ...]] = frozenset()


def settings_of(data: Json, catalog: Catalog) -> Settings:
    """The dtype policy and the data format that most layers have."""
    policies: Counter[str] = Counter()
    formats: Counter[str] = Counter()
    for node in _objects(data):
        config = node["config"]
        dtype = policy_of(config.get("dtype")) if isinstance(config, dict) else None
        if isinstance(dtype, str) and node.get("class_name") != "InputLayer" and "trainable" in config:
            policies[dtype] += 1
        if isinstance(config, dict) and isinstance(config.get("data_format"), str):
            formats[config["data_format"]] += 1
    return Settings(
        catalog,
        load_portable(),
        policy=_most(policies, _DEFAULT_POLICY),
        data_format=_most(formats, _DEFAULT_FORMAT),
    )


def _most(counts: Counter[str], usual: str) -> str:
    """The commonest; the usual one where it is no rarer."""
    if not counts:
        return usual
    text, count = counts.most_common(1)[0]
    return usual if counts[usual] >= count else text


def _objects(data: Json) -> Iterator[dict[str, Json]]:
    stack = [data]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            if "class_name" in node and isinstance(node.get("config"), dict):
                yield node
            stack.extend(node.values())
        elif isinstance(node, list):
            stack.extend(node)


def write_document(model: Model, draft: Draft) -> Sections:
    """The sections of a document whose model is a graph."""
    sections: Sections = {"modelspec": 1, "name": _model_name(model)}
    settings = draft.settings
    if settings.policy != _DEFAULT_POLICY:
        sections["dtype"] = settings.policy
    if settings.data_format != _DEFAULT_FORMAT:
        sections["data_format"] = settings.data_format
    if draft.models:
        sections["models"] = {
            key: _nested(key, nested, draft.paths[key], draft) for key, nested in draft.models.items()
        }
    sections |= _graph(model, (), draft)
    compiled = write_compile(model.data, settings)
    if compiled:
        sections["compile"] = compiled
    return sections


def _model_name(model: Model) -> str:
    if not is_keras_name(model.name):
        raise Undecompilable(f"no document can write the name `{shown(model.name)}` of a model")
    return escaped(model.name)


def _nested(key: str, model: Model, path: tuple[str, ...], draft: Draft) -> Sections:
    found: Sections = {}
    if model.name != key:
        found["name"] = _model_name(model)
    config = model.data["config"]
    assert isinstance(config, dict)
    if model.kind == "Sequential":
        dtype = policy_of(config.get("dtype"))
        if isinstance(dtype, str) and dtype != draft.settings.policy:
            found["dtype"] = dtype
    if is_frozen(model, path):
        found["trainable"] = False
    return found | _graph(model, path, draft)


def _graph(model: Model, path: tuple[str, ...], draft: Draft) -> Sections:
    found: Sections = {}
    if model.kind == "Sequential":
        found["class"] = "Sequential"
    elif model.kind == "registered":
        found["class"] = _class_of(model, draft.settings)
    order = linearise(model)
    handles = handles_of(model, order)
    found["inputs"] = {
        handles[name, 0]: _input(name, handles, config) for name, config in model.inputs.items()
    }
    if not _is_default_inputs(model):
        found["inputs_as"] = _input_names(model.inputs_as, handles)
    items, outputs = _items(model, order, handles, path, draft)
    found["layers"] = items
    if outputs is not None:
        found["outputs"] = outputs
    return found


def _class_of(model: Model, settings: Settings) -> object:
    entry = settings.catalog.class_of(model.data)
    if entry is None or entry.home is None:
        raise Undecompilable(f"the class `{model.data.get('class_name')}` of a model is not registered")
    arguments = {
        key: spell(reduce_object(value, settings), settings.catalog) for key, value in model.arguments.items()
    }
    return {entry.name: arguments} if arguments else entry.name


def _input(name: str, handles: Handles, config: Mapping[str, Json]) -> object:
    shape = config.get("batch_shape")
    if not isinstance(shape, list) or not shape:
        raise Undecompilable(f"the input `{name}` has no shape")
    said: dict[str, object] = {"shape": shape[1:]} if shape[0] is None else {"batch_shape": shape}
    dtype = config.get("dtype", _DEFAULT_POLICY)
    if dtype != _DEFAULT_POLICY:
        said["dtype"] = dtype
    said |= {key: True for key in ("sparse", "ragged", "optional") if config.get(key)}
    if name != handles[name, 0]:
        said["keras_name"] = escaped(name)
    return said["shape"] if said.keys() == {"shape"} else said


def _is_default_inputs(model: Model) -> bool:
    match model.inputs_as:
        case Tensor():
            return True
        case list() as items if len(items) > 1:
            return all(isinstance(item, Tensor) for item in items)
        case _:
            return False


def _input_names(structure: object, handles: Handles) -> object:
    match structure:
        case Tensor(layer=name):
            return handles[name, 0]
        case dict():
            return {key: _input_names(item, handles) for key, item in structure.items()}
        case list():
            return [_input_names(item, handles) for item in structure]
        case _:
            raise Undecompilable("the inputs of the model are no structure of tensors")


def _items(
    model: Model, order: tuple[Visit, ...], handles: Handles, path: tuple[str, ...], draft: Draft
) -> tuple[list[object], object]:
    """The items, and the outputs where they are not those of the last item."""
    sight = Sight(
        model=model,
        settings=draft.settings,
        operations=draft.operations,
        keys={name: draft.keys[*path, name] for name in model.layers if (*path, name) in draft.keys},
        verbatim=frozenset(name for *above, name in draft.verbatim if tuple(above) == path),
        handles=handles,
        inlined={},
        frozen=is_frozen(model, path),
    )
    inlined = _inlined(model, order, sight)
    if inlined:
        whole = replace(sight, inlined=inlined)
        named = _named(order, whole)
        free = unwritten(named, model.inputs, handles=_input_handles(whole))
        tail = tuple(tensor.layer for tensor in tensors_in(model.outputs) if tensor.layer in inlined)
        if slices_fit(named, free, model.inputs, tail):
            sight = whole
    return _written(order, sight)


def _inlined(model: Model, order: tuple[Visit, ...], sight: Sight) -> dict[str, str]:
    """The slices that one other call reads once, each as the reference that makes it."""
    counts: Counter[str] = Counter(tensor.layer for tensor in tensors_in(model.outputs))
    for layer in model.layers.values():
        for call in layer.calls:
            counts.update(tensor.layer for tensor in reads(call))
    found: dict[str, str] = {}
    for name, number in order:
        layer = model.layers[name]
        if number or not is_operation(layer) or layer.class_name != "GetItem" or counts[name] != 1:
            continue
        match layer.calls[0].args:
            case (Tensor() as tensor, key) if not layer.calls[0].kwargs and tensor.layer not in found:
                text = slice_text(key)
                if text is not None and len(layer.calls) == 1:
                    found[name] = f"{reference_text(tensor, sight)}[{text}]"
    return found


def _named(order: tuple[Visit, ...], sight: Sight) -> list[Named]:
    found = []
    for name, number in order:
        if name in sight.inlined:
            continue
        layer = sight.model.layers[name]
        nested = name in sight.keys
        found.append(
            Named(
                name=None if number else name,
                stem=stem_of(layer),
                handle=sight.handles[name, number],
                fixed=bool(number) or nested or not is_own(name),
                slices=tuple(
                    tensor.layer for tensor in reads(layer.calls[number]) if tensor.layer in sight.inlined
                ),
            )
        )
    return found


def _input_handles(sight: Sight) -> tuple[str, ...]:
    return tuple(sight.handles[name, 0] for name in sight.model.inputs)


def _written(order: tuple[Visit, ...], sight: Sight) -> tuple[list[object], object]:
    model = sight.model
    shown = tuple(visit for visit in order if visit[0] not in sight.inlined)
    free = unwritten(_named(order, sight), model.inputs, handles=_input_handles(sight))
    items: list[object] = []
    previous: Visit | None = None
    for position, visit in enumerate(shown):
        item = write_item(visit, previous, sight)
        if position in free or (visit[0] in sight.keys and not visit[1] and sight.keys[visit[0]] == visit[0]):
            item.pop("name", None)
            if "class_name" in item:
                item["name"] = visit[0]
        items.append(_as_item(item))
        previous = visit
    whole = isinstance(model.outputs, Tensor) and previous is not None
    if whole and isinstance(model.outputs, Tensor):
        last = (model.outputs.layer, model.outputs.call) == previous
        if last and not output_path(model, previous, model.outputs.index):  # type: ignore[arg-type]
            return items, None
    return items, outputs_text(model.outputs, sight)


def _as_item(item: dict[str, object]) -> object:
    """An item without arguments and words is a string."""
    if len(item) == 1:
        ((key, value),) = item.items()
        return key if value is None else item
    return item


def write_compile(data: Mapping[str, Json], settings: Settings) -> Sections:
    """The `compile` section of a model; empty where it was not compiled."""
    compiled = data.get("compile_config")
    if not isinstance(compiled, dict) or not compiled:
        return {}
    found: Sections = {}
    known = settings.catalog.compile_arguments
    for key, value in reduced_compile(compiled, settings).items():
        if key not in COMPILE_KEYS:
            raise Undecompilable(f"it was compiled with `{key}`, which `compile` does not have")
        argument = known.get(key)
        try:
            found[key] = spell(value, settings.catalog, argument=argument)
        except Unspellable:
            raise Undecompilable(f"`{key}` of its compile config has no spelling") from None
    return found


def reduced_compile(compiled: Mapping[str, Json], settings: Settings) -> dict[str, object]:
    """A compile config without what Keras fills in.

    `jit_compile: true` is what `auto` comes to where the backend compiles at all, so it says nothing of the
    model.
    """
    omits = settings.portable.compile.omits
    known = settings.catalog.compile_arguments
    found: dict[str, object] = {}
    for key, value in compiled.items():
        argument = known.get(key)
        reduced = reduce_object(value, settings, argument=argument)
        if key == "jit_compile" and value is True:
            continue
        if key in omits and same(reduced, reduce_object(omits[key], settings, argument=argument)):
            continue
        if (
            argument is not None
            and not argument.required
            and key != "optimizer"
            and same(reduced, argument.default)
        ):
            continue
        found[key] = reduced
    return found
