"""Two builds of a document are the same bytes: in any process, under any hash seed, on any backend."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import modelspec

PACKAGE = Path(modelspec.__file__).parents[1]
ROOT = Path(__file__).parents[2]
BACKENDS = tuple(name for name in ("jax", "torch", "tensorflow") if find_spec(name) is not None)

# What a set or a dict could disorder: many classes, blocks, models, outputs, a compiled optimizer, patterns.
VARIED = """
modelspec: 1
name: varied
vars: {width: 8, act: {LeakyReLU: {negative_slope: 0.2}}}
defaults:
  Dense: {use_bias: false, kernel_regularizer: {L2: {l2: 1e-4}}, kernel_initializer: he_normal}
  Dropout: {rate: 0.1, seed: 3}
blocks:
  gate:
    inputs: [signal, control]
    params: {units: 4}
    layers:
      - Dense: {units: $units, activation: sigmoid}
        name: weights
        from: control
      - Multiply:
        name: gated
        from: [signal, weights]
models:
  tower:
    inputs: {t: [8]}
    layers: [{Dense: {units: 4, activation: $act}}, Dropout, {Dense: {units: 4}}]
  other: {inputs: {t: [8]}, layers: [{Dense: {units: 4}}, BatchNormalization]}
inputs: {x: [8], y: [null, 8]}
layers:
  - {tower: null, name: t, from: x}
  - {other: null, name: o, from: x}
  - {gate: {units: 4}, name: g, from: {signal: t, control: o}}
  - {MultiHeadAttention: {num_heads: 2, key_dim: 4}, name: mha, from: {query: y, value: y}}
  - {Bidirectional: {layer: {LSTM: {units: 4}}}, name: rnn}
  - {Dense: {units: $(w * width)}, each: {w: [1, 2]}, from: rnn}
  - {ops.tanh: null, name: squashed}
outputs: {gate: g, states: squashed}
compile:
  optimizer: {AdamW: {learning_rate: {CosineDecay: {initial_learning_rate: 0.1, decay_steps: 100}}}}
  loss: {gate: mse, states: mae}
  metrics: {gate: [mae, mse], states: [mse]}
weights: {seed: 3, freeze: ["tower/**"]}
meta: {tags: [b, a], author: {name: someone}}
"""
SEQUENTIAL = """
modelspec: 1
class: Sequential
inputs: {x: [12, 12, 3]}
layers:
  - Rescaling: {scale: $(1 / 255)}
  - Conv2D: {filters: 4, kernel_size: 3, kernel_initializer: orthogonal}
  - GroupNormalization: {groups: 2}
  - Flatten
  - Dense: {units: 3, kernel_initializer: {VarianceScaling: {distribution: truncated_normal}}}
compile: {optimizer: sgd, loss: mse}
"""


def builds(folder: Path, backend: str, hash_seed: str) -> dict[str, str]:
    """The hashes of the archives of all documents, built in a process of their own."""
    target = folder / f"{backend}-{hash_seed}"
    env = {**os.environ, "PYTHONHASHSEED": hash_seed, "MODELSPEC_CACHE": str(target / "cache")}
    env["PYTHONPATH"] = os.pathsep.join(filter(None, [str(PACKAGE), env.get("PYTHONPATH")]))
    env.pop("SOURCE_DATE_EPOCH", None)
    documents = sorted(path.name for path in folder.glob("*.yaml"))
    command = [sys.executable, "-m", "modelspec", "build", *documents, "-o", f"{target}/", "--no-cache"]
    done = subprocess.run(
        [*command, "--backend", backend, "--format", "concise"],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env=env,
    )
    assert done.returncode == 0, done.stderr
    found = [line for line in done.stderr.splitlines() if ".yaml" in line]  # TensorFlow writes there, too
    assert found == []
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(target.glob("*.keras"))
    }


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bytes")
    (folder / "varied.yaml").write_text(VARIED)
    (folder / "sequential.yaml").write_text(SEQUENTIAL)
    for name in ("mnist_cnn", "two_tower"):
        (folder / f"{name}.yaml").write_text((ROOT / "configs" / f"{name}.yaml").read_text())
    return folder


@pytest.fixture(scope="module")
def first(documents: Path) -> dict[str, str]:
    return builds(documents, BACKENDS[0], "0")


def test_every_document_gives_an_archive_of_its_own(documents, first):
    assert len(first) == len(set(first.values())) == len(list(documents.glob("*.yaml")))


def test_another_process_with_another_hash_seed_builds_the_same_bytes(documents, first):
    assert builds(documents, BACKENDS[0], "1") == first


@pytest.mark.parametrize("backend", BACKENDS[1:])
def test_another_backend_builds_the_same_bytes(documents, first, backend):
    assert builds(documents, backend, "2") == first
