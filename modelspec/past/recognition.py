"""What any file is, by its content: one sentence, and what to do with it."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from modelspec.archive.container import open_regular
from modelspec.archive.foreign import JSON_TEXT, identify_members
from modelspec.archive.json_values import BrokenJson, read_json_value
from modelspec.archive.limits import LIMITS
from modelspec.archive.member_names import CONFIG
from modelspec.archive.reader import KerasArchive, open_keras
from modelspec.archive.recognition import DOCUMENTS, identify_file, kind_of
from modelspec.archive.refusal import Refused
from modelspec.archive.sizes import readable_size
from modelspec.archive.zip_directory import read_directory
from modelspec.catalog.own import is_of_keras
from modelspec.diagnostics import Report
from modelspec.frozen import dataclass
from modelspec.past.forms import is_past
from modelspec.past.hdf5 import Attributes, read_attributes
from modelspec.past.values import Origin

Json = Any

Kind = Literal["document", "model", "weights", "other"]
"""What `modelspec` can do with it: build, decompile, load, or nothing."""

_DECOMPILE = "`modelspec decompile` writes its document"
_LISTED = "`modelspec weights show` lists what it holds"
_WITHOUT_MODEL = f"a document of the model takes it under `weights: load:`; {_LISTED}"
_GRAPH_MODEL = (
    "a graph model of TensorFlow.js",
    "it has operations and no layers: convert the Keras model that it was made from",
)
_CONTAINERS: Mapping[str, str] = {
    "hdf5": "whole in HDF5",
    "keras": "as a `.keras` archive",
    "json": "as JSON, without values",
    "tfjs": "for TensorFlow.js",
}


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a file is.

    Args:
        kind: see there.
        what: a noun with its article.
        help: what to do with it.
        origin: of a model, what the file says of it.
        metadata: of an archive, its `metadata.json`.
    """

    kind: Kind
    what: str
    help: str
    origin: Origin | None = None
    metadata: Mapping[str, Json] | None = None


def recognise(path: Path, report: Report) -> Recognised:
    """What lies at a path.

    Args:
        report: told of what in an archive is left aside.

    Raises:
        Refused: it is damaged, or larger than what is read.
        SpecError: it is an archive that is not read.
        OSError: it cannot be read.
    """
    if path.is_dir():
        return _folder(path, report)
    with open_regular(path) as file:
        kind = kind_of(file)
        match kind:
            case "json":
                return _json(file)
            case "zip":
                names = [member.name for member in read_directory(file, LIMITS)]
            case "hdf5":
                return _hdf5(read_attributes(path))
            case "npy" | "safetensors":
                return Recognised("weights", f"a {_NOUNS[kind]}", _LISTED)
            case _:
                what, help = identify_file(file)
                if what == JSON_TEXT:
                    return _json(file)  # no object, or broken, which is told
                return Recognised("document" if what in DOCUMENTS else "other", what, help)
    if CONFIG in names:
        return _archive(path, report)
    if any(name.endswith(".npy") for name in names):
        return Recognised("weights", "a NumPy `.npz` file", _LISTED)
    what, help = identify_members(names, unknown="a zip archive that holds neither a model nor arrays")
    return Recognised("other", what, help)


_NOUNS = {"npy": "NumPy array", "safetensors": "safetensors file"}


_CONFIG_HELP = (
    "a `config.json` is what `model.to_json()` gives, or the member of that name in a `.keras` archive"
)
_NO_OBJECT = Recognised("other", "JSON that describes no Keras object", _CONFIG_HELP)
# What the config of a model has that is a graph or a chain.
_PARTS: Mapping[str, tuple[str, ...]] = {
    "Functional": ("layers", "input_layers", "output_layers"),
    "Model": ("layers", "input_layers", "output_layers"),
    "Sequential": ("layers",),
}


def _folder(path: Path, report: Report) -> Recognised:
    names = [entry.name for entry in path.iterdir()]
    if CONFIG in names:
        return _archive(path, report)
    what, help = identify_members(names, unknown="a folder without a `config.json`")
    return Recognised("other", what, help)


def _archive(path: Path, report: Report) -> Recognised:
    archive = open_keras(path, report)
    report.raise_if_errors()
    assert archive is not None
    with archive:
        return model(origin_of_archive(archive), archive.metadata)


def origin_of_archive(archive: KerasArchive) -> Origin:
    """What an archive says of its model."""
    training = archive.config.get("compile_config")
    return Origin(
        "keras",
        _text(archive.metadata.get("keras_version")),
        None,
        archive.config,
        training if isinstance(training, dict) else None,
    )


def model(origin: Origin, metadata: Mapping[str, Json] | None = None) -> Recognised:
    """A model by what its file says; one without what it is made of is none."""
    lacking = _lacking(origin.config)
    if lacking:
        told = ", ".join(f"`{key}`" for key in lacking)
        what = f"a `{origin.config.get('class_name')}` whose config is incomplete: it has no {told}"
        return Recognised("other", what, _CONFIG_HELP, metadata=metadata)
    past = is_past(origin.config, origin.keras_version)
    version = origin.keras_version or ("2" if past else "3")
    cls = origin.config.get("class_name")
    what = f"a model (`{cls}`) that Keras {version} saved {_CONTAINERS[origin.container]}"
    return Recognised("model", what, _DECOMPILE, origin, metadata)


def _lacking(config: Mapping[str, Json]) -> tuple[str, ...]:
    inner, name = config.get("config"), str(config.get("class_name"))
    own = config.get("registered_name") in (None, "", name) and is_of_keras(config.get("module") or "keras")
    if not isinstance(inner, dict) or not own:  # Keras 2 wrote chains as lists
        return ()
    return tuple(key for key in _PARTS.get(name, ()) if key not in inner)


def _hdf5(attributes: Attributes) -> Recognised:
    origin = origin_of_hdf5(attributes)
    if origin is not None:
        return model(origin)
    if attributes.lists_layers:
        return Recognised(
            "weights", "a file of weights that Keras 2 wrote, without the model", _WITHOUT_MODEL
        )
    if {"layers", "vars", "_layer_checkpoint_dependencies", "optimizer"} & set(attributes.groups):
        return Recognised(
            "weights", "a file of weights that Keras 3 wrote, without the model", _WITHOUT_MODEL
        )
    return Recognised("weights", "an HDF5 file, which Keras may not have written", _LISTED)


def origin_of_hdf5(attributes: Attributes) -> Origin | None:
    """What a whole model in HDF5 says of itself; `None` for a file of weights. Raises `Refused`."""
    config = attributes.json("model_config")
    if config is None:
        return None
    return Origin(
        "hdf5",
        attributes.texts.get("keras_version"),
        attributes.texts.get("backend"),
        config,
        attributes.json("training_config"),
    )


def _json(file: io.FileIO) -> Recognised:
    return recognise_json(read_whole(file))


def read_whole(file: io.FileIO) -> Json:
    """A JSON file, if it is none too large. Raises `Refused`."""
    size = file.seek(0, 2)
    if size > LIMITS.json:
        message = f"is JSON of {readable_size(size)}, more than {readable_size(LIMITS.json)}"
        raise Refused("archive-too-large", message)
    file.seek(0)
    try:
        return read_json_value(file.read(), LIMITS)
    except BrokenJson as broken:
        message = f"is broken JSON: line {broken.line}, column {broken.column}"
        raise Refused(broken.code, message, help="get it again, or mend it there") from None


def recognise_json(data: Json) -> Recognised:
    """What a JSON value is."""
    if not isinstance(data, dict):
        return _NO_OBJECT
    if "modelspec" in data:
        return Recognised("document", "a modelspec document", "`modelspec build` makes an archive of it")
    if "weight_map" in data:
        return Recognised("weights", "the map of a sharded set of weights", _LISTED)
    topology = data.get("modelTopology")
    if isinstance(topology, dict):
        origin = _of_topology(data, topology)
        return model(origin) if origin is not None else Recognised("other", *_GRAPH_MODEL)
    if isinstance(data.get("class_name"), str) and isinstance(data.get("config"), dict | list):
        training = data.get("compile_config")
        return model(
            Origin(
                "json",
                _text(data.get("keras_version")),
                _text(data.get("backend")),
                data,
                training if isinstance(training, dict) else None,
            )
        )
    return _NO_OBJECT


def _of_topology(data: Mapping[str, Json], topology: Mapping[str, Json]) -> Origin | None:
    """A `model.json`; the converter of Python and TensorFlow.js itself write different things there."""
    config = topology.get("model_config", topology)
    if (
        not isinstance(config, dict)
        or not isinstance(config.get("class_name"), str)
        or "config" not in config
    ):
        return None
    training = topology.get("training_config", data.get("trainingConfig"))
    return Origin(
        "tfjs",
        _text(topology.get("keras_version")),
        _text(topology.get("backend")),
        config,
        training if isinstance(training, dict) else None,
    )


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None
