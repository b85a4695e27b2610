"""`weights.lora` beside twins on which `enable_lora` was called."""

from __future__ import annotations

import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest
from changed_twins import COMPILED, datasets, document, plain_twin, sample, target_config

import modelspec
from modelspec.catalog.without_lora import without_lora

TAKES = ("Dense", "Dense-bare", "Dense-bfloat16", "EinsumDense", "Embedding", "Conv1D", "Conv2D", "Conv3D")
LORA = ", lora: {layers: ['**'], rank: 2, alpha: 4}"
FORGETS_ALPHA = {"Dense", "Dense-bare", "Dense-bfloat16", "Embedding", "TimeDistributed"}


def inner(model: keras.Model) -> keras.layers.Layer:
    layer = model.get_layer("target")
    return getattr(layer, "layer", layer)


def numbers(variables: list[keras.Variable]) -> int:
    return sum(int(np.prod(variable.shape)) for variable in variables)


@pytest.mark.parametrize("rest", ["", COMPILED], ids=["plain", "compiled"])
@pytest.mark.parametrize("name", [*TAKES, "TimeDistributed"])
def test_an_archive_with_adapters_is_that_of_the_twin(name: str, rest: str, tmp_path: Path) -> None:
    twin = plain_twin(name, tmp_path)
    inner(twin).enable_lora(2, lora_alpha=4)
    if rest:
        twin.compile("adam", "mse")
        twin.optimizer.build(twin.trainable_variables)
    twin.save(tmp_path / "twin.keras")
    ours = document(name, LORA, rest=rest)
    ours.build(tmp_path / "ours.keras")
    assert datasets(tmp_path / "ours.keras") == datasets(tmp_path / "twin.keras")
    kept, wanted = (target_config(tmp_path / file) for file in ("ours.keras", "twin.keras"))
    assert kept == wanted
    assert ours.params == twin.count_params()
    loaded = keras.saving.load_model(tmp_path / "ours.keras", safe_mode=True)
    assert numbers(loaded.trainable_variables) == numbers(twin.trainable_variables)


@pytest.mark.parametrize("name", [*TAKES, "TimeDistributed"])
def test_what_keras_forgets_of_alpha_is_told_and_set_on_the_live_model(name: str) -> None:
    ours = document(name, LORA)
    told = ["argument-forgotten"] if name in FORGETS_ALPHA else []
    assert [found.code for found in ours.check()] == [*told, "resting-adapters"]
    assert inner(ours.model()).lora_alpha == 4


def test_keras_loads_adapters_that_never_train_and_the_live_model_has_ones_that_do(tmp_path: Path) -> None:
    ours = document("Dense", ", lora: {layers: ['**'], rank: 2}", rest=COMPILED)
    ours.build(tmp_path / "ours.keras")
    by_keras, live = keras.saving.load_model(tmp_path / "ours.keras", safe_mode=True), ours.model()
    for model, trains in ((by_keras, False), (live, True)):
        kernel = np.array(inner(model).kernel)
        model.fit(sample(model), np.ones((2, 5)), epochs=2, verbose=0)
        assert np.any(np.array(inner(model).lora_kernel_b)) == trains
        assert np.any(np.array(inner(model).kernel) != kernel) == trains


@pytest.mark.parametrize("name", ["MultiHeadAttention", "GroupQueryAttention"])
def test_adapters_that_no_config_holds_are_refused(name: str) -> None:
    with pytest.raises(modelspec.SpecError) as caught:
        document(name, ", lora: {layers: ['**/query_dense'], rank: 2}").check()
    assert [found.code for found in caught.value.diagnostics] == ["lost-at-loading"]
    assert "`target/query_dense`" in str(caught.value)


def test_the_later_of_two_mappings_holds_and_a_layer_without_lora_is_passed_over(tmp_path: Path) -> None:
    ours = modelspec.loads(
        "modelspec: 1\ninputs: {x: [3]}\nlayers:\n"
        "  - Dense: {units: 4}\n    name: one\n  - BatchNormalization\n  - Dense: {units: 4}\n    name: two\n"
        "weights: {lora: [{layers: ['**'], rank: 2}, {layers: [two], rank: 3}]}\n"
    )
    model = ours.model()
    assert [model.get_layer(name).lora_rank for name in ("one", "two")] == [2, 3]


def test_a_default_alpha_is_left_out_so_that_old_releases_open_the_archive(tmp_path: Path) -> None:
    text = (
        "modelspec: 1\ninputs: {x: [3]}\nlayers: [{Dense: {units: 4}}]\n"
        "weights: {lora: {layers: ['**'], rank: 2}}"
    )
    assert modelspec.loads(text).build(tmp_path / "net.keras").floor == "3.5"
    more = text.replace("rank: 2", "rank: 2, alpha: 8")
    assert modelspec.loads(more).build(tmp_path / "net.keras").floor == "3.10"


def test_adapters_of_a_nested_model_are_chosen_below_its_key(tmp_path: Path) -> None:
    ours = modelspec.loads(
        "modelspec: 1\ninputs: {x: [3]}\nmodels:\n  encoder:\n    inputs: {y: [3]}\n    layers:\n"
        "      - Dense: {units: 4}\n        name: mix\n"
        "layers: [encoder, {Dense: {units: 2}}]\n"
        "weights: {lora: {layers: ['encoder/**'], rank: 2}}\n"
    )
    model = ours.model()
    assert model.get_layer("encoder").get_layer("mix").lora_enabled
    assert not model.layers[-1].lora_enabled


@pytest.mark.parametrize("name", [*TAKES, "TimeDistributed"])
def test_trained_adapters_merged_by_the_config_alone_predict_as_before(name: str, tmp_path: Path) -> None:
    model = document(name, LORA).model()
    layer = inner(model)
    for variable in layer.variables:
        if variable.name.startswith("lora_"):
            variable.assign(keras.random.normal(variable.shape, seed=1))
    wanted = model.predict(sample(model), verbose=0)
    model.save(tmp_path / "trained.keras")
    rewritten, names = rewrite(tmp_path / "trained.keras", tmp_path / "merged.keras")
    assert names == (("target",) if layer.name == "target" else (f"target/{layer.name}",))
    assert b"lora" not in rewritten
    merged = keras.saving.load_model(tmp_path / "merged.keras", safe_mode=True)
    assert not any(variable.name.startswith("lora_") for variable in merged.variables)
    found = merged.predict(sample(model), verbose=0).astype("float32")
    np.testing.assert_allclose(found, wanted.astype("float32"), rtol=2e-2, atol=1e-5)


def rewrite(source: Path, target: Path) -> tuple[bytes, tuple[str, ...]]:
    import json

    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        config, names = without_lora(json.loads(old.read("config.json")))
        text = json.dumps(config).encode()
        for member in old.namelist():
            new.writestr(member, text if member == "config.json" else old.read(member))
    return text, names


def test_a_frozen_layer_with_adapters_is_told() -> None:
    found = document("Dense", ", freeze: [target], lora: {layers: ['**'], rank: 2}").check()
    assert [one.code for one in found] == ["frozen-adapters", "resting-adapters"]


def test_a_layer_that_refuses_adapters_is_told_at_its_line() -> None:
    text = (
        "modelspec: 1\ninputs: {x: [3]}\nlayers:\n  - Dense: {units: 4, kernel_constraint: non_neg}\n"
        "    name: one\nweights: {lora: {layers: ['**'], rank: 2}}"
    )
    with pytest.raises(modelspec.SpecError, match=r"`one` takes no LoRA: .*constraint") as caught:
        modelspec.loads(text).check()
    assert [(found.code, found.place.line) for found in caught.value.diagnostics] == [("keras-refused", 4)]
