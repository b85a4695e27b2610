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
NAMES = ("mnist_cnn", "autoencoder")
PREDICT = """
import json, sys, warnings
warnings.simplefilter("error", UserWarning)
import keras
import numpy as np
for path in sys.argv[1:]:
    model = keras.saving.load_model(path, safe_mode=True)
    values = np.random.default_rng(0).uniform(size=(2, *model.inputs[0].shape[1:])).astype("float32")
    print(json.dumps(model.predict(values, verbose=0).tolist()))
"""


@pytest.mark.skipif(len(BACKENDS) < 2, reason="one backend has nothing to differ from")
def test_predictions_are_the_same_on_every_backend(tmp_path: Path) -> None:
    archives = [tmp_path / f"{name}.keras" for name in NAMES]
    for name, archive in zip(NAMES, archives, strict=True):
        modelspec.load(ROOT / "configs" / f"{name}.yaml").build(archive)
    found = {backend: predictions(archives, backend) for backend in BACKENDS}
    for position, name in enumerate(NAMES):
        first = found[BACKENDS[0]][position]
        assert np.ptp(first) > 0
        for backend in BACKENDS[1:]:
            other = found[backend][position]
            np.testing.assert_allclose(other, first, rtol=1e-4, atol=1e-5, err_msg=f"{name}, {backend}")


def predictions(archives: list[Path], backend: str) -> list[np.ndarray]:
    done = subprocess.run(
        [sys.executable, "-c", PREDICT, *map(str, archives)],
        env={**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [np.array(json.loads(line)) for line in done.stdout.splitlines() if line.startswith("[")]
