"""A config for a target: what it leaves out, the oldest Keras that opens it, and what the target forbids."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from modelspec.catalog.elision import elided
from modelspec.catalog.floor import Need, Path, needs
from modelspec.catalog.late_values import holds_plain_int4
from modelspec.catalog.lookup import Catalog
from modelspec.catalog.own import is_own
from modelspec.catalog.portable import Portable, load_portable, numbers
from modelspec.catalog.resolved import Resolved
from modelspec.catalog.stem import to_snake_case
from modelspec.catalog.target import Target, minor_of, shown
from modelspec.compiler.config_origins import ConfigOrigins
from modelspec.diagnostics import Report

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
    origins = ConfigOrigins(config, resolved)
    found = [(need, *origins.of(need.path)) for need in lacking]
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
    origins = ConfigOrigins(config, resolved)
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
                origin, _ = origins.of((*path, "config", "layers", position))
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
