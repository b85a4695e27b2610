"""An archive written from nothing but the linked data is loaded by Keras without a warning."""

from __future__ import annotations

import io
import json
import zipfile

import h5py
import keras
import numpy as np
from link_builder import GraphBuilder, keras_layer, resolve
from link_oracle import link


def written(linked, path):
    """The archive, each variable drawn by Keras' own initializer."""
    file = io.BytesIO()
    with h5py.File(file, "w") as store:
        for group in linked.groups:
            made = store.require_group(group.address)
            if group.name is not None:
                made.attrs["name"] = group.name
        for variable in linked.variables:
            value = variable.value
            if value is None:
                initializer = keras.initializers.deserialize(variable.initializer)
                value = keras.ops.convert_to_numpy(initializer(variable.shape, dtype=variable.dtype))
            store[variable.address] = value
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": linked.keras_version}))
        archive.writestr("config.json", json.dumps(linked.config))
        archive.writestr("model.weights.h5", file.getvalue())
    return path


def test_a_compiled_model_with_masks_ops_and_nested_models_loads_and_trains(tmp_path):
    b = GraphBuilder(inputs={"ids": {"shape": (6,), "dtype": "int32"}, "x": [4]})
    inner = GraphBuilder("enc", inputs={"i": [4]}, lines=b.lines)
    inner.layer("d", keras_layer("Dense", units=4))
    inner.layer("norm", keras_layer("Normalization"))
    b.layer("emb", keras_layer("Embedding", input_dim=9, output_dim=4, mask_zero=True), "ids")
    b.layer("lstm", keras_layer("Bidirectional", layer=keras_layer("LSTM", units=2)))
    b.model("enc", "x", path="one")
    b.model("enc", "one", path="two")
    b.op("sum", "add", ["lstm", "two"], parameters=("x1", "x2"))
    b.slice("part", (slice(None), slice(0, 3)))
    b.layer("out", keras_layer("Dense", units=1))
    linked = link(resolve(b, inner, compile={"optimizer": "adam", "loss": "mse", "metrics": ["mae"]}))
    model = keras.models.load_model(written(linked, tmp_path / "model.keras"))
    assert model.count_params() == linked.params
    data = [np.ones((3, 6), "int32"), np.ones((3, 4), "float32")]
    before = model.predict(data, verbose=0)
    assert before.shape == (3, 1)
    model.fit(data, np.zeros((3, 1)), verbose=0)
    assert int(model.optimizer.iterations) == 1
    other = [np.array([[1, 2, 0, 0, 0, 0]] * 3, "int32"), data[1]]
    tail = [np.array([[1, 2, 3, 3, 3, 3]] * 3, "int32"), data[1]]
    assert not np.allclose(model.predict(other, verbose=0), model.predict(tail, verbose=0))
