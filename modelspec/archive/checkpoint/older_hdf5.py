"""HDF5 files of Keras 2: whole models, and weights alone, by the names of layers and variables.

Source: `save_weights_to_hdf5_group` of `keras.saving.legacy.hdf5_format`. Keras 3 writes `model.h5` so, too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial

from modelspec.archive.checkpoint.opened import OpenCheckpoint, Request, refuse_unknown
from modelspec.archive.json_values import read_json
from modelspec.archive.limits import Limits
from modelspec.archive.member_names import quoted
from modelspec.archive.refusal import Refused
from modelspec.archive.sizes import readable_size
from modelspec.weights.kept_hdf5 import KeptHdf5
from modelspec.weights.older.arranging import Arranged, Held, arranged_by_config, arranged_by_name
from modelspec.weights.older.classes import is_layer

_CONFIG = "model_config"
_VALUES = "model_weights"
_LAYERS = "layer_names"
_NAMES = "weight_names"
_OWN = "top_level_model_weights"
_HELP = "get the file again, or save it anew with the Keras that made it"


def open_older_hdf5(kept: KeptHdf5, request: Request, stack: ExitStack, limits: Limits) -> OpenCheckpoint:
    """The values of a file that Keras 2 laid out. Raises `Refused` or `OSError` where it is damaged.

    A whole model says what classes its layers are of, so that its values have the addresses of Keras 3. In a
    file of weights alone they have names.
    """
    config = _config(kept, limits)
    groups = _groups(kept, _VALUES if config is not None else "")
    refuse_unknown({one.name: one.dtype for held in groups.values() for one in held})
    arranged = arranged_by_name(groups) if config is None else arranged_by_config(config, groups)
    tell_of_left(arranged, request)
    return OpenCheckpoint(
        request,
        "HDF5 file of weights of Keras 2" if config is None else "HDF5 model of Keras 2",
        arranged.tensors,
        lambda tensor: arranged.values[tensor.key](),
        stack.pop_all(),
        is_hdf5=config is not None,
        layer_names=arranged.layer_names,
    )


def tell_of_left(arranged: Arranged, request: Request) -> None:
    """Warn of values that no layer of Keras 3 takes."""
    if arranged.left:
        layer, name = arranged.left[0]
        more = f" and {len(arranged.left) - 1:,} more" if len(arranged.left) > 1 else ""
        owner = f" of the layer {quoted(layer)}" if layer else ""
        request.report.add(
            "values-left",
            f"`{request.path}` holds {quoted(name)}{owner}{more}, for which Keras 3 has no variable there",
            request.place,
            help="they stay in the file; the rest of the layer is taken",
        )


def _config(kept: KeptHdf5, limits: Limits) -> dict[str, object] | None:
    """The config of the model; `None` where the file holds weights alone."""
    text = kept.text(_CONFIG)
    if text is None:
        return None
    data = text.encode("utf-8", "replace")
    if len(data) > limits.json:
        raise Refused("archive-too-large", f"has a `{_CONFIG}` of {readable_size(len(data))}")
    try:
        config = read_json(data, limits)
    except Refused as refused:
        raise Refused(refused.code, f"has a `{_CONFIG}` that {refused.message}") from None
    if not is_layer(config):
        raise Refused("archive-config", f"has a `{_CONFIG}` that describes no Keras object")
    return config


def _groups(kept: KeptHdf5, root: str) -> Mapping[str, tuple[Held, ...]]:
    """The values of each layer by its name, in the order of the file; of the model itself under ``""``."""
    if root and root not in kept.groups:
        raise Refused("broken-archive", f"has no group `{root}` with its values", help=_HELP)
    layers = _texts(kept, root, _LAYERS)
    if layers is None:
        raise Refused("broken-archive", f"does not say in `{_LAYERS}` what layers it has", help=_HELP)
    twice = next((name for name, count in Counter(layers).items() if count > 1), None)
    if twice is not None:
        raise Refused("broken-archive", f"has two layers that are called {quoted(twice)}", help=_HELP)
    groups = {name: _held(kept, _joined(root, name), name) for name in layers}
    if _joined(root, _OWN) in kept.groups and _OWN not in groups:
        groups[""] = _held(kept, _joined(root, _OWN), _OWN)
    return groups


def _held(kept: KeptHdf5, address: str, layer: str) -> tuple[Held, ...]:
    """The values of one layer, in the order in which the file names them."""
    if address not in kept.groups:
        raise Refused("broken-archive", f"says that it has a layer {quoted(layer)}, and has none", help=_HELP)
    names = _texts(kept, address, _NAMES)
    if names is None:
        message = f"does not say in `{_NAMES}` what the layer {quoted(layer)} has"
        raise Refused("broken-archive", message, help=_HELP)
    found: list[Held] = []
    for name in names:
        dataset = kept.datasets.get(_joined(address, name))
        if dataset is None:
            message = f"says that the layer {quoted(layer)} has {quoted(name)}, which is not there"
            raise Refused("broken-archive", message, help=_HELP)
        found.append(Held(name, dataset.shape, dataset.dtype, partial(kept.values, _joined(address, name))))
    if len(set(names)) < len(names):
        raise Refused("broken-archive", f"names values of the layer {quoted(layer)} twice", help=_HELP)
    return tuple(found)


def _texts(kept: KeptHdf5, address: str, name: str) -> tuple[str, ...] | None:
    try:
        return kept.texts(address, name)
    except OSError as error:
        raise Refused("broken-archive", f"is damaged: {error}", help=_HELP) from None


def _joined(root: str, name: str) -> str:
    return f"{root}/{name}" if root else name
