"""Small models as an early release of Keras 3 saves them, and what they predict; run under that release.

    python make_older_files.py FOLDER

`FOLDER/keras3.0.tar.xz` then holds `NAME.keras` for each case and in `cases.json` what it is: every layer
with its number of parameters, the inputs, and what it predicts. Nothing but that Keras with JAX is needed;
the early ones want one before 0.4.36.
"""

import io
import json
import os
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np
from keras import layers, ops

RELEASE = "keras" + ".".join(keras.__version__.split(".")[:2])
CASES = {}


def case(function):
    CASES[function.__name__] = function
    return function


@keras.saving.register_keras_serializable("acme", "Scale")
class Scale(layers.Layer):
    def __init__(self, factor=2.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def build(self, shape):
        self.gain = self.add_weight(shape=(shape[-1],), initializer="ones", name="gain")

    def call(self, x):
        return x * self.gain * self.factor

    def get_config(self):
        return {**super().get_config(), "factor": self.factor}


@case
def chain():
    found = keras.Sequential(
        [
            keras.Input((8, 8, 3), name="image"),
            layers.Rescaling(0.5, offset=-0.25, name="rescale"),
            layers.RandomFlip("horizontal", seed=1, name="flip"),
            layers.RandomRotation(0.1, seed=2, name="turn"),
            layers.Conv2D(4, 3, padding="same", activation="relu", name="conv"),
            layers.BatchNormalization(name="bn"),
            layers.UpSampling2D(2, interpolation="bilinear", name="up"),
            layers.DepthwiseConv2D(3, name="depthwise"),
            layers.LayerNormalization(name="ln"),
            layers.GroupNormalization(2, name="gn"),
            layers.LeakyReLU(0.2, name="leaky"),
            layers.GlobalAveragePooling2D(name="pool"),
            layers.Dense(2, kernel_regularizer="l2", kernel_initializer="orthogonal", name="head"),
        ],
        name="chain",
    )
    found.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(0.01, 10, 0.9)),
        loss=keras.losses.CategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return found


@case
def shared():
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    inner = keras.Input((4,), name="row")
    hidden = layers.Dense(6, activation="gelu", name="hidden")(inner)
    tower = keras.Model(inner, layers.Dense(3, name="code")(hidden), name="tower")
    dense = layers.Dense(4, name="same")
    both = layers.Concatenate(name="both")([tower(dense(a)), tower(dense(b))])
    scaled = Scale(1.5, name="scaled")(both)
    model = keras.Model(
        [a, b],
        {"stars": layers.Dense(1, name="stars")(scaled), "code": layers.Dropout(0.5, name="code")(both)},
        name="shared",
    )
    model.compile("sgd", loss={"stars": "mse", "code": "mae"}, metrics={"stars": ["mae"]})
    return model


@case
def words():
    ids = keras.Input((6,), dtype="int32", name="ids")
    x = layers.Embedding(9, 8, mask_zero=True, name="table")(ids)
    y = layers.Bidirectional(layers.LSTM(3, return_sequences=True), name="both_ways")(x)
    z = layers.MultiHeadAttention(2, 4, name="attend")(y, y)
    z = layers.LayerNormalization(name="norm")(layers.Add(name="again")([y, z]))
    g = layers.GRU(4, name="gru")(z)
    s = layers.RNN([layers.SimpleRNNCell(3), layers.LSTMCell(2)], name="stack")(z)
    d = layers.TimeDistributed(layers.Dense(2), name="each")(z)
    d = layers.Attention(name="dot")([d, d])
    return keras.Model(
        ids, layers.Concatenate(name="all")([g, s, layers.Flatten(name="flat")(d)]), name="words"
    )


@case
def operations():
    x, y = keras.Input((4, 6), name="x"), keras.Input((4, 6), name="y")
    z = x + y
    z = ops.concatenate([z[:, 0], y[:, 1:3, ::2][:, 1]], axis=-1) * 2.0
    z = ops.reshape(ops.relu(z), (-1, 3, 3))
    z = ops.einsum("bij,bjk->bik", z, ops.transpose(z, (0, 2, 1)))
    a = ops.slice(z, (0, 1, 0), (2, 2, 3))
    b = ops.expand_dims(ops.mean(z, axis=-1, keepdims=True) / (1.0 + ops.abs(ops.max(z))), 1)
    return keras.Model([x, y], [a, b, 1.0 - layers.Dense(2, name="head")(z)], name="operations")


def fill(model):
    """Weights that are all different."""
    random = np.random.RandomState(7)
    for weight in model.weights:
        if not str(weight.dtype).startswith("float"):
            continue
        low, high = (0.5, 1.5) if "variance" in weight.path else (-0.6, 0.6)
        weight.assign(random.uniform(low, high, weight.shape).astype("float32"))


def samples(model):
    """Inputs by name; whole numbers for ids, zeros among them."""
    random = np.random.RandomState(11)
    found = {}
    for tensor in model.inputs:
        shape = [2 if size is None else size for size in tensor.shape]
        ids = str(tensor.dtype).startswith("int")
        drawn = random.randint(0, 8, shape) if ids else np.round(random.uniform(-1.0, 1.0, shape), 3)
        if ids:
            drawn[:, 4:] = 0
        found[tensor.name] = drawn
    return found


def described(model, prefix=""):
    """Every layer, those of nested models too."""
    found = []
    for layer in model.layers:
        found.append([prefix + layer.name, type(layer).__name__, layer.count_params()])
        if isinstance(layer, keras.Model):
            found += described(layer, prefix + layer.name + "/")
    return found


def rounded(array):
    return [float(f"{number:.6g}") for number in np.asarray(array).ravel().tolist()]


def record(model):
    given = samples(model)
    outputs = model([given[tensor.name].astype(tensor.dtype) for tensor in model.inputs], training=False)
    if isinstance(outputs, dict):
        outputs = [outputs[key] for key in sorted(outputs)]
    outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    return {
        "params": model.count_params(),
        "layers": described(model),
        "inputs": {name: {"shape": list(x.shape), "values": x.ravel().tolist()} for name, x in given.items()},
        "outputs": [{"shape": list(y.shape), "values": rounded(y)} for y in outputs],
    }


def unpacked(data):
    """An archive whose members are stored, for the outer compression to see what is alike."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as new:
        for member in old.infolist():
            new.writestr(zipfile.ZipInfo(member.filename), old.read(member))
    return made.getvalue()


def main(folder):
    written, records = [], {}
    with tempfile.TemporaryDirectory() as place:
        for name, make in CASES.items():
            keras.utils.clear_session()
            model = make()
            fill(model)
            records[name] = record(model)
            path = Path(place) / f"{name}.keras"
            model.save(path)
            written.append((path.name, unpacked(path.read_bytes())))
    told = {"release": RELEASE, "keras": keras.__version__, "cases": records}
    written.append(("cases.json", json.dumps(told).encode()))
    target = Path(folder) / f"{RELEASE}.tar.xz"
    with tarfile.open(target, "w:xz", preset=9) as archive:
        for name, data in sorted(written):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    print(f"{target}: {len(records)} cases, {target.stat().st_size} bytes")


if __name__ == "__main__":
    main(sys.argv[1])
