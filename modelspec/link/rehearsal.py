"""Whether Keras will read back what a class that is not Keras' own has written: tried before it is emitted.

Keras itself finds out when the archive is loaded, after the training.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import keras

from modelspec.catalog.own import is_of_keras
from modelspec.catalog.resolved import Resolved
from modelspec.graph.model import Graph
from modelspec.language.values import Origin
from modelspec.link.changed_at_loading import warn_of_changes
from modelspec.link.layers import first_call, read_back
from modelspec.link.lost_arguments import report_lost_in_compile
from modelspec.link.made import Bench, Made
from modelspec.link.refusal import Refused, point_of
from modelspec.link.registered.nested import holds_registered, holds_unread, without_inner_builds
from modelspec.link.variables import graphs_of

Json = Any

_NOT_READ = (
    "give the class a `from_config` that reads its inner objects with "
    "`keras.saving.deserialize_keras_object`, and a `build` that builds its inner layers"
)
_TOO_FEW = (
    "let `__init__` take `**kwargs` and hand them to `super().__init__`, or let `get_config` return only "
    "what it takes"
)

_AS_SAVED = (
    "let the class be made of what its `get_config` returns as JSON holds it: lists for tuples, texts as keys"
)


def rehearse(config: Json, made: Made, resolved: Resolved, bench: Bench) -> Json:
    """The config as Keras will load it: as it is, or where only that loads, with inner layers left unbuilt.

    What will not load is reported at its place.

    Args:
        config: the canonical dict of the model.
        made: the model.
        resolved: the program.
        bench: its report gets `not-reloadable`, `changed-at-loading`, and `argument-not-saved` for what is
            compiled.
    """
    if not holds_registered(config):
        return config
    compiled = config.get("compile_config")
    if isinstance(compiled, dict):
        report_lost_in_compile(compiled, resolved, bench)
        _rehearse_compile(compiled, resolved, bench)
    if bench.report.has_errors:
        return config
    bare = {key: value for key, value in config.items() if key != "compile_config"}
    try:
        again = _read_again(bare, made.model, bench)
    except Refused as refused:
        bench.warned.clear()
        unbuilt = without_inner_builds(bare)
        try:
            again = _read_again(unbuilt, made.model, bench) if unbuilt != bare else None
        except Refused:
            again = None
        if again is None:
            _report(refused.error, bare, made, resolved, bench)
            bench.warned.clear()
            return config
        config = unbuilt if compiled is None else {**unbuilt, "compile_config": compiled}
    origins = _origins(made)
    # What Keras will warn of whoever loads the archive.
    bench.tell_warnings(made.graph.origin, {name: origin for (_, name), origin in origins.items()})
    warn_of_changes(made.model, again, origins, bench)
    return config


def report_unsaved(unsaved: Sequence[Any], made: Made, bench: Bench) -> None:
    """Report each layer that is not Keras' own and has variables that Keras' walk does not come by.

    Keras finds layers in attributes, lists and mappings, not in sets, nor under names that its own layers
    have, such as `_layers`; their values would be gone. A layer that saves its variables itself knows what it
    does.
    """
    missing = {id(variable) for variable in unsaved}
    for part in graphs_of(made) if missing else ():
        origins = {layer.path: layer.origin for layer in getattr(part.graph, "layers", ())}
        for path, layer in (part.layers or {"": part.model}).items():
            weights = getattr(layer, "weights", ())
            names = [f"`{variable.path}`" for variable in weights if id(variable) in missing]
            if not names or is_of_keras(type(layer).__module__) or _saves_itself(layer):
                continue
            origin = origins.get(path, part.graph.origin)
            bench.report.add(
                "unsaved-variables",
                f"Keras would not save {', '.join(names[:3])} of `{path or part.model.name}`",
                origin.place,
                help="hold inner layers in attributes, lists or mappings, not in sets or attributes such as "
                "`_layers`",
                frames=origin.frames,
            )


def _saves_itself(layer: Any) -> bool:
    saves = next((cls for cls in type(layer).__mro__ if "save_own_variables" in vars(cls)), type(layer))
    return not is_of_keras(saves.__module__)


def _read_again(data: Json, model: Any, bench: Bench) -> Any:
    """What Keras makes of a model's dict where nobody has set a dtype policy.

    Raises:
        Refused: Keras cannot read it, or reads it to other variables.
    """
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")
    try:
        again, _ = first_call(lambda: read_back(data), lambda model: None, watch=bench.watch)
    finally:
        keras.config.set_dtype_policy(policy)
    before, after = _shapes(model), _shapes(again)
    if before != after:
        error = ValueError(f"read back it has {len(after)} variables instead of {len(before)}")
        raise Refused("made", error)
    return again


def _shapes(layer: Any) -> list[tuple[int, ...]]:
    return [tuple(int(size) for size in variable.shape) for variable in layer.weights]


def _report(error: Exception, config: Json, made: Made, resolved: Resolved, bench: Bench) -> None:
    """Tell it at the first layer that cannot be read back by itself; else, where it fails only once it is
    called, at the one layer that may be to blame, or at the model.
    """
    suspects = [(owner, data) for owner, data in _layers_of(config) if holds_registered(data)]
    for owner, data in suspects:
        try:
            first_call(partial(read_back, data), lambda layer: None, watch=bench.watch)
        except Refused as refused:
            suspects, error = [(owner, data)], refused.error
            break
    blind = [suspect for suspect in suspects if holds_unread(suspect[1])]
    ((owner, found),) = blind[:1] or (suspects if len(suspects) == 1 else [("", config)])
    name = str(found.get("name") or found["config"].get("name"))
    what = str(found.get("registered_name") or found["class_name"])
    whole = resolved.classes.get(made.key)
    place = whole.origin if whole is not None else made.graph.origin
    origin = place if found is config else _origins(made).get((owner, name), place)
    _add(what, error, origin, bench, unread=bool(blind))


def _add(what: str, error: Exception, origin: Origin, bench: Bench, *, unread: bool) -> None:
    bench.report.add(
        "not-reloadable",
        f"Keras could not load the archive, for `{what}` cannot be read back: {point_of(error)}",
        origin.place,
        help=_TOO_FEW if "unexpected keyword argument" in str(error) else _NOT_READ if unread else _AS_SAVED,
        frames=origin.frames,
    )


def _layers_of(config: Json) -> Iterator[tuple[str, dict[str, Any]]]:
    """The dicts of the layers of a model, each with the model's name, after those of models inside it."""
    inner = config.get("config")
    layers = inner.get("layers") if isinstance(inner, dict) else None
    for data in layers if isinstance(layers, list) else ():
        if isinstance(data, dict) and isinstance(data.get("config"), dict):
            yield from _layers_of(data)
            yield str(inner.get("name")), data


def _origins(made: Made) -> Mapping[tuple[str, str], Origin]:
    """Where each layer is written, by the names of its model and its own."""
    found: dict[tuple[str, str], Origin] = {}
    for part in graphs_of(made):
        if isinstance(part.graph, Graph):
            found |= {(part.model.name, layer.name): layer.origin for layer in part.graph.layers}
    return found


def _rehearse_compile(compiled: Mapping[str, Json], resolved: Resolved, bench: Bench) -> None:
    """Read back what `compile` holds of registered objects."""
    for key, data in compiled.items():
        if holds_registered(data):
            try:
                read_back(data)
            except Refused as refused:
                origin = resolved.compile_arguments.get(key, resolved.program.main.origin)
                _add(key, refused.error, origin, bench, unread=False)
