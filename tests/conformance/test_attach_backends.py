"""Weights attached to live models on every installed backend."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import attach_saved as nets
import numpy as np
import pytest
from attached_files import opened
from held_to_twin import quick_values

BACKENDS = [name for name in ("jax", "torch", "tensorflow") if importlib.util.find_spec(name)]
PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
folder = sys.argv[2]
import keras
import numpy as np
import attach_saved as nets
import modelspec

with np.load(f"{folder}/values.npz") as stored:
    expected = {name: stored[name] for name in stored.files if not name.startswith("optimizer/")}

def wrong(model):
    found = nets.values(model)
    return [name for name in expected if not np.array_equal(found[name], expected[name])]

for file in ("net.keras", "net.weights.h5", "net.weights.json"):
    model = nets.fill(nets.net(changed=True), seed=2)
    plan = modelspec.attach(model, f"{folder}/{file}", missing="init")
    assert wrong(model) == [], (file, wrong(model))
    assert {row.status for row in plan.rows} == {"loaded", "kept"}, plan
model = nets.fill(nets.net(), seed=2)
modelspec.attach(model, f"{folder}/net.keras", optimizer=True)
assert wrong(model) == []
before = [np.array(keras.ops.convert_to_numpy(one.value)) for one in model.weights]
try:
    modelspec.attach(model, {"head/kernel": np.zeros((6, 3))}, only="head/kernel")
except modelspec.SpecError:
    pass
else:
    raise AssertionError("a shape that differs was taken")
for one, value in zip(model.weights, before):
    assert np.array_equal(keras.ops.convert_to_numpy(one.value), value)
x = np.random.default_rng(0).random((2, 5, 8)).astype("float32")
assert model.predict(x, verbose=0).shape == (2, 2)
model.save_weights(f"{folder}/back.weights.h5")
print(keras.backend.backend())
"""


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
def test_live_models_of_every_backend_take_what_keras_saved(tmp_path: Path, backend: str) -> None:
    with quick_values():
        nets.save(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(Path(__file__).parent), str(tmp_path)],
        env={**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.split()[-1] == backend
    # And what that backend saved of it is the same to this one.
    model = opened(tmp_path / "net.keras")
    expected = nets.values(model)
    model.load_weights(tmp_path / "back.weights.h5")
    for name, value in nets.values(model).items():
        np.testing.assert_array_equal(value, expected[name])
