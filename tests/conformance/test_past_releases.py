"""Every layer with variables, and networks of each kind, as releases of Keras 2 save them and predict.

On demand: `MODELSPEC_KERAS_2` lists Pythons of environments with TensorFlow or `tf_keras`, apart by colons,
or folders that `past_record.py` has written under one.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from past_nets import inputs_of

import modelspec
from modelspec.compiler.decompiled import Asked, decompile_file
from modelspec.compiler.values import Options
from modelspec.diagnostics import Report, SpecError

pytestmark = pytest.mark.slow

GIVEN = tuple(filter(None, os.environ.get("MODELSPEC_KERAS_2", "").split(os.pathsep)))
RECORD = Path(__file__).with_name("past_record.py")
TOLERANCE = 1e-5


def recorded(given: str, folder: Path) -> Path:
    """The folder of what a release has said."""
    if Path(given).is_dir():
        return Path(given)
    env = {name: value for name, value in os.environ.items() if name not in ("KERAS_BACKEND", "PYTHONPATH")}
    subprocess.run([given, str(RECORD), str(folder)], check=True, env=env)
    return folder


def wrong_with(path: Path, folder: Path, expected: Any) -> str | None:
    """What is wrong with the model that is rebuilt from a file; `None` where it predicts as the original."""
    folder.mkdir(parents=True)
    try:
        decompile_file(Asked(path, folder / "net.yaml", weights=True), Report(), options=Options())
        modelspec.load(folder / "net.yaml").build(folder / "net.keras")
    except SpecError as error:
        return "; ".join(f"{found.code}: {found.message}" for found in error.diagnostics)
    model = keras.saving.load_model(folder / "net.keras")
    found = np.asarray(model.predict(inputs_of(model), verbose=0))
    difference = float(np.max(np.abs(found - expected)) / np.max(np.abs(expected)))
    return None if difference <= TOLERANCE else f"differs by {difference:.1e}"


@pytest.mark.skipif(not GIVEN, reason="`MODELSPEC_KERAS_2` names no release")
@pytest.mark.parametrize("given", GIVEN)
def test_what_is_rebuilt_predicts_what_the_release_did(given: str, tmp_path: Path) -> None:
    folder = recorded(given, tmp_path / "recorded")
    wrong = {}
    with np.load(folder / "predictions.npz") as predictions:
        assert predictions.files
        for name in predictions.files:
            for path in (folder / f"{name}.h5", folder / f"{name}.keras"):
                if path.exists():
                    told = wrong_with(path, tmp_path / path.name, predictions[name])
                    wrong |= {} if told is None else {path.name: told}
                    keras.utils.clear_session()
    assert wrong == {}
