from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import modelspec

PROGRAM = """
import modelspec
model = modelspec.loads("modelspec: 1\\ninputs: {x: [8]}\\nlayers: [{Dense: {units: 4}}]").model()
import keras
print(model.count_params(), keras.backend.backend())
"""


def test_a_live_model_runs_on_the_chosen_backend_from_the_cache_too(tmp_path: Path) -> None:
    # Keras itself would take tensorflow, whatever is installed.
    wanted = {"MODELSPEC_CACHE": str(tmp_path / "cache"), "KERAS_HOME": str(tmp_path / "keras")}
    environment = {name: value for name, value in os.environ.items() if name != "KERAS_BACKEND"} | wanted
    environment["PYTHONPATH"] = str(Path(modelspec.__file__).parents[1])
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "36 jax\n", "")
