"""Pixels that are scaled twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from modelspec.diagnostics import Label
from modelspec.graph.model import MadeLayer, SubModel
from modelspec.language.values import KerasDict
from modelspec.lint.finding import Finding
from modelspec.lint.kinds import DROPOUTS, RESCALING
from modelspec.lint.view import ModelView, Node, View

# What comes between the pixels and the first kernel.
_BEFORE_KERNELS = DROPOUTS | {
    f"keras.layers.{name}"
    for name in (
        "Identity",
        "Normalization",
        "Resizing",
        "CenterCrop",
        "RandomCrop",
        "RandomFlip",
        "RandomRotation",
        "RandomZoom",
        "RandomContrast",
        "RandomBrightness",
        "RandomTranslation",
        "ZeroPadding2D",
    )
}
# Of 255 values of a pixel to 2 or 1: `1/127.5`, `1/255`.
_PIXELS = 0.02


def preprocess_twice(view: View) -> Iterator[Finding]:
    """A `Rescaling` of pixels that another has scaled already, in a nested model too."""
    for model, node in view.nodes():
        if _scales_pixels(node.cls, node.config):
            again = _scaled_again(model, node)
            if again is not None:
                yield Finding(
                    "preprocess-twice",
                    "these pixels are scaled twice: what reads them scales them again",
                    node.origin,
                    help="take this `Rescaling` out, or build the other without its own",
                    labels=(Label(again.origin.place, "again here"),),
                )


def _scaled_again(model: ModelView, node: Node) -> Node | None:
    """The call that scales what a call gives, before any kernel."""
    seen, ahead = {node.path}, [node]
    while ahead:
        step = ahead.pop()
        for reader in model.readers(step.path):
            if reader.path in seen:
                continue
            seen.add(reader.path)
            if _scales_pixels(reader.cls, reader.config) or _nested_scales(model, reader):
                return reader
            if reader.cls in _BEFORE_KERNELS:
                ahead.append(reader)
    return None


def _scales_pixels(cls: str | None, config: Mapping[str, object]) -> bool:
    scale = config.get("scale")
    return cls == RESCALING and isinstance(scale, int | float) and 0 < scale < _PIXELS


def _nested_scales(model: ModelView, node: Node) -> bool:
    """Whether a nested model scales its input: one that is written out, a Keras dict or an archive."""
    inner = model.submodel(node)
    if inner is not None:
        return any(
            _scales_pixels(first.cls, first.config)
            for entry in inner.graph.inputs
            for first in _first(inner, entry.name)
        )
    match node.layer.kind:
        case MadeLayer(object=KerasDict(data={"config": {"layers": list(layers)}})):
            return _dict_scales(layers)
        case SubModel():
            return _dict_scales(_layers_of(model, node))
        case _:
            return False


def _first(model: ModelView, name: str) -> Iterator[Node]:
    for reader in model.readers(name):
        yield reader
        if reader.cls in _BEFORE_KERNELS:
            yield from _first(model, reader.path)


def _layers_of(model: ModelView, node: Node) -> list[object]:
    """The layers of a nested model in the config of the main one, which has those of archives, too."""
    linked = model.view.linked
    if linked is None or model.path:
        return []
    match linked.config:
        case {"config": {"layers": list(layers)}}:
            for layer in layers:
                match layer:
                    case {"config": {"name": str(name), "layers": list(inner)}} if name == node.layer.name:
                        return inner
                    case _:
                        continue
        case _:
            pass
    return []


def _dict_scales(layers: list[object]) -> bool:
    for layer in layers:
        match layer:
            case {"module": "keras.layers", "class_name": "Rescaling", "config": dict(config)}:
                if _scales_pixels(RESCALING, config):
                    return True
            case _:
                continue
    return False
