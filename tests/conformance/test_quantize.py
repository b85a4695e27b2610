"""`weights.quantize` beside twins on which `quantize` was called, with the same values."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import pytest
from changed_twins import COMPILED, datasets, document, plain_twin, sample, target_config

import modelspec

QUANTIZED = ("Dense", "Dense-bare", "Dense-bfloat16", "EinsumDense", "Embedding", "TimeDistributed")
HOLDING = ("MultiHeadAttention", "GroupQueryAttention")
MODES = ("int8", "int4", "float8")
CASES = [
    (name, mode)
    for name in (*QUANTIZED, *HOLDING)
    for mode in MODES
    if (name, mode) != ("Embedding", "float8")
]


def _is_quick(name: str, mode: str) -> bool:
    """Of layers that hold others one is always tried, in one mode: each takes Keras ten seconds."""
    return name in QUANTIZED or (name, mode) == ("MultiHeadAttention", "int8")


def quantized(model: keras.Model, mode: str) -> keras.Model:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of layers that Keras passes over
        model.quantize(mode)
    return model


def asking(mode: str, layers: str = "['**']") -> str:
    return f", quantize: {{layers: {layers}, mode: {mode}}}"


@pytest.mark.parametrize(
    ("name", "mode"),
    [case if _is_quick(*case) else pytest.param(*case, marks=pytest.mark.slow) for case in CASES],
)
def test_an_archive_of_quantized_layers_is_that_of_the_twin(name: str, mode: str, tmp_path: Path) -> None:
    twin = quantized(plain_twin(name, tmp_path), mode)
    twin.save(tmp_path / "twin.keras")
    ours = document(name, asking(mode))
    ours.build(tmp_path / "ours.keras")
    assert datasets(tmp_path / "ours.keras") == datasets(tmp_path / "twin.keras")
    kept, wanted = (target_config(tmp_path / file) for file in ("ours.keras", "twin.keras"))
    differing = {key for key in kept.keys() | wanted.keys() if kept.get(key) != wanted.get(key)}
    assert differing == ({"dtype"} if name in HOLDING else set())
    assert ours.params == twin.count_params()
    loaded = keras.saving.load_model(tmp_path / "ours.keras", safe_mode=True)
    batch = sample(twin)
    np.testing.assert_array_equal(loaded.predict(batch, verbose=0), twin.predict(batch, verbose=0))


@pytest.mark.parametrize("name", HOLDING)
def test_keras_does_not_load_its_own_archive_of_layers_quantized_inside_another(
    name: str, tmp_path: Path
) -> None:
    quantized(plain_twin(name, tmp_path), "int8").save(tmp_path / "twin.keras")
    with pytest.raises(ValueError, match="could not be loaded"):
        keras.saving.load_model(tmp_path / "twin.keras", safe_mode=True)


@pytest.mark.parametrize("mode", MODES)
def test_a_compiled_model_has_the_optimizer_of_what_still_trains(mode: str, tmp_path: Path) -> None:
    twin = quantized(plain_twin("Dense", tmp_path), mode)
    twin.compile("adam", "mse")
    twin.optimizer.build(twin.trainable_variables)
    twin.save(tmp_path / "twin.keras")
    document("Dense", asking(mode), rest=COMPILED).build(tmp_path / "ours.keras")
    assert datasets(tmp_path / "ours.keras") == datasets(tmp_path / "twin.keras")


def test_layers_inside_one_are_chosen_by_their_attributes(tmp_path: Path) -> None:
    document("MultiHeadAttention", asking("int8", "['target/query_dense']")).build(tmp_path / "net.keras")
    loaded = keras.saving.load_model(tmp_path / "net.keras", safe_mode=True)
    kinds = {
        key.rpartition("/vars/")[0].rpartition("/")[2]
        for key, found in datasets(tmp_path / "net.keras").items()
        if found[0] == "|i1"
    }
    assert kinds == {"query_dense"}
    assert loaded.get_layer("target").built


def test_a_config_of_keras_says_how(tmp_path: Path) -> None:
    ours = document(
        "Dense", ", quantize: {layers: ['**'], config: {Int4QuantizationConfig: {block_size: 2}}}"
    )
    ours.build(tmp_path / "ours.keras")
    twin = plain_twin("Dense", tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        twin.quantize(config=keras.quantizers.Int4QuantizationConfig(block_size=2))
    twin.save(tmp_path / "twin.keras")
    assert datasets(tmp_path / "ours.keras") == datasets(tmp_path / "twin.keras")
    kept, wanted = (target_config(tmp_path / file) for file in ("ours.keras", "twin.keras"))
    assert kept == wanted


@pytest.mark.parametrize("mode", ["int8", "int4"])
@pytest.mark.parametrize("name", ["Dense", "EinsumDense", "Embedding"])
def test_quantized_layers_take_adapters(name: str, mode: str, tmp_path: Path) -> None:
    twin = quantized(plain_twin(name, tmp_path), mode)
    twin.save(tmp_path / "twin.keras")
    document(name, asking(mode) + ", lora: {layers: ['**'], rank: 2}").build(tmp_path / "ours.keras")
    assert datasets(tmp_path / "ours.keras") == datasets(tmp_path / "twin.keras")
    # With adapters Keras would quantize once more when it saves, and move the scales by a rounding.
    twin.get_layer("target").enable_lora(2)
    twin.save(tmp_path / "twin.keras")
    kept, wanted = (target_config(tmp_path / file) for file in ("ours.keras", "twin.keras"))
    assert kept == wanted
    loaded = keras.saving.load_model(tmp_path / "ours.keras", safe_mode=True)
    assert loaded.get_layer("target").lora_enabled
    assert loaded.get_layer("target").quantization_mode == mode


def test_a_quantized_archive_is_the_same_from_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODELSPEC_CACHE", str(tmp_path / "cache"))
    text = (
        "modelspec: 1\ninputs: {x: [5, 8]}\nlayers:\n"
        "  - EinsumDense: {equation: 'abc,cd->abd', output_shape: [5, 4]}\n"
        "  - Dense: {units: 3}\nweights: {quantize: {layers: ['**'], mode: int8}}"
    )
    first = modelspec.loads(text).build(tmp_path / "first.keras")
    again = modelspec.loads(text).build(tmp_path / "again.keras")
    assert (first.from_cache, again.from_cache) == (False, True)
    assert (tmp_path / "first.keras").read_bytes() == (tmp_path / "again.keras").read_bytes()
    other = modelspec.loads(text.replace("int8", "int4")).build(tmp_path / "other.keras")
    assert not other.from_cache


def test_values_of_a_nested_archive_are_quantized(tmp_path: Path) -> None:
    source = plain_twin("Dense", tmp_path)
    source.get_layer("target").kernel.assign(np.linspace(-1, 1, 15).reshape(3, 5))
    source.save(tmp_path / "source.keras")
    (tmp_path / "net.yaml").write_text(
        "modelspec: 1\ninputs: {x: [3]}\nmodels: {old: {file: source.keras}}\nlayers: [old]\n"
        "weights: {quantize: {layers: ['**'], mode: int8}}"
    )
    modelspec.load(tmp_path / "net.yaml").build(tmp_path / "net.keras")
    loaded = keras.saving.load_model(tmp_path / "net.keras", safe_mode=True)
    wanted = quantized(source, "int8").predict(sample(source), verbose=0)
    np.testing.assert_array_equal(loaded.predict(sample(source), verbose=0), wanted)


@pytest.fixture
def held() -> Iterator[None]:
    """A class of one's own that holds a layer whose values a function of one's own gives."""
    registered = keras.saving.get_custom_objects()
    before = dict(registered)

    @keras.saving.register_keras_serializable("changed")
    def quarters(shape, dtype=None):
        return keras.ops.full(shape, 0.25, dtype)

    @keras.saving.register_keras_serializable("changed")
    class Held(keras.layers.Layer):
        def __init__(self, units, **kwargs):
            super().__init__(**kwargs)
            self.units = units
            # Keras finds the policy of an inner layer by its name, and counts the names that it gives itself.
            self.inner = keras.layers.Dense(
                units, kernel_initializer=quarters, dtype=self.dtype_policy, name="inner"
            )

        def build(self, shape):
            self.inner.build(shape)

        def call(self, x):
            return self.inner(x)

        def get_config(self):
            return {**super().get_config(), "units": self.units}

    yield
    registered.clear()
    registered.update(before)


@pytest.mark.usefixtures("held")
def test_a_layer_inside_a_class_of_ones_own_is_quantized_with_its_values(tmp_path: Path) -> None:
    text = (
        "modelspec: 1\ninputs: {x: [3]}\nlayers: [{changed>Held: {units: 4}}]\n"
        "weights: {quantize: {layers: ['**/inner'], mode: int8}}"
    )
    modelspec.loads(text).build(tmp_path / "net.keras")
    loaded = keras.saving.load_model(tmp_path / "net.keras", safe_mode=True)
    assert {str(variable.dtype) for variable in loaded.variables} == {"int8", "float32"}
    found = loaded.predict(np.ones((1, 3), "float32"), verbose=0)
    np.testing.assert_allclose(found, np.full((1, 4), 0.75), rtol=1e-5)


def test_a_layer_whose_compute_dtype_is_too_narrow_is_told_once() -> None:
    text = (
        "modelspec: 1\ninputs: {x: [5, 8]}\ndtype: mixed_float16\nlayers:\n"
        "  - MultiHeadAttention: {num_heads: 2, key_dim: 4}\n    name: one\n    from: {query: x, value: x}\n"
        "weights: {quantize: {layers: ['**'], mode: int8}}"
    )
    with pytest.raises(modelspec.SpecError, match="cannot be quantized") as caught:
        modelspec.loads(text).check()
    assert [(found.code, found.place.line) for found in caught.value.diagnostics] == [("keras-refused", 5)]


def test_an_entry_that_quantizes_nothing_is_an_error() -> None:
    with pytest.raises(modelspec.SpecError) as caught:
        document("Embedding", asking("float8")).check()
    assert [found.code for found in caught.value.diagnostics] == ["unfit-layers"]


def test_int4_and_int8_say_which_keras_opens_them(tmp_path: Path) -> None:
    text = (
        "modelspec: 1\ninputs: {x: [3]}\nlayers: [{Dense: {units: 4}}]\n"
        "weights: {quantize: {layers: ['**'], mode: MODE}}"
    )
    for mode, floor, older in (("int8", "3.13", "keras>=3.12"), ("int4", "3.14", "keras>=3.13")):
        said = text.replace("MODE", mode)
        assert modelspec.loads(said).build(tmp_path / "net.keras").floor == floor
        with pytest.raises(modelspec.SpecError) as caught:
            modelspec.loads(said, target=older).check()
        assert {found.code for found in caught.value.diagnostics} == {"newer-keras"}


BUILD = """
import json, sys
import modelspec
for text, path in json.load(sys.stdin):
    modelspec.loads(text, use_cache=False, target="installed", backend=sys.argv[1]).build(path)
"""


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_an_archive_is_the_same_whichever_backend_quantizes(backend: str, tmp_path: Path) -> None:
    pytest.importorskip(backend)
    documents = {f"{name}-{mode}": document(name, asking(mode)) for name, mode in CASES}
    wanted = {key: one.build(tmp_path / f"{key}.keras").path.read_bytes() for key, one in documents.items()}
    given = [
        (one.text.source.text, str(tmp_path / f"{key}-{backend}.keras")) for key, one in documents.items()
    ]
    done = subprocess.run(
        [sys.executable, "-c", BUILD, backend],
        input=json.dumps(given),
        env={**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    differing = [key for key in wanted if (tmp_path / f"{key}-{backend}.keras").read_bytes() != wanted[key]]
    assert differing == []
