"""`weights.quantize`: the layers of a made model quantized without values, and one layer at a time with them.

Quantization follows the values, and there are none yet: each layer is quantized on zeros, which gives shapes
and the config, and is made again, with its values, when they are written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from modelspec.catalog.resolved import Resolved
from modelspec.language.closed import Quantize
from modelspec.link import private
from modelspec.link.canonical import canonical, serialize
from modelspec.link.layer_changes import Select, as_loaded, blank_values, chosen, origin_of
from modelspec.link.layers import deserialize, read_back
from modelspec.link.linked import Quantized, Variable
from modelspec.link.made import Bench, Made
from modelspec.link.refusal import point_of
from modelspec.link.scopes import in_own_thread, pinned_process
from modelspec.link.values import without_values
from modelspec.link.variables import Placed, Walked, origins_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from modelspec.link.registered.registry import Registry

    Array = npt.NDArray[Any]

# What a layer is made again with has no say in how its values are quantized, and may be the user's.
_IDLE = {"_initializer": "zeros", "_regularizer": None, "_constraint": None, "activation": None}


@dataclass(frozen=True, slots=True)
class Pending:
    """A layer that has been quantized without values.

    Args:
        placed: the layer.
        entry: what chose it.
        quantized: as `Quantized`, with nothing stored yet.
    """

    placed: Placed
    entry: Quantize
    quantized: Quantized


def quantize_layers(
    made: Made, resolved: Resolved, walked: Walked, bench: Bench, *, select: Select
) -> tuple[Pending, ...]:
    """Quantize the layers that entries choose, as `Model.quantize` does it, without values.

    Args:
        made: the main model, not compiled yet.
        resolved: its program.
        walked: Keras' walk over it.
        bench: its report gets `keras-refused` where a layer cannot be quantized, `unfit-layers` where an
            entry quantizes none, `lost-at-loading` where Keras would not load it.
        select: chooses paths.
    """
    entries = resolved.program.spec.weights.quantize
    configs = [_config(config.data if config is not None else None) for config in resolved.quantization]
    origins = origins_of(made)
    done: list[Pending] = []
    told: set[tuple[str, str]] = set()
    for one, entry in chosen(
        entries,
        walked.layers,
        bench,
        section="quantize",
        does="can be quantized",
        select=select,
        takes=_takes_quantization,
    ):
        at = next(position for position, other in enumerate(entries) if other is entry)
        data = _bare(one.layer)
        given = resolved.quantization[at]
        try:
            if not _quantize_blank(one.layer, entry.mode, configs[at]):
                continue
        except Exception as error:
            if (one.owner, str(error)) in told:
                continue
            told.add((one.owner, str(error)))
            origin = origin_of(one.owner, origins, made)
            bench.report.add(
                "keras-refused",
                f"`{one.path}` cannot be quantized: {point_of(error)}",
                origin.place,
                help="take the layer out of `weights.quantize`",
                frames=origin.frames,
            )
            continue
        config = given.data if given is not None else None
        done.append(Pending(one, entry, Quantized(one.address, data, entry.mode, config, ())))
    bench.warned.clear()  # of layers that are passed over
    if not bench.report.has_errors:
        _report_idle(entries, done, bench)
        _keep_inside(done, walked.layers, bench)
    return tuple(done)


def with_layout(
    pending: Sequence[Pending], before: Sequence[Variable], after: Sequence[Variable]
) -> tuple[tuple[Variable, ...], tuple[Quantized, ...]]:
    """What has values, and the layers that are quantized with the datasets they then have.

    Args:
        pending: the layers.
        before: the table of variables before they were quantized.
        after: the table afterwards, that of the archive.
    """
    groups = {one.placed.address for one in pending}
    plain = _grouped(before, groups)
    stored = _grouped(after, groups)
    variables: list[Variable] = []
    for variable in after:
        if variable.group not in groups:
            variables.append(variable)
        elif plain.get(variable.group):
            variables.extend(plain.pop(variable.group))
    return tuple(variables), tuple(
        replace(
            one.quantized,
            stored=tuple(
                replace(variable, initializer=None, source=None, value=None)
                for variable in stored[one.placed.address]
            ),
        )
        for one in pending
    )


def quantized_values(
    layer: Quantized, values: Mapping[str, Array], *, registry: Registry | None = None
) -> dict[str, Array]:
    """The datasets of a quantized layer, by their names in its group, as Keras makes them of its values.

    Args:
        layer: how it is quantized.
        values: by name: the datasets of the layer before.
        registry: what may be found by a registered name besides what the process has.
    """

    def made() -> dict[str, Array]:
        from modelspec.link.registered.registry import Registry

        with pinned_process(), (registry or Registry()).installed():
            alone = read_back(layer.layer)
            alone.load_own_variables(dict(values))
            if not _quantize(alone, layer.mode, _config(layer.config)):
                raise ValueError(f"`{layer.address}` was quantized without values and is not with them")
            store: dict[str, Any] = {}
            alone.save_own_variables(store)
            return {key: np.asarray(keras.ops.convert_to_numpy(value)) for key, value in store.items()}

    return in_own_thread(made, depth=1)


def _takes_quantization(layer: Any) -> bool:
    return (
        type(layer).quantize is not keras.layers.Layer.quantize
        and len(private.flat_layers(layer)) == 1
        and layer.built
    )


def _config(data: Mapping[str, object] | None) -> Any:
    return deserialize(dict(data)) if data is not None else None


def _quantize(layer: Any, mode: str | None, config: Any) -> bool:
    """Quantize one layer; whether it can be, for Keras passes over those that cannot."""
    given = {} if config is None else {"config": config}
    try:
        layer.quantize(mode or config.mode, **given)
    except NotImplementedError:
        return False
    return True


def _quantize_blank(layer: Any, mode: str | None, config: Any) -> bool:
    with without_values() as scope:
        blank_values(scope, layer)
        return _quantize(layer, mode, config)


def _bare(layer: Any) -> dict[str, object]:
    """The dict of a layer, enough to make it again and quantize it."""
    data: dict[str, Any] = canonical(serialize(layer))
    config = {
        key: next((idle for end, idle in _IDLE.items() if key.endswith(end)), value)
        for key, value in data["config"].items()
    }
    policy = layer.dtype_policy
    if isinstance(policy, keras.dtype_policies.DTypePolicyMap):
        # The map goes by where the layer stands, and it will stand alone.
        policy = policy[layer.path]
    return {**data, "config": {**config, "dtype": canonical(serialize(policy))}}


def _grouped(variables: Sequence[Variable], groups: set[str]) -> dict[str, list[Variable]]:
    found: dict[str, list[Variable]] = {group: [] for group in groups}
    for variable in variables:
        if variable.group in groups:
            found[variable.group].append(variable)
    return found


def _report_idle(entries: Sequence[Quantize], done: Sequence[Pending], bench: Bench) -> None:
    """Report entries whose layers Keras passes over in this mode, all of them."""
    for entry in entries:
        if not any(one.entry is entry for one in done):
            mode = f"`{entry.mode}`" if entry.mode is not None else "this mode"
            bench.report.add(
                "unfit-layers",
                f"`quantize` chooses no layer that Keras quantizes to {mode}",
                entry.layers.origin.place,
                frames=entry.layers.origin.frames,
            )


def _keep_inside(done: Sequence[Pending], placed: Sequence[Placed], bench: Bench) -> None:
    """Let layers that hold quantized ones say so in their configs where Keras would not: their policy becomes
    a map with a policy for each. Where that does not load either it is reported.
    """
    owners = {one.path: one.layer for one in placed if one.path == one.owner}
    inside: dict[str, list[Pending]] = {}
    for one in done:
        if one.placed.path != one.placed.owner and one.placed.owner in owners:
            inside.setdefault(one.placed.owner, []).append(one)
    for path, held in inside.items():
        owner = owners[path]
        if _loads_alike(owner, bench):
            continue
        before = owner.dtype_policy
        owner.dtype_policy = keras.dtype_policies.DTypePolicyMap(
            default_policy=before.name,
            policy_map={one.placed.layer.path: one.placed.layer.dtype_policy for one in held},
        )
        if _loads_alike(owner, bench) and all(one.quantized.config is None for one in held):
            continue
        owner.dtype_policy = before
        origin = held[0].entry.origin
        bench.report.add(
            "lost-at-loading",
            f"Keras does not save that `{held[0].placed.path}` is quantized, so a loaded model would lack it",
            origin.place,
            help=f"take it out: `!{path}/**` among `layers`",
            frames=origin.frames,
        )


def _loads_alike(owner: Any, bench: Bench) -> bool:
    """Whether a layer is loaded with the same layers quantized to the same shapes."""
    again = as_loaded(owner, bench)
    here = private.flat_layers(owner)
    return again is None or [_shape(layer) for layer in again] == [_shape(layer) for layer in here]


def _shape(layer: Any) -> tuple[object, ...]:
    # A layer that is quantized has its variables in another order than one that is loaded so.
    kept = sorted((private.shape_of(variable), private.dtype_of(variable)) for variable in layer.variables)
    return (getattr(layer, "quantization_mode", None), kept)
