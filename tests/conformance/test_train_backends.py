"""Training on the other backends: a run in parts is the run at once, and its archive loads on JAX."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import keras
import numpy as np
import pytest

import modelspec

NET = """\
modelspec: 1
inputs: {a: [6], b: [6]}
layers:
  - Dense: {units: 8, activation: relu}
    from: a
  - BatchNormalization
  - Dropout: {rate: 0.3}
  - Dense: {units: 3}
    name: kind
  - Dense: {units: 1}
    from: b
    name: size
outputs: [kind, size]
compile:
  optimizer: {Adam: {learning_rate: 0.01}}
  loss: {kind: {SparseCategoricalCrossentropy: {from_logits: true}}, size: mse}
train:
  data: {file: d.npz, x: {b: x, a: x}, y: {size: size, kind: kind}, validation: 0.2}
  fit:
    epochs: 2
    batch_size: 16
    callbacks: [{EarlyStopping: {patience: 5, restore_best_weights: true}}]
"""
PROGRAM = """\
import sys
import modelspec

whole = modelspec.train("net.yaml", "whole.keras")
modelspec.train("net.yaml", "part.keras", overrides={"train.fit.epochs": 1})
part = modelspec.train("net.yaml", "part.keras", resume=True)
assert part.begun == 1, part
assert part.metrics == whole.metrics, (part.metrics, whole.metrics)
assert open("part.keras", "rb").read() == open("whole.keras", "rb").read()
import keras
print(keras.config.backend(), sorted(whole.metrics))
"""


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_a_run_in_parts_is_the_run_at_once(backend: str, tmp_path: Path) -> None:
    if find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    random = np.random.RandomState(0)
    x = random.normal(size=(80, 6))
    np.savez(tmp_path / "d.npz", x=x, kind=(x[:, 0] > 0) + (x[:, 1] > 0).astype(int), size=x.sum(axis=1))
    (tmp_path / "net.yaml").write_text(NET)
    package = Path(modelspec.__file__).parents[1]
    path = os.pathsep.join(filter(None, [str(package), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "KERAS_BACKEND": backend, "PYTHONPATH": path},
    )
    assert done.returncode == 0, done.stderr
    assert (
        done.stdout
        == f"{backend} ['kind_loss', 'loss', 'size_loss', 'val_kind_loss', 'val_loss', 'val_size_loss']\n"
    )
    model = keras.saving.load_model(tmp_path / "whole.keras", safe_mode=True)
    assert int(model.optimizer.iterations) == 2 * 4
    assert all(np.isfinite(value).all() for value in model.get_weights())
