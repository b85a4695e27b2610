"""`weights.lora`: adapters for the layers of a made model, and what of them Keras loses at loading."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import keras

from modelspec.language.closed import Lora
from modelspec.link import private
from modelspec.link.layer_changes import Select, as_loaded, blank_values, chosen, origin_of
from modelspec.link.made import Bench, Made
from modelspec.link.refusal import point_of
from modelspec.link.values import without_values
from modelspec.link.variables import Placed, origins_of

# The adapters that start with values; the others start at zero.
_FIRST = ("lora_kernel_a", "lora_embeddings_a")


def enable_adapters(
    made: Made, entries: Sequence[Lora], placed: Sequence[Placed], bench: Bench, *, select: Select
) -> None:
    """Turn LoRA on for the layers that entries choose, as `Layer.enable_lora` does it.

    Args:
        made: the main model, not compiled yet.
        entries: in order.
        placed: all layers.
        bench: its report gets `keras-refused` where a layer does not take it, `lost-at-loading` and
            `argument-forgotten` for what Keras does not load, `frozen-adapters` for what does not train.
        select: chooses paths.
    """
    origins = origins_of(made)
    done: list[tuple[Placed, Lora]] = []
    for one, entry in chosen(
        entries,
        placed,
        bench,
        section="lora",
        does="takes LoRA",
        select=select,
        takes=lambda layer: callable(getattr(layer, "enable_lora", None)),
    ):
        try:
            _enable(one.layer, entry)
        except Exception as error:
            origin = origin_of(one.owner, origins, made)
            bench.report.add(
                "keras-refused",
                f"`{one.path}` takes no LoRA: {point_of(error)}",
                origin.place,
                help="take the layer out of `weights.lora`",
                frames=origin.frames,
            )
        else:
            done.append((one, entry))
    _report_lost(done, bench, {one.owner: one.layer for one in placed if one.path == one.owner})
    _report_frozen(made, done, bench)


def alphas_of(model: Any) -> tuple[float | None, ...]:
    """The `alpha` of each layer with LoRA, in Keras' order; `None` where this Keras has none."""
    return tuple(_alpha(layer) for layer in _adapted(model))


def start_adapters(model: Any, alphas: Sequence[float | None], *, seed: int) -> None:
    """Give the adapters of a loaded model what they have when LoRA is turned on.

    Keras loads both adapters of a layer as zeros, and the gradient of each is a product with the other: they
    would never train. `Dense` and `Embedding` forget their `alpha` too.

    Args:
        model: of Keras, just loaded.
        alphas: as `alphas_of` gave them before it was saved.
        seed: of the document.
    """
    for position, (layer, alpha) in enumerate(zip(_adapted(model), alphas, strict=True)):
        if alpha is not None:
            layer.lora_alpha = alpha
        for variable in layer.variables:
            if variable.name in _FIRST:
                draw = keras.initializers.HeUniform(seed=(seed + position) % 2**31)
                variable.assign(draw(variable.shape, dtype=variable.dtype))


def _adapted(model: Any) -> list[Any]:
    return [layer for layer in private.flat_layers(model) if getattr(layer, "lora_enabled", False)]


def _enable(layer: Any, entry: Lora) -> None:
    alpha: dict[str, Any] = {}
    if "lora_alpha" in inspect.signature(layer.enable_lora).parameters:
        alpha = {"lora_alpha": entry.alpha}
    elif entry.alpha not in (None, entry.rank):
        raise ValueError("this Keras has no `alpha`, which is as much as the rank there")
    with without_values() as scope:
        blank_values(scope, layer)
        layer.enable_lora(entry.rank, **alpha)


def _report_lost(done: Sequence[tuple[Placed, Lora]], bench: Bench, owners: dict[str, Any]) -> None:
    """Report adapters that a loaded model has not, or has with another `alpha`; once for each layer that has
    a path of its own.
    """
    by_owner: dict[str, list[tuple[Placed, Lora]]] = {}
    for one, entry in done:
        by_owner.setdefault(one.owner, []).append((one, entry))
    for path, held in by_owner.items():
        owner = owners.get(path, held[0][0].layer)
        loaded = as_loaded(owner, bench)
        if loaded is None:
            continue
        again = {id(here): there for here, there in zip(private.flat_layers(owner), loaded, strict=False)}
        pairs = [(one, entry, again.get(id(one.layer))) for one, entry in held]
        lost = [pair for pair in pairs if not getattr(pair[2], "lora_enabled", False)]
        differing = [pair for pair in pairs if _alpha(pair[2]) != _alpha(pair[0].layer)]
        if lost:
            one, entry, _ = lost[0]
            names = f"`{one.path}`" if len(lost) == 1 else f"`{one.path}` and {len(lost) - 1} more"
            bench.report.add(
                "lost-at-loading",
                f"Keras does not save the LoRA of {names}, so a loaded model would be without",
                entry.origin.place,
                help=f"take it out (`!{path}/**`), and call `enable_lora` on the layers of the loaded model",
                frames=entry.origin.frames,
            )
        elif differing:
            one, entry, there = differing[0]
            origin = entry.alpha_origin or entry.origin
            bench.report.add(
                "argument-forgotten",
                f"Keras loads `{one.path}` with an `alpha` of {_alpha(there)} instead of {_alpha(one.layer)}",
                origin.place,
                help="set `lora_alpha` on the layer of the loaded model, or do without `alpha`",
                frames=origin.frames,
            )


def _alpha(layer: Any) -> Any:
    return getattr(layer, "lora_alpha", None)


def _report_frozen(made: Made, done: Sequence[tuple[Placed, Lora]], bench: Bench) -> None:
    trained = {id(variable) for variable in made.model.trainable_variables}
    for one, entry in done:
        if not any(id(variable) in trained for variable in one.layer.variables):
            bench.report.add(
                "frozen-adapters",
                f"`{one.path}` has LoRA and is frozen, so its adapters do not train",
                entry.origin.place,
                help="LoRA freezes the kernel by itself: take the layer out of what is frozen",
                frames=entry.origin.frames,
            )
