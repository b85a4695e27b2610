"""Which models can be told layer by layer: those of which nothing but layers and their wiring is special."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modelspec.catalog.resolved import KerasObject, Resolved
from modelspec.catalog.target import ANY
from modelspec.compiler.keys import uses_names
from modelspec.compiler.layerwise.keys import references_in
from modelspec.compiler.values import Checked, Options
from modelspec.graph.model import Graph, Layer, MadeLayer, Tensor, TensorList, TensorMap, TensorStructure
from modelspec.language.closed import Input

Json = Any

# A map of policies goes by the paths of layers, and a quantized one by how values are laid out.
_POLICIES = frozenset({"float32", "float16", "bfloat16", "float64", "mixed_float16", "mixed_bfloat16"})
# Whose code is part of the document.
_OF_CODE = frozenset({"Lambda"})
# Which keep something for each variable by itself, and else the same whatever is trained.
BY_VARIABLE = frozenset(
    {"Adadelta", "Adafactor", "Adagrad", "Adam", "AdamW", "Adamax", "Ftrl", "Lamb", "Lion", "Nadam"}
    | {"RMSprop", "SGD"}
)
_LONGEST = 900


def plain_graph(checked: Checked, options: Options) -> Graph | None:
    """The graph of a document that can be told layer by layer; `None` for every other."""
    spec, resolved, graph = checked.spec, checked.resolved, checked.program.main
    weights = spec.weights
    alone = not (checked.program.models or checked.program.nested or resolved.classes or resolved.wholes)
    own = bool(spec.use) or uses_names(resolved, checked.custom.by_hand)
    by_keras = not own and not checked.custom.modules and not options.allow_unsafe
    as_made = not (weights.loads or weights.lora or weights.quantize) and options.target == ANY
    if not (alone and by_keras and as_made and isinstance(graph, Graph)):
        return None
    if graph.cls not in ("Functional", "Sequential") or graph.trainable is not None:
        return None
    if not _is_policy(resolved.model_dtypes.get(graph.key)):
        return None
    plain = all(map(_is_plain_input, graph.inputs)) and _is_plainly_wired(graph)
    return graph if plain and all(_is_made(layer, resolved) for layer in graph.layers) else None


def optimizer_of(resolved: Resolved) -> Mapping[str, Json] | None:
    """What `compile` says of an optimizer that keeps something for each variable by itself, the learning rate
    left out; `None` for every other.
    """
    compiled = resolved.compile or {}
    match compiled.get("optimizer"):
        case None:
            return {}  # Keras' own choice
        case str() as name if name.lower() in {known.lower() for known in BY_VARIABLE}:
            return {"optimizer": name}
        case {"class_name": str(name), "config": dict() as config, **rest} if name in BY_VARIABLE:
            if rest.get("module") != "keras.optimizers" or rest.get("registered_name"):
                return None
            kept = {key: value for key, value in config.items() if key != "learning_rate"}
            return {"optimizer": {"class_name": name, "config": kept, **rest}}
        case _:
            return None


def is_plain_layer(layer: Layer, resolved: Resolved) -> bool:
    """Whether nothing that a layer is made of reaches beyond the layer."""
    made = resolved.layers[""][layer.path]
    assert isinstance(made, KerasObject)
    by_itself = not made.verbatim and made.data.get("class_name") not in _OF_CODE
    said = resolved.dtypes.get("", {}).get(layer.path)
    return by_itself and _is_policy(said) and _has_plain_dtypes(made.data)


def _has_plain_dtypes(data: Json) -> bool:
    match data:
        case dict():
            policy = data.get("dtype")
            layout = isinstance(policy, dict) or "_from_" in str(policy)
            return not layout and all(map(_has_plain_dtypes, data.values()))
        case list():
            return all(map(_has_plain_dtypes, data))
        case _:
            return True


def _is_policy(value: Json) -> bool:
    return value is None or (isinstance(value, str) and value in _POLICIES)


def _is_plain_input(entry: Input) -> bool:
    return not (entry.sparse or entry.ragged or entry.optional)


def _is_made(layer: Layer, resolved: Resolved) -> bool:
    made = resolved.layers.get("", {}).get(layer.path)
    return isinstance(layer.kind, MadeLayer) and isinstance(made, KerasObject) and "/" not in layer.name


def _is_plainly_wired(graph: Graph) -> bool:
    """Whether each layer is called once, on whole tensors, and counts for an output, so does each input."""
    if not graph.calls or len({call.layer for call in graph.calls}) < len(graph.calls):
        return False
    names = [*(entry.called for entry in graph.inputs), *(layer.name for layer in graph.layers)]
    if len({*names}) < len(names) or len(graph.layers) != len(graph.calls):
        return False
    depths = {entry.name: 1 for entry in graph.inputs}
    read: dict[str, tuple[str, ...]] = {}
    for call in graph.calls:
        found = []
        for leaf in references_in(call):
            if not isinstance(leaf, Tensor) or leaf.index:
                return False
            found.append(leaf.call)
        if not found:
            return False
        read[call.path] = tuple(found)
        depths[call.path] = 1 + max(depths[name] for name in found)
    ends = _ends(graph.outputs)
    if ends is None or not read.keys() >= set(ends) or max(depths.values()) > _LONGEST:
        return False
    return _reached(ends, read) == depths.keys() and _ends(graph.inputs_as) is not None


def _reached(ends: list[str], read: Mapping[str, tuple[str, ...]]) -> set[str]:
    stack, found = list(ends), set(ends)
    while stack:
        for name in read.get(stack.pop(), ()):
            if name not in found:
                found.add(name)
                stack.append(name)
    return found


def _ends(structure: TensorStructure) -> list[str] | None:
    """The calls that a structure of whole tensors names; `None` where there is something else in it."""
    match structure:
        case Tensor(call=call, index=()):
            return [call]
        case TensorList(items=items):
            found = [_ends(item) for item in items]
        case TensorMap(items=entries):
            found = [_ends(item) for _, item in entries]
        case _:
            return None
    if any(ends is None for ends in found):
        return None
    return [name for ends in found for name in ends or ()]
