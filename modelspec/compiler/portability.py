"""A config for a target: what it leaves out, the oldest Keras that opens it, and what the target forbids."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from modelspec.catalog.elision import elided
from modelspec.catalog.floor import Need, Path, needs
from modelspec.catalog.late_values import holds_plain_int4
from modelspec.catalog.lookup import Catalog
from modelspec.catalog.own import is_own
from modelspec.catalog.portable import Portable, load_portable, numbers
from modelspec.catalog.resolved import KerasObject, Resolved
from modelspec.catalog.stem import to_snake_case
from modelspec.catalog.target import Target, minor_of, shown
from modelspec.diagnostics import Report
from modelspec.graph.model import Graph, Layer, SubModel, WholeModel
from modelspec.language.values import Origin

Json = Any

# Since this release the values of four bits are laid out in another way.
_INT4_ANEW = (3, 14)


def for_target(
    config: dict[str, Json], target: Target, resolved: Resolved, catalog: Catalog, report: Report
) -> tuple[dict[str, Json], str | None]:
    """The config as the archive holds it, and the oldest release that opens it (`3.11`).

    Without a bound the document decides how old a Keras may be; with one, what a bound release lacks is
    reported at its line.

    Args:
        config: the canonical dict; not changed.
        target: what it is written for; `installed` leaves it as it is and promises nothing.
        resolved: the program it was made of, for places.
        catalog: of the installed Keras.
        report: gets `newer-keras`, `closed-to-newer` and `op-name`.
    """
    if target.installed:
        return config, None
    portable = load_portable()
    # Without a bound, names of operations stay: they are read by people, and the floor is said.
    oldest = portable.position(target.since) if target.since is not None else len(portable.releases)
    found = elided(config, portable, since=oldest, registered=catalog.registered.classes)
    lacking = needs(found, portable, catalog)
    if holds_plain_int4(found) and numbers(catalog.keras_version) >= _INT4_ANEW:
        lacking = (*lacking, Need((), portable.position(_INT4_ANEW), "`int4` as newer releases lay it out"))
    if target.since is not None:
        _report_newer(
            [need for need in lacking if need.since > oldest], found, target, portable, resolved, report
        )
    # A Keras that names no operations writes none of their names, whatever the target.
    _report_names(found, "before 3.11" if target.since is None else shown(target.since), resolved, report)
    if holds_plain_int4(found) and numbers(catalog.keras_version) < _INT4_ANEW:
        _report_old_int4(target, resolved, report)
        return found, None
    floor = max((need.since for need in lacking), default=0)
    return found, minor_of(portable.releases[floor])


def _report_newer(
    lacking: Sequence[Need],
    config: Json,
    target: Target,
    portable: Portable,
    resolved: Resolved,
    report: Report,
) -> None:
    """Report what the target lacks; of one object, what follows from an argument is not told beside it."""
    found = [(need, *origin_of(need.path, config, resolved)) for need in lacking]
    said = {need.path[:-1] for need, _, written in found if written}
    for need, origin, written in found:
        if not written and need.path[:-1] in said:
            continue
        release = minor_of(portable.releases[need.since])
        report.add(
            "newer-keras",
            f"{need.what} needs Keras {release}, and the archive is to open in `{target}`",
            origin.place,
            help=f"{'leave it out, or ' if written else ''}build for `keras>={release}`",
            frames=origin.frames,
        )


def _report_old_int4(target: Target, resolved: Resolved, report: Report) -> None:
    quantize = resolved.program.spec.weights.quantize
    origin = quantize[0].origin if quantize else resolved.program.main.origin
    what = "`int4` as Keras lays it out before 3.14 does not open in newer releases"
    bounded = target.since is not None
    report.add(
        "newer-keras" if bounded else "closed-to-newer",
        f"{what}, and the archive is to open in `{target}`" if bounded else what,
        origin.place,
        help="build with Keras 3.14 or newer, or quantize to `int8`",
        frames=origin.frames,
    )


def _report_names(config: Json, release: str, resolved: Resolved, report: Report) -> None:
    """Report layers whose name an operation without one may take when the model is loaded.

    Keras counts automatic names for the length of a process, so whatever number follows may be the next.

    Args:
        release: of Keras, that gives such names, as messages call it.
    """
    for path, layers in _models(config, ()):
        nameless = {
            to_snake_case(str(layer["class_name"]))
            for layer in layers
            if "name" not in layer["config"] and is_own(layer)
        }
        for position, layer in enumerate(layers):
            name = layer["config"].get("name")
            stem = re.sub(r"_\d+$", "", str(name))
            if name is not None and stem in nameless:
                origin, _ = origin_of((*path, "config", "layers", position), config, resolved)
                report.add(
                    "op-name",
                    f"Keras {release} names the operations itself, and one may be called "
                    f"`{name}` like this layer",
                    origin.place,
                    help="give the layer another name, or build for a newer Keras",
                    frames=origin.frames,
                )


def _models(config: Json, path: Path) -> Iterator[tuple[Path, list[Json]]]:
    """The lists of layers of a model and of those nested in it."""
    layers = _layers(config)
    if layers:
        yield path, layers
        for position, layer in enumerate(layers):
            yield from _models(layer, (*path, "config", "layers", position))


def _layers(data: Json) -> list[Json]:
    match data:
        case {"config": {"layers": [*layers]}} if all(_is_layer(layer) for layer in layers):
            return layers
        case _:
            return []


def _is_layer(data: Json) -> bool:
    return isinstance(data, dict) and isinstance(data.get("config"), dict) and "class_name" in data


def origin_of(path: Path, config: Mapping[str, Json], resolved: Resolved) -> tuple[Origin, bool]:
    """Where a document says what stands at a path of its model's config, or else the nearest thing around it,
    and whether it was found.

    Args:
        path: the keys that lead there.
        config: the config.
        resolved: what it was made of.
    """
    match path:
        case ("compile_config", str(key), *_) if key in resolved.compile_arguments:
            return resolved.compile_arguments[key], True
    return _in_model(path, config, resolved, resolved.program.main)


def _in_model(path: Path, config: Json, resolved: Resolved, model: Graph | WholeModel) -> tuple[Origin, bool]:
    match path:
        case ("config", "layers", int(position), *rest) if isinstance(model, Graph):
            data = config["config"]["layers"][position]
            name = data.get("name") or data["config"].get("name")
            for entry in model.inputs:
                if entry.called == name:
                    return entry.origin, True
            for layer in model.layers:
                if layer.name == name:
                    return _in_layer(tuple(rest), data, resolved, model, layer)
    return model.origin, False


def _in_layer(path: Path, data: Json, resolved: Resolved, model: Graph, layer: Layer) -> tuple[Origin, bool]:
    if isinstance(layer.kind, SubModel):
        key = layer.kind.key
        if key in resolved.nested:
            return _in_model(path, data, resolved.nested[key], resolved.nested[key].program.main)
        inner = next(other for other in resolved.program.models if other.key == key)
        return _in_model(path, data, resolved, inner)
    made = resolved.layers.get(model.key, {}).get(layer.path)
    calls = [call for call in model.calls if call.layer == layer.path]
    match path:
        case ("inbound_nodes", int(position), *_) if position < len(calls):
            return calls[position].origin, True
        case ("config", str(argument), *_) if isinstance(made, KerasObject) and argument in made.arguments:
            return made.arguments[argument], True
    return layer.origin, not path
