"""What a release of Keras 2 wrote is a model of Keras 3 with the same layers, shapes and parameters."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import pytest
from past_files import Release, file_names, release_names

from modelspec.catalog.load import installed_keras_version, load_catalog
from modelspec.catalog.lookup import Catalog
from modelspec.decompiler.decompile import Wanted, decompile
from modelspec.diagnostics import Report
from modelspec.past.reading import open_origin, past_of
from modelspec.past.values import Past

# Nodes of TensorFlow, which are no layers to Keras 3, and what stands for what cannot be carried.
OPERATIONS = {"TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer", "AddLoss", "ClassMethod"}


ALL = tuple(file_names())
# Keras itself takes its time, so in the default run it loads the whole models of one release.
LOADED = "tf2.15"
CHOSEN = [
    pytest.param(*row, marks=[] if row[0] == LOADED and row[1].endswith(".h5") else pytest.mark.slow)
    for row in ALL
]


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog(installed_keras_version())


def read(path: Path, report: Report, *, catalog: Catalog) -> Past:
    return past_of(open_origin(path, report), path, report, catalog=catalog)


def described(model: Any, prefix: str = "") -> Iterator[tuple[str, int]]:
    for layer in model.layers:
        yield prefix + layer.name, layer.count_params()
        if hasattr(layer, "layers") and not hasattr(layer, "cell"):
            yield from described(layer, f"{prefix}{layer.name}/")


class Stand(keras.layers.Layer):
    """What a user would write for a placeholder, as far as shapes go."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(
            **{key: arguments[key] for key in ("name", "trainable", "dtype") if key in arguments}
        )

    def call(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        return inputs

    def compute_output_shape(self, input_shape: Any, *args: Any, **kwargs: Any) -> Any:
        return input_shape


def loaded(past: Past) -> Any:
    custom = {found.name: Stand for found in past.placeholders if found.kind == "layer"}
    written = dict(past.config)
    for value in written.pop("compile_config", {}).values():
        keras.saving.deserialize_keras_object(json.loads(json.dumps(value)))
    config = json.dumps(written)
    # Values take Keras a compilation for each shape. A state that is made in the scope cannot be reset.
    if '"stateful": true' in config:
        return keras.saving.deserialize_keras_object(json.loads(config), custom_objects=custom)
    with keras.StatelessScope(initialize_variables=False):
        return keras.saving.deserialize_keras_object(json.loads(config), custom_objects=custom)


@pytest.mark.parametrize("release", release_names())
def test_every_file_of_a_release_has_the_layers_that_it_says(
    release: str, releases: dict[str, Release], catalog: Catalog
) -> None:
    """Without Keras: the names, in the main model, and what each file of a case says alike."""
    of = releases[release]
    for name, case in of.cases.items():
        found = {}
        for path in sorted(of.folder.glob(f"{name}.*")):
            past = read(path, Report(), catalog=catalog)
            layers = past.config["config"]["layers"]
            found[path.suffix] = [
                (past.names.get(layer["config"]["name"], layer["config"]["name"]), layer["class_name"])
                for layer in layers
            ]
        first = found[".json"]
        assert all(layers == first for layers in found.values()), name
        wanted = {row["path"] for row in case["layers"] if "/" not in row["path"]}
        gone = {row["path"] for row in case["layers"] if row["class"] in OPERATIONS}
        assert wanted - {layer for layer, _ in first} <= gone, name


@pytest.mark.parametrize(("release", "file"), CHOSEN)
def test_a_file_of_keras_2_is_the_same_model_in_keras_3(
    release: str, file: str, releases: dict[str, Release], catalog: Catalog
) -> None:
    of = releases[release]
    report = Report()
    past = read(of.folder / file, report, catalog=catalog)
    case = of.cases[file.rpartition(".")[0]]
    model = loaded(past)
    placed = {found.layer for found in past.placeholders}
    got = {past.names.get(path, path): count for path, count in described(model)}
    wanted = {
        row["path"]: row["params"]
        for row in case["layers"]
        if row["class"] not in OPERATIONS and row["path"] not in placed
    }
    added = {path for path in got if path.endswith("_input")}  # not among the layers of a chain of old
    assert {path: count for path, count in got.items() if path in wanted} == wanted
    shaped = {path for path in got if "reshape" in path.lower()}  # was an operation
    assert got.keys() - wanted.keys() - placed <= added | shaped
    shapes = [tuple(2 if size is None else size for size in tensor.shape) for tensor in model.outputs]
    assert shapes == [tuple(output["shape"]) for output in case["outputs"]]


@pytest.mark.parametrize(("release", "file"), CHOSEN)
def test_a_file_of_keras_2_is_a_document(
    release: str, file: str, releases: dict[str, Release], catalog: Catalog
) -> None:
    past = read(releases[release].folder / file, Report(), catalog=catalog)
    text = decompile(past.config, catalog, Wanted(file), Report())
    assert text.startswith("modelspec: 1\n")
