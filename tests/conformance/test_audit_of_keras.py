"""What Keras writes of harmless models passes the audit: the allowlist refuses none of its own."""

from __future__ import annotations

import json
from pathlib import Path

import keras
import numpy as np
import pytest

import modelspec
from modelspec.catalog.load import newest_packaged_catalog
from modelspec.catalog.safety.judge import PATH_ARGUMENTS, judge
from modelspec.catalog.safety.names import MARKERS
from modelspec.compiler.audit import audit_file

CONFIGS = sorted((Path(__file__).parents[2] / "configs").glob("*.yaml"))


def findings(model: object) -> list[object]:
    tree = json.loads(json.dumps(keras.saving.serialize_keras_object(model)))
    return list(judge(tree, newest_packaged_catalog()))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_what_we_build_passes(tmp_path, path):
    if path.stem not in {"mnist_cnn", "gpt", "wide_and_deep", "wavenet"}:
        config = json.loads(json.dumps(modelspec.load(path).config()))
        assert [*judge(config, newest_packaged_catalog())] == []
        return
    modelspec.load(path).build(tmp_path / "net.keras")
    audit = audit_file(tmp_path / "net.keras")
    assert (audit.form, audit.problems) == ("Keras archive", ())


APPLICATIONS = sorted(
    name
    for name in dir(keras.applications)
    if name[0].isupper() and callable(getattr(keras.applications, name))
)


@pytest.mark.parametrize(
    "name",
    [
        name if name in {"MobileNetV2", "ConvNeXtTiny"} else pytest.param(name, marks=pytest.mark.slow)
        for name in APPLICATIONS
    ],
)
def test_every_application_of_keras_passes(name):
    with keras.StatelessScope(initialize_variables=False):
        model = getattr(keras.applications, name)(weights=None)
    assert findings(model) == []


def everything() -> keras.Model:
    """Ops, slices, masks, wrappers, cells, a nested model, a schedule, losses and metrics."""
    tokens = keras.Input((6,), dtype="int32", name="tokens")
    image = keras.Input((8, 8, 3), name="image")
    x = keras.layers.Embedding(10, 4, mask_zero=True)(tokens)
    x = keras.layers.Bidirectional(keras.layers.LSTM(3, return_sequences=True, dtype="mixed_bfloat16"))(x)
    x = keras.layers.RNN([keras.layers.GRUCell(3), keras.layers.LSTMCell(3)])(x)
    inner = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(2, 3), keras.layers.Flatten()])
    y = keras.layers.SpectralNormalization(keras.layers.Dense(3, activation=keras.activations.gelu))(
        inner(image)
    )
    y = keras.ops.concatenate([y[:, :2], keras.ops.einsum("ab,ab->ab", y, y)], axis=-1)
    y = keras.ops.where(y > 0.5, y, np.zeros((5,), "float32"))
    out = keras.layers.Dense(1, kernel_regularizer=keras.regularizers.L1L2(), kernel_constraint="unit_norm")(
        keras.layers.Concatenate()([x, y])
    )
    model = keras.Model({"tokens": tokens, "image": image}, {"o": out})
    model.compile(
        keras.optimizers.AdamW(keras.optimizers.schedules.CosineDecay(1e-3, 10)),
        loss={"o": keras.losses.Huber()},
        metrics={"o": ["mae", keras.metrics.MeanAbsoluteError(), keras.losses.mean_squared_error]},
    )
    return model


@pytest.mark.slow  # a model with a layer of each kind, trained for a step
def test_an_archive_that_keras_saved_passes(tmp_path):
    model = everything()
    model.fit(
        {"tokens": np.ones((2, 6), "int32"), "image": np.ones((2, 8, 8, 3), "float32")},
        {"o": np.ones((2, 1), "float32")},
        verbose=0,
    )
    model.save(tmp_path / "net.keras")
    assert audit_file(tmp_path / "net.keras").problems == ()
    model.save_weights(tmp_path / "net.weights.h5")
    assert audit_file(tmp_path / "net.weights.h5").problems == ()


def test_sharded_weights_that_keras_saved_pass(tmp_path):
    model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(64), keras.layers.Dense(64)])
    model.save_weights(tmp_path / "net.weights.json", max_shard_size=2e-5)
    assert len([*tmp_path.glob("*.h5")]) > 1
    audit = audit_file(tmp_path / "net.weights.json")
    assert (audit.form, audit.problems) == ("JSON file", ())


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16", "int8", "bool"])
def test_weights_of_every_dtype_pass(tmp_path, dtype):
    import h5py
    import ml_dtypes

    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4, dtype="bfloat16")])
    model.save_weights(tmp_path / "net.weights.h5")
    assert audit_file(tmp_path / "net.weights.h5").problems == ()
    kind = ml_dtypes.bfloat16 if dtype == "bfloat16" else dtype
    array = np.zeros((2, 3), kind)
    with h5py.File(tmp_path / "x.weights.h5", "w") as file:
        file["x"] = array.view("V2") if dtype == "bfloat16" else array
    assert audit_file(tmp_path / "x.weights.h5").problems == ()
    if dtype != "bfloat16":
        for save in (np.savez, np.savez_compressed):
            save(tmp_path / "x.npz", a=array, b=np.float32(1))
            assert audit_file(tmp_path / "x.npz").problems == ()


def test_a_safetensors_file_passes(tmp_path):
    numpy = pytest.importorskip("safetensors.numpy")
    arrays = {"a": np.zeros((2, 3), "float32"), "b": np.ones(5, "int64"), "c": np.zeros((), "float16")}
    numpy.save_file(arrays, tmp_path / "x.safetensors", metadata={"format": "np"})
    audit = audit_file(tmp_path / "x.safetensors")
    assert (audit.form, audit.problems) == ("safetensors file", ())


@pytest.mark.filterwarnings("ignore:Layer InputLayer does not have a `quantize` method")
def test_a_quantized_model_and_one_with_adapters_pass(tmp_path):
    model = keras.Sequential(
        [keras.Input((8,)), keras.layers.Dense(8), keras.layers.EinsumDense("ab,bc->ac", 8)]
    )
    model.layers[1].enable_lora(2)
    model.save(tmp_path / "lora.keras")
    assert audit_file(tmp_path / "lora.keras").problems == ()
    model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(8)])
    model.quantize("int8")
    model.save(tmp_path / "int8.keras")
    assert audit_file(tmp_path / "int8.keras").problems == ()


@keras.saving.register_keras_serializable("audit_of_keras")
def doubled(x):
    return 2 * x


@keras.saving.register_keras_serializable("audit_of_keras")
class Pool(keras.layers.Layer):
    def call(self, x):
        return keras.ops.mean(x, axis=1)


def test_an_archive_with_registered_objects_passes_and_names_them(tmp_path):
    x = keras.Input((4, 4))
    model = keras.Model(x, keras.layers.Lambda(doubled)(Pool()(x)))
    model.save(tmp_path / "net.keras")
    audit = audit_file(tmp_path / "net.keras")
    assert audit.passed
    assert audit.needs == ("audit_of_keras>Pool", "audit_of_keras>doubled")
    lambdas = keras.Model(x, keras.layers.Lambda(lambda x: x)(x))
    lambdas.save(tmp_path / "code.keras")
    assert [item.code for item in audit_file(tmp_path / "code.keras").problems] == ["unsafe-object"]


def keras_classes() -> dict[str, object]:
    from keras.src.saving.keras_saveable import KerasSaveable

    found: dict[str, object] = {}
    todo = [KerasSaveable]
    while todo:
        for cls in todo.pop().__subclasses__():
            if cls.__module__.startswith("keras."):
                found[f"{cls.__module__}.{cls.__name__}"] = cls
                todo.append(cls)
    return found


def test_every_operation_that_keras_writes_is_on_the_list():
    """By the private names under which Keras writes them."""
    names = [
        name
        for name, cls in keras_classes().items()
        if name.startswith("keras.src.ops.") and cls.__name__ not in {"Operation", "Function"}
    ]
    assert len(names) > 250
    for name in names:
        module, _, short = name.rpartition(".")
        node = {"module": module, "class_name": short, "config": {}, "registered_name": short}
        assert [*judge(node, newest_packaged_catalog())] == [], name


def test_no_class_of_keras_takes_a_path_that_the_judge_does_not_know():
    """A release that adds such an argument fails here."""
    words = ("path", "file", "dir", "url", "vocab", "idf")
    catalog = newest_packaged_catalog()
    known = {"TFSMLayer": frozenset({"filepath"}), **PATH_ARGUMENTS}
    for short in catalog.class_names():
        for entry in catalog.find(short):
            if entry.family == "callback":  # which is no name in a model
                continue
            found = {name for name in entry.arguments if any(word in name for word in words)}
            harmless = {"vocabulary_dtype", "vocabulary_size", "drop_path_rate"}
            assert found - harmless <= known.get(entry.short, frozenset()), short


def test_the_markers_are_those_that_keras_reads():
    import inspect

    from keras.src.saving import serialization_lib

    source = inspect.getsource(serialization_lib.deserialize_keras_object)
    assert all(f'"{marker}"' in source for marker in MARKERS)
    import re

    read = set(re.findall(r'"(__\w+__)"', source))
    assert read == {*MARKERS, "__lambda__", "__typespec__"}
