"""What is built from a file of Keras 2 predicts what the original predicted there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from past_files import Release, file_names

import modelspec
from modelspec.compiler.decompiled import Asked, decompile_file
from modelspec.compiler.values import Options
from modelspec.diagnostics import Report

TOLERANCE = 1e-5
# What has placeholders, which somebody has to write before anything is predicted.
TO_BE_WRITTEN = {"lambdas", "custom", "no_counterpart"}
VALUES = [(release, file) for release, file in file_names() if not file.endswith(".json")]


def rebuilt(source: Path, folder: Path) -> Any:
    """The model of the archive that is built from the document of a file, and from the values beside it."""
    decompile_file(Asked(source, folder / "net.yaml", weights=True), Report(), options=Options())
    modelspec.load(folder / "net.yaml").build(folder / "net.keras")
    return keras.saving.load_model(folder / "net.keras")


def fed(model: Any, case: dict[str, Any]) -> list[Any]:
    """The outputs of a model for the inputs that were recorded, in order."""
    given = {
        name: np.array(one["values"], "float32").reshape(one["shape"]) for name, one in case["inputs"].items()
    }
    named = isinstance(model.input, dict)
    inputs = given if named else [given.get(tensor.name) for tensor in model.inputs]
    if not named and any(one is None for one in inputs):
        inputs = list(given.values())
    outputs = model.predict(inputs if named or len(inputs) > 1 else inputs[0], verbose=0)
    return keras.tree.flatten(outputs)


@pytest.mark.parametrize(("release", "file"), VALUES, ids="-".join)
def test_the_rebuilt_model_predicts_what_the_original_did(
    release: str, file: str, releases: dict[str, Release], tmp_path: Path
) -> None:
    of, name = releases[release], file.rpartition(".")[0]
    if name in TO_BE_WRITTEN:
        pytest.skip("has placeholders")
    case = of.cases[name]
    found = fed(rebuilt(of.folder / file, tmp_path), case)
    assert len(found) == len(case["outputs"])
    for value, wanted in zip(found, case["outputs"], strict=True):
        expected = np.array(wanted["values"]).reshape(wanted["shape"])
        scale = np.max(np.abs(expected), initial=1e-30)
        assert np.max(np.abs(value - expected)) <= TOLERANCE * scale
