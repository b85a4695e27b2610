"""The dict and the table of variables are the same on every backend that is installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

HERE = Path(__file__).parent
INSTALLED = [name for name in ("jax", "torch", "tensorflow") if find_spec(name)]

PROGRAM = """
import json, os, sys
sys.path.insert(0, sys.argv[1])
import conftest
from link_builder import GraphBuilder, keras_layer, resolve
from link_oracle import link

def models():
    b = GraphBuilder(inputs={"image": [16, 16, 3], "ids": {"shape": (6,), "dtype": "int32"}})
    b.layer("re", keras_layer("Rescaling", scale=0.5, offset=0.0), "image")
    b.layer("norm", keras_layer("Normalization"))
    b.layer("conv", keras_layer("Conv2D", filters=4, kernel_size=3))
    b.layer("bn", keras_layer("BatchNormalization"))
    b.op("act", "relu", parameters=("x",))
    b.layer("pool", keras_layer("GlobalAveragePooling2D"))
    b.layer("emb", keras_layer("Embedding", input_dim=9, output_dim=4, mask_zero=True), "ids")
    b.layer("bi", keras_layer("Bidirectional", layer=keras_layer("LSTM", units=3)))
    both = (("query", "emb"), ("value", "emb"))
    b.layer("mha", keras_layer("MultiHeadAttention", num_heads=2, key_dim=3), both)
    b.slice("first", (slice(None), 0))
    b.layer("drop", keras_layer("Dropout", rate=0.5))
    b.layer("sn", keras_layer("SpectralNormalization", layer=keras_layer("Dense", units=3)))
    b.layer("cat", keras_layer("Concatenate"), ["pool", "bi", "sn"])
    b.layer("out", keras_layer("Dense", units=2))
    yield resolve(b, compile={"optimizer": {"module": "keras.optimizers", "class_name": "AdamW",
        "config": {"weight_decay": 0.01}, "registered_name": None}, "loss": "mse", "metrics": [
            "mae", {"module": "keras.metrics", "class_name": "MeanIoU",
            "config": {"num_classes": 2}, "registered_name": None}]})
    b = GraphBuilder(inputs={"x": {"batch_shape": (2, 5, 4)}})
    b.layer("r", keras_layer("GRU", units=3, stateful=True))
    yield resolve(b, dtype="mixed_bfloat16", compile={"optimizer": {"module": "keras.optimizers",
        "class_name": "SGD", "config": {"momentum": 0.9}, "registered_name": None}, "loss": "mse"})

for resolved in models():
    linked = link(resolved)
    print(json.dumps(linked.config))
    for v in linked.variables:
        value = None if v.value is None else [str(v.value.dtype), v.value.tolist()]
        row = [v.address, v.owner, v.below, v.name, v.shape, v.dtype, v.trainable, v.initializer, value]
        print(json.dumps(row))
    print(json.dumps([[r.path, r.class_name, r.output_shape, r.dtype, r.params] for r in linked.rows]))
if os.environ["KERAS_BACKEND"] != "tensorflow":
    assert "tensorflow" not in sys.modules, "TensorFlow was imported beside another backend"
"""


@pytest.mark.skipif(len(INSTALLED) < 2, reason="needs a second backend")
def test_every_backend_links_to_the_same_bytes():
    said = {}
    for name in INSTALLED:
        environ = {**os.environ, "KERAS_BACKEND": name}
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(HERE)],
            capture_output=True,
            text=True,
            env=environ,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        said[name] = done.stdout.splitlines()
    first = said[INSTALLED[0]]
    for name in INSTALLED[1:]:
        for one, two in zip(first, said[name], strict=True):
            assert json.loads(one) == json.loads(two)
        assert first == said[name]


@pytest.mark.skipif(
    "tensorflow" not in INSTALLED or len(INSTALLED) < 2, reason="needs TensorFlow and another"
)
def test_tensorflow_is_there_beside_another_backend_for_a_class_that_needs_it():
    code = """
import sys
sys.path.insert(0, sys.argv[1])
import conftest, keras
from link_builder import GraphBuilder, keras_layer, resolve
from link_oracle import link
b = GraphBuilder(inputs={"word": {"shape": (1,), "dtype": "string"}})
b.layer("lookup", keras_layer("StringLookup", vocabulary=["a", "b"]))
b.layer("emb", keras_layer("Embedding", input_dim=4, output_dim=2))
linked = link(resolve(b))
assert linked.params == 8
assert "tensorflow" in sys.modules
"""
    environ = {**os.environ, "KERAS_BACKEND": next(name for name in INSTALLED if name != "tensorflow")}
    command = [sys.executable, "-c", code, str(HERE)]
    done = subprocess.run(command, capture_output=True, text=True, env=environ, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
