"""Files of Keras 2 as models: HDF5, `.keras` archives, JSON, and the `model.json` of TensorFlow.js."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from modelspec.archive.container import open_regular
from modelspec.archive.json_values import read_json
from modelspec.archive.limits import LIMITS
from modelspec.archive.reader import open_keras, unreadable
from modelspec.archive.recognition import identify_file, kind_of
from modelspec.archive.refusal import Refused
from modelspec.archive.sizes import readable_size
from modelspec.catalog.load import installed_keras_version, load_catalog
from modelspec.catalog.lookup import Catalog
from modelspec.diagnostics import Report
from modelspec.past.forms import is_past
from modelspec.past.hdf5 import read_attributes
from modelspec.past.refusal import Unreadable
from modelspec.past.translate import translate
from modelspec.past.values import Origin, Past

Json = Any

_GIVE = "give a `.keras` archive, a `config.json`, or a model of Keras 2 as HDF5, JSON or `model.json`"


def read_past(path: Path, report: Report, *, catalog: Catalog | None = None) -> Past:
    """A model of Keras 2.

    Args:
        path: whole HDF5, a `.keras` archive or its folder, JSON, or a `model.json`, known by its content.
        report: told what was changed, once each, and of each placeholder.
        catalog: of the Keras that it is translated for; by default the installed one.

    Raises:
        SpecError: the file holds no model of Keras 2, or one that cannot be read.
    """
    return past_of(open_origin(path, report), path, report, catalog=catalog)


def past_of(origin: Origin, path: Path, report: Report, *, catalog: Catalog | None = None) -> Past:
    """The same of what was read of a file. Raises `SpecError`."""
    try:
        past = translate(origin, catalog or load_catalog(installed_keras_version()))
    except Unreadable as error:
        report.fail("past-config", f"`{path}` has a config of Keras 2 that cannot be read: {error}")
    tell(past, report)
    return past


def open_origin(path: Path, report: Report) -> Origin:
    """What a file says of its model, of Keras 2 or 3. Raises `SpecError`."""
    try:
        return read_origin(path, report)
    except Refused as refused:
        refused.fail(report, name=str(path), place=None)
    except OSError as error:
        unreadable(error).fail(report, name=str(path), place=None)


def read_origin(path: Path, report: Report) -> Origin:
    """What a file says of its model, of Keras 2 or 3.

    Raises:
        Refused: it is none.
        SpecError: it is an archive that is not read.
        OSError: it cannot be read.
    """
    if path.is_dir():
        return _of_archive(path, report)
    with open_regular(path) as file:
        kind = kind_of(file)
        if kind == "json":
            size = file.seek(0, 2)
            if size > LIMITS.json:
                message = f"is JSON of {readable_size(size)}, more than {readable_size(LIMITS.json)}"
                raise Refused("archive-too-large", message)
            file.seek(0)
            return _of_json(read_json(file.read(), LIMITS))
        if kind not in ("zip", "hdf5"):
            what, help = (f"a file of weights ({kind})", _GIVE) if kind is not None else identify_file(file)
            raise Refused("cannot-decompile", f"is {what}, which holds no model", help=help)
    return _of_archive(path, report) if kind == "zip" else _of_hdf5(path)


def _of_archive(path: Path, report: Report) -> Origin:
    archive = open_keras(path, report)
    report.raise_if_errors()
    assert archive is not None
    with archive:
        config, metadata = archive.config, archive.metadata
    training = config.get("compile_config")
    return Origin(
        "keras",
        _text(metadata.get("keras_version")),
        None,
        config,
        training if isinstance(training, dict) else None,
    )


def _of_hdf5(path: Path) -> Origin:
    attributes = read_attributes(path)
    config = attributes.json("model_config")
    if config is None:
        raise Refused(
            "cannot-decompile",
            "is a file of weights, which does not say what the model is",
            help="give the model's JSON (`model.to_json()`), or the code that made it, and load the values by"
            " `weights: load:`",
        )
    return Origin(
        "hdf5",
        attributes.texts.get("keras_version"),
        attributes.texts.get("backend"),
        config,
        attributes.json("training_config"),
    )


def _of_json(data: Mapping[str, Json]) -> Origin:
    """What a JSON file says of a model; raises `Refused`."""
    topology = data.get("modelTopology")
    if isinstance(topology, dict):
        return _of_topology(data, topology)
    if not isinstance(data.get("class_name"), str) or not isinstance(data.get("config"), dict | list):
        raise Refused("cannot-decompile", "describes no Keras object", help=_GIVE)
    training = data.get("compile_config")
    return Origin(
        "json",
        _text(data.get("keras_version")),
        _text(data.get("backend")),
        data,
        training if isinstance(training, dict) else None,
    )


def _of_topology(data: Mapping[str, Json], topology: Mapping[str, Json]) -> Origin:
    """A `model.json`; the converter of Python and TensorFlow.js itself write different things there."""
    config = topology.get("model_config", topology)
    if isinstance(config, dict) and isinstance(config.get("class_name"), str) and "config" in config:
        training = topology.get("training_config", data.get("trainingConfig"))
        return Origin(
            "tfjs",
            _text(topology.get("keras_version")),
            _text(topology.get("backend")),
            config,
            training if isinstance(training, dict) else None,
        )
    raise Refused(
        "cannot-decompile",
        "is a graph model of TensorFlow.js, a graph of TensorFlow's operations without layers",
        help="convert the Keras model that it was made from",
    )


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None


def tell(past: Past, report: Report) -> None:
    """Warn of what was changed, and of what is left to write."""
    for note in past.notes:
        report.add("past-changed", note)
    for found in past.placeholders:
        where = f" (`{found.layer}`)" if found.layer else ""
        reads = f"; it reads {_listed(found.reads)}" if found.reads else ""
        by = f", and is read by {_listed(found.read_by)}" if found.read_by else ""
        report.add(
            "placeholder",
            f"{found.why}{where}{reads}{by}",
            help=f"write a {found.kind} and register it as `{found.name}`; the document has it by that name",
        )


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(name if name.startswith("(") else f"`{name}`" for name in names)


__all__ = ["is_past", "open_origin", "past_of", "read_origin", "read_past"]
