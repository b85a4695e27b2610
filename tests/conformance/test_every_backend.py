"""The conformance suite on the other backends: a part of it always, all of it with `pytest -m slow`."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import keras
import pytest

HERE = Path(__file__).parent
OTHERS = [
    name
    for name in ("jax", "torch", "tensorflow")
    if importlib.util.find_spec(name) and name != keras.backend.backend()
]
LAYER = "test_every_layer.py::test_a_layer_equals_its_twin_with_each_argument_off_its_default"
OBJECT = "test_every_object.py::test_an_object_equals_its_twin_with_each_argument_off_its_default"
COMPILED = (
    "test_every_compile.py::test_an_optimizer_or_schedule_equals_its_twin_with_each_argument_off_its_default"
)
OPERATION = "test_every_operation.py::test_an_operation_equals_its_twin"
PART = (
    *(f"{LAYER}[{name}]" for name in ("BatchNormalization", "Conv2D", "Dense", "Embedding", "GRUCell")),
    *(f"{LAYER}[{name}]" for name in ("LSTM", "MultiHeadAttention", "RandomFlip", "STFTSpectrogram")),
    *(f"{OBJECT}[keras.initializers.{name}]" for name in ("HeNormal", "Orthogonal", "STFT")),
    f"{COMPILED}[keras.optimizers.SGD]",
    *(f"{OPERATION}[{name}]" for name in ("einsum", "image.resize", "where", "top_k")),
    "test_traps_graphs.py::test_trap_20_einsum_where_constants_and_arrays_in_nodes",
    "test_traps_graphs.py::test_trap_22_a_list_of_cells",
)
ALL = (
    "test_every_layer.py",
    "test_every_object.py",
    "test_every_compile.py",
    "test_every_operation.py",
    "test_lookups.py",
    "test_models_and_wrappers.py",
    "test_traps_graphs.py",
)


def run(tests: tuple[str, ...], backend: str) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            *(str(HERE / name) for name in tests),
        ],
        env={**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]


@pytest.mark.parametrize(
    "backend",
    # TensorFlow takes longest to be imported, and opens the archives of other tests anyway.
    [pytest.param(name, marks=pytest.mark.slow) if name == "tensorflow" else name for name in OTHERS],
)
def test_a_part_of_the_suite_holds_on_another_backend(backend):
    run(PART, backend)


@pytest.mark.slow
@pytest.mark.parametrize("backend", OTHERS)
def test_the_whole_suite_holds_on_another_backend(backend):
    run(ALL, backend)
