"""Layers that prepare data, as releases of Keras 2 saved them: what is rebuilt gives what the original gave.

`prepared/` holds what `past_prepared.py` has written under some releases. Others on demand:
`MODELSPEC_KERAS_2` lists Pythons of environments with TensorFlow or `tf_keras`, apart by colons. Only on
TensorFlow can a model take texts; on other backends a layer is given them by itself.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from past_prepared import given_to

import modelspec
from modelspec.compiler.decompiled import Asked, decompile_file
from modelspec.compiler.values import Options
from modelspec.diagnostics import Report

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("tensorflow") is None,
    reason="the layers need TensorFlow, which is not installed",
)

PREPARED = Path(__file__).with_name("prepared")
RECORD = Path(__file__).with_name("past_prepared.py")
GIVEN = tuple(filter(None, os.environ.get("MODELSPEC_KERAS_2", "").split(os.pathsep)))
TOLERANCE = 1e-5
# What is tried in every run, of the newest release: a file of each kind of what a layer has learnt.
ALWAYS = {
    ("tfk2.21", "CategoryEncodingWeighed.h5"),
    ("tfk2.21", "DiscretizationAdapted.keras"),
    ("tfk2.21", "IntegerLookupAdapted.keras"),
    ("tfk2.21", "RandomCrop.h5"),
    ("tfk2.21", "StringLookupWeighed.h5"),
    ("tfk2.21", "TextVectorizationTfIdf.keras"),
    ("tf2.13", "two.keras"),
    ("tf2.3", "Hashing.h5"),
}
# What a file does not hold, or a release computed otherwise: each is told to whoever decompiles it.
TOLD = {
    ("tf2.6", "TextVectorization.h5"): "the vocabulary of `one` is not in",
    ("tf2.6", "RandomCrop.h5"): "values differ a little",
    ("tf2.6", "RandomCropLarger.h5"): "values differ a little",
    ("tf2.3", "RandomCrop.h5"): "values differ a little",
    ("tf2.3", "RandomCropLarger.h5"): "values differ a little",
}


def recorded() -> Iterator[tuple[str, str]]:
    """Every file, by release and name."""
    for path in sorted(PREPARED.glob("*.tar.xz")):
        with tarfile.open(path) as archive:
            files = (name for name in archive.getnames() if not name.endswith(".npz"))
            yield from ((path.name.removesuffix(".tar.xz"), name) for name in files)


CASES = [
    pytest.param(*row, id="-".join(row), marks=[] if row in ALWAYS else [pytest.mark.slow])
    for row in recorded()
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("prepared")
    for path in PREPARED.glob("*.tar.xz"):
        unpack(path, place / path.name.removesuffix(".tar.xz"))
    return place


def unpack(path: Path, folder: Path) -> None:
    with tarfile.open(path) as archive:
        archive.extractall(folder, filter="data")


def predicted(model: Any, given: list[Any]) -> list[Any] | None:
    """The outputs of a model; `None` where the backend has no texts for it, and it is no single layer."""
    if keras.backend.backend() == "tensorflow" or all(batch.dtype != object for batch in given):
        batches = [keras.ops.convert_to_tensor(batch) for batch in given]
        return keras.tree.flatten(model(batches if len(batches) > 1 else batches[0], training=False))
    known = {id(tensor): batch for tensor, batch in zip(model.inputs, given, strict=True)}
    found = {}
    for layer in model.layers:
        if not isinstance(layer, keras.layers.InputLayer):
            read = keras.tree.flatten(layer.input)
            if not all(id(tensor) in known for tensor in read):
                return None
            batches = [known[id(tensor)] for tensor in read]
            found[id(layer.output)] = layer(batches if len(batches) > 1 else batches[0])
    return [found[id(tensor)] for tensor in model.outputs]


def difference(model: Any, name: str, expected: Any) -> float | None:
    """How far the outputs are from what was recorded, in parts of the largest; `None` without any."""
    known = sorted(key for key in expected.files if key.partition("/")[0] == name)
    texts = any(expected[key].dtype.kind == "S" for key in known)
    if texts and keras.backend.backend() != "tensorflow":
        return None
    outputs = predicted(model, given_to(name))
    if outputs is None:
        return None
    assert len(outputs) == len(known)
    worst = 0.0
    for output, key in zip(outputs, known, strict=True):
        wanted, found = expected[key], np.asarray(output)
        if wanted.dtype.kind == "S":
            assert found.astype("S").tolist() == wanted.tolist()
            continue
        assert found.shape == wanted.shape
        apart = np.max(np.abs(found.astype("float64") - wanted.astype("float64")))
        worst = max(worst, float(apart / np.max(np.abs(wanted), initial=1e-30)))
    return worst


def rebuilt(path: Path, folder: Path, report: Report) -> Any:
    decompile_file(Asked(path, folder / "net.yaml", weights=True), report, options=Options())
    modelspec.load(folder / "net.yaml").build(folder / "net.keras")
    return keras.saving.load_model(folder / "net.keras")


@pytest.mark.filterwarnings("ignore:Explicitly requested dtype int64")
@pytest.mark.parametrize(("release", "file"), CASES)
def test_a_layer_that_prepares_data_gives_what_it_gave_in_keras_2(
    release: str, file: str, folder: Path, tmp_path: Path
) -> None:
    report = Report()
    told = TOLD.get((release, file))
    if told is not None:
        decompile_file(Asked(folder / release / file), report, options=Options())
        assert any(told in found.message for found in report.warnings)
        return
    model = rebuilt(folder / release / file, tmp_path, report)
    assert "not-learnt" not in [found.code for found in report.warnings]
    with np.load(folder / release / "predictions.npz") as expected:
        apart = difference(model, file.partition(".")[0], expected)
    if apart is None:
        pytest.skip("this backend has no texts")
    assert apart <= TOLERANCE


@pytest.mark.slow
@pytest.mark.skipif(not GIVEN, reason="`MODELSPEC_KERAS_2` names no release")
@pytest.mark.filterwarnings("ignore:Explicitly requested dtype int64")
@pytest.mark.parametrize("given", [path for path in GIVEN if Path(path).is_file()])
def test_what_prepares_data_gives_what_another_release_gave(given: str, tmp_path: Path) -> None:
    env = {name: value for name, value in os.environ.items() if name not in ("KERAS_BACKEND", "PYTHONPATH")}
    subprocess.run([given, str(RECORD), str(tmp_path)], check=True, env=env)
    (packed,) = tmp_path.glob("*.tar.xz")
    unpack(packed, tmp_path / "release")
    wrong = {}
    with np.load(tmp_path / "release" / "predictions.npz") as expected:
        for path in sorted((tmp_path / "release").iterdir()):
            if path.suffix == ".npz" or (packed.name.removesuffix(".tar.xz"), path.name) in TOLD:
                continue
            place = tmp_path / path.name
            place.mkdir()
            apart = difference(rebuilt(path, place, Report()), path.stem, expected)
            wrong |= {} if apart is None or apart <= TOLERANCE else {path.name: apart}
            keras.utils.clear_session()
    assert wrong == {}
