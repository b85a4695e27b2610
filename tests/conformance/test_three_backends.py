"""One archive, opened by Keras on every installed backend: no warning, the same predictions."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import modelspec

ROOT = Path(__file__).parents[2]
BACKENDS = [name for name in ("jax", "torch", "tensorflow") if importlib.util.find_spec(name)]
PREDICT = """
import json, sys, warnings
warnings.simplefilter("error", UserWarning)
import keras
import numpy as np
model = keras.saving.load_model(sys.argv[1], safe_mode=True)
inputs = [np.random.default_rng(0).uniform(size=(2, *i.shape[1:])).astype("float32") for i in model.inputs]
print(json.dumps(model.predict(inputs if len(inputs) > 1 else inputs[0], verbose=0).tolist()))
"""


@pytest.mark.skipif(len(BACKENDS) < 2, reason="one backend has nothing to differ from")
@pytest.mark.parametrize("name", ["mnist_cnn", "resnet_cifar", "autoencoder"])
def test_predictions_are_the_same_on_every_backend(name: str, tmp_path: Path) -> None:
    archive = tmp_path / f"{name}.keras"
    modelspec.load(ROOT / "configs" / f"{name}.yaml").build(archive)
    found = {backend: predictions(archive, backend) for backend in BACKENDS}
    first = found[BACKENDS[0]]
    assert np.ptp(first) > 0
    for backend in BACKENDS[1:]:
        np.testing.assert_allclose(found[backend], first, rtol=1e-4, atol=1e-5, err_msg=backend)


def predictions(archive: Path, backend: str) -> np.ndarray:
    done = subprocess.run(
        [sys.executable, "-c", PREDICT, str(archive)],
        env={**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return np.array(json.loads(done.stdout.splitlines()[-1]))
