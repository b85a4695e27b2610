"""What early releases of Keras 3 saved is the same model now: layers, parameters, and what it predicts.

`older/` holds archives of 3.0 and 3.3 that `make_older_files.py` has made there.
"""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import modelspec
from modelspec.catalog.load import installed_keras_version, load_catalog
from modelspec.compiler.decompiled import Asked, decompile_file
from modelspec.compiler.values import Options
from modelspec.diagnostics import Report
from modelspec.past.older import of_older_release

CATALOG = load_catalog(installed_keras_version())
OLDER = Path(__file__).parent / "older"
RELEASES = tuple(sorted(path.name.removesuffix(".tar.xz") for path in OLDER.glob("*.tar.xz")))
# Keras takes its time, so the default run has the smallest model of one release.
DEFAULT = {("keras3.0", "chain")}
# `Add` passes masks on since; those releases wrote `mask: null` behind it, and what is built has one there.
MASKED = pytest.mark.xfail(reason="a mask that was not passed on then", strict=True)
CASES = [
    pytest.param(
        release,
        name,
        marks=[
            *([] if (release, name) in DEFAULT else [pytest.mark.slow]),
            *([MASKED] if name == "words" else []),
        ],
    )
    for release in RELEASES
    for name in ("chain", "shared", "words", "operations")
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("older")
    for release in RELEASES:
        with tarfile.open(OLDER / f"{release}.tar.xz") as archive:
            archive.extractall(place / release, filter="data")
    return place


@pytest.fixture
def scale() -> Any:
    @keras.saving.register_keras_serializable("acme", "Scale")
    class Scale(keras.layers.Layer):
        def __init__(self, factor: float = 2.0, **arguments: Any) -> None:
            super().__init__(**arguments)
            self.factor = factor

        def build(self, shape: Any) -> None:
            self.gain = self.add_weight(shape=(shape[-1],), initializer="ones", name="gain")

        def call(self, x: Any) -> Any:
            return x * self.gain * self.factor

        def get_config(self) -> dict[str, Any]:
            return {**super().get_config(), "factor": self.factor}

    yield Scale
    keras.saving.get_custom_objects().pop("acme>Scale")


def described(model: Any, prefix: str = "") -> list[list[Any]]:
    found = []
    for layer in model.layers:
        found.append([prefix + layer.name, type(layer).__name__, layer.count_params()])
        if isinstance(layer, keras.Model):
            found += described(layer, f"{prefix}{layer.name}/")
    return found


def layers_of(rows: list[list[Any]]) -> dict[str, int]:
    """The layers that have parameters: operations took other names in other releases."""
    return {name: count for name, _, count in rows if count}


def flat(values: Any) -> list[Any]:
    if isinstance(values, dict):
        return [values[key] for key in sorted(values)]
    return list(values) if isinstance(values, list | tuple) else [values]


# The case `words` loses its mask on purpose.
@pytest.mark.filterwarnings("ignore:Layer 'flat'.*mask:UserWarning")
@pytest.mark.filterwarnings("ignore:Exception encountered when calling Functional:UserWarning")
@pytest.mark.parametrize(("release", "name"), CASES)
def test_an_archive_of_an_early_keras_3_predicts_what_it_did(
    release: str, name: str, folder: Path, scale: Any, tmp_path: Path
) -> None:
    case = json.loads((folder / release / "cases.json").read_text())["cases"][name]
    report = Report()
    document = tmp_path / "net.yaml"
    decompile_file(
        Asked(folder / release / f"{name}.keras", document, weights=True), report, options=Options()
    )
    assert "past-changed" not in [found.code for found in report.warnings]
    assert "class_name:" not in document.read_text()
    modelspec.load(document).build(tmp_path / "net.keras")
    model = keras.saving.load_model(tmp_path / "net.keras")
    assert layers_of(described(model)) == layers_of(case["layers"])
    assert model.count_params() == case["params"]
    given = [
        np.array(case["inputs"][tensor.name]["values"], tensor.dtype).reshape(
            case["inputs"][tensor.name]["shape"]
        )
        for tensor in model.inputs
    ]
    outputs = flat(model(given if len(given) > 1 else given[0], training=False))
    assert [list(output.shape) for output in outputs] == [output["shape"] for output in case["outputs"]]
    for output, expected in zip(outputs, case["outputs"], strict=True):
        values = np.array(expected["values"]).reshape(expected["shape"])
        np.testing.assert_allclose(np.asarray(output), values, rtol=1e-4, atol=1e-5)


def layer(cls: str, config: dict[str, Any], module: str = "keras.layers") -> dict[str, Any]:
    return {"module": module, "class_name": cls, "config": config, "registered_name": None}


def test_an_argument_that_was_read_by_nothing_goes_without_a_word() -> None:
    found = of_older_release(
        layer("RandomRotation", {"factor": 0.1, "value_range": [0, 255]}), "3.5.0", CATALOG
    )
    assert found.config["config"] == {"factor": 0.1}
    assert found.notes == ()


def test_an_argument_that_nobody_knows_any_more_is_told() -> None:
    model = layer(
        "Sequential", {"layers": [layer("Dense", {"name": "head", "units": 3, "fused": 1})]}, "keras"
    )
    found = of_older_release(model, "3.5.0", CATALOG)
    assert found.config["config"]["layers"][0]["config"] == {"name": "head", "units": 3}
    assert found.notes == ("`Dense` of Keras 3 has no argument `fused` any more: it is left out (of `head`)",)


@pytest.mark.parametrize("version", [None, "3.99.0", installed_keras_version()])
def test_what_a_release_that_is_not_older_wrote_stays(version: str | None) -> None:
    data = layer("Dense", {"units": 3, "fused": True})
    assert of_older_release(data, version, CATALOG).config == data


def test_the_class_of_somebody_keeps_its_arguments() -> None:
    data = {**layer("Dense", {"units": 3, "fused": True}, "acme"), "registered_name": "acme>Dense"}
    assert of_older_release(data, "3.0.5", CATALOG).config == data


@pytest.mark.parametrize(
    ("module", "cls", "config", "now", "made"),
    [
        ("nn", "CtcLoss", {"mask_index": 0}, "CTCLoss", {"mask_index": 0}),
        ("nn", "Threshold", {"threshold_value": 1.0, "value": 0.0}, "Threshold", None),
        ("image", "ExtractPatches3D", {"size": [2, 2, 2]}, "ExtractPatches", {"size": [2, 2, 2]}),
    ],
)
def test_an_operation_has_the_name_of_today(
    module: str, cls: str, config: dict[str, Any], now: str, made: dict[str, Any] | None
) -> None:
    data = {**layer(cls, config, f"keras.src.ops.{module}"), "registered_name": cls}
    found = of_older_release(data, "3.8.0", CATALOG).config
    assert (found["class_name"], found["registered_name"]) == (now, now)
    assert found["config"] == (made or {"threshold": 1.0, "default_value": 0.0})


def test_a_range_about_zero_that_keras_refuses_is_the_number_it_was() -> None:
    config = {"x_factor": [-0.25, 0.25], "y_factor": [0.1, 0.2]}
    found = of_older_release(layer("RandomShear", config), "3.14.1", CATALOG)
    assert found.config["config"] == {"x_factor": 0.25, "y_factor": [0.1, 0.2]}
    made = keras.saving.deserialize_keras_object(found.config)
    assert (tuple(made.x_factor), tuple(made.y_factor)) == ((-0.25, 0.25), (0.1, 0.2))
