from __future__ import annotations

import json
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest

import modelspec

RENORM = """\
modelspec: 1
inputs: {image: [4, 4, 3]}
layers:
  - Conv2D: {filters: 4, kernel_size: 3, data_format: channels_last}
  - BatchNormalization: {renorm: true}
  - GlobalAveragePooling2D
"""
OPERATIONS = """\
modelspec: 1
inputs: {x: [4]}
layers:
  - Dense: {units: 4}
    name: NAME
  - ops.concatenate: {axis: -1}
    from: [x, NAME]
"""
AGAIN = """\
modelspec: 1
inputs: {x: [4]}
layers:
  - Dense: {units: 4}
    name: t
  - Dense: {units: 4}
    name: d
  - reuse: t
"""


def build(text: str, folder: Path, target: str | None = None) -> tuple[dict, str | None]:
    """The config of a document's archive and the floor that was said."""
    built = modelspec.loads(text, target=target).build(folder / "model.keras")
    with zipfile.ZipFile(built.path) as members:
        return json.loads(members.read("config.json")), built.floor


def mistakes(text: str, target: str) -> list[tuple[str, int, str, str | None]]:
    with pytest.raises(modelspec.SpecError) as error:
        modelspec.loads(text, target=target).check()
    return [
        (found.code, found.place.line, found.message, found.help)
        for found in error.value.diagnostics
        if found.place is not None
    ]


def test_without_a_target_the_document_says_how_old_a_keras_may_be(tmp_path: Path) -> None:
    assert build(RENORM.replace("renorm: true", "renorm: false"), tmp_path)[1] == "3.5"
    assert build(RENORM, tmp_path)[1] == "3.14"


def test_what_the_target_does_not_have_is_told_at_its_line() -> None:
    assert mistakes(RENORM, "keras>=3.8") == [
        (
            "newer-keras",
            5,
            "`renorm` of `BatchNormalization` needs Keras 3.14, and the archive is to open in `keras>=3.8`",
            "leave it out, or build for `keras>=3.14`",
        )
    ]
    assert not modelspec.loads(RENORM, target="keras>=3.14").check()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("RMSNormalization", "`RMSNormalization` needs Keras 3.10"),
        (
            "Normalization: {mean: 0.5, variance: 2.0}",
            "a number as `mean` of `Normalization` for inputs of shape [null, 4] needs Keras 3.8",
        ),
        (
            "Dense: {units: 4, activation: {LeakyReLU: {}}}",
            "a layer as `activation` of `Dense` needs Keras 3.10",
        ),
        (
            "Dense: {units: 4, activation: sparsemax}",
            "`sparsemax` as `activation` of `Dense` needs Keras 3.8",
        ),
        (
            "Activation: {activation: sparsemax}",
            "`sparsemax` as `activation` of `Activation` needs Keras 3.8",
        ),
    ],
)
def test_classes_and_texts_have_a_date_too(line: str, message: str) -> None:
    text = f"modelspec: 1\ninputs: {{x: [4]}}\nlayers:\n  - Dense: {{units: 4}}\n  - {line}\n"
    ((code, place, said, _),) = mistakes(text, "keras>=3.5")
    assert (code, place) == ("newer-keras", 5)
    assert said.startswith(message)


def test_a_need_inside_a_nested_model_is_told_where_the_model_is_written() -> None:
    text = """\
modelspec: 1
models:
  tower:
    inputs: {x: [4]}
    layers:
      - Dense: {units: 4}
      - BatchNormalization: {renorm: true}
inputs: {x: [4]}
layers:
  - Dense: {units: 4}
  - tower
"""
    ((code, line, _, _),) = mistakes(text, "keras>=3.8")
    assert (code, line) == ("newer-keras", 7)


def test_a_loss_that_only_newer_releases_know_is_told_in_compile() -> None:
    text = "modelspec: 1\ninputs: {x: [4]}\nlayers: [{Dense: {units: 4}}]\ncompile:\n  loss: circle\n"
    ((_, line, said, _),) = mistakes(text, "keras>=3.5")
    assert (line, said.split(" needs")[0]) == (5, "`circle` as `loss` of `compile`")


def test_an_optimizer_whose_state_older_releases_keep_otherwise_is_told_in_compile() -> None:
    text = "modelspec: 1\ninputs: {x: [4]}\nlayers: [{Dense: {units: 4}}]\ncompile:\n  optimizer: nadam\n"
    ((_, line, said, _),) = mistakes(text, "keras>=3.8")
    assert (line, said.split(" needs")[0]) == (5, "the state of the optimizer `Nadam`")


def test_the_same_document_is_compiled_once_for_every_target(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("MODELSPEC_CACHE", str(tmp_path))
    text = RENORM.replace("renorm: true", "momentum: 0.5")
    modelspec.loads(text).check()
    for target in (None, "keras>=3.5", "installed"):
        assert modelspec.loads(text, target=target).build(tmp_path / "m.keras").from_cache


def test_installed_is_exactly_what_keras_writes(tmp_path: Path) -> None:
    config, floor = build(RENORM, tmp_path, "installed")
    assert floor is None
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    written = json.loads(json.dumps(keras.saving.serialize_keras_object(loaded)))
    assert {layer["name"]: layer["config"].keys() for layer in config["config"]["layers"]} == {
        layer["name"]: layer["config"].keys() for layer in written["config"]["layers"]
    }


@pytest.mark.parametrize("flipped", [False, True], ids=["as it was built", "settings flipped"])
def test_what_settings_of_the_loading_process_decide_is_never_left_out(tmp_path: Path, flipped: bool) -> None:
    """A dtype or data format that is left out would be that of whoever opens the archive."""
    build(RENORM, tmp_path)
    batch = np.random.default_rng(0).uniform(size=(2, 4, 4, 3)).astype("float32")
    expected = keras.saving.load_model(tmp_path / "model.keras")(batch)
    try:
        if flipped:
            keras.config.set_dtype_policy("mixed_bfloat16")
            keras.config.set_image_data_format("channels_first")
            keras.config.set_epsilon(0.5)
        loaded = keras.saving.load_model(tmp_path / "model.keras")
    finally:
        keras.config.set_dtype_policy("float32")
        keras.config.set_image_data_format("channels_last")
        keras.config.set_epsilon(1e-7)
    assert [layer.compute_dtype for layer in loaded.layers[1:]] == ["float32"] * 3
    assert {getattr(layer, "data_format", "channels_last") for layer in loaded.layers} == {"channels_last"}
    np.testing.assert_array_equal(loaded(batch), expected)


def test_operations_keep_their_names_unless_the_target_takes_none(tmp_path: Path) -> None:
    text = OPERATIONS.replace("NAME", "hidden")
    for target, floor, name in ((None, "3.11", "concatenate"), ("keras>=3.5", "3.5", None)):
        config, said = build(text, tmp_path, target)
        assert (said, config["config"]["layers"][-1]["config"].get("name")) == (floor, name)
        keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)


@pytest.mark.parametrize("name", ["concatenate_7", "concatenate-7"])
def test_a_layer_may_not_have_a_name_that_an_operation_may_take(name: str) -> None:
    text = OPERATIONS.replace("NAME", name)
    if name == "concatenate_7":
        ((code, line, said, _),) = mistakes(text, "keras>=3.5")
        assert (code, line) == ("op-name", 4)
        assert f"`{name}`" in said
    else:
        assert not modelspec.loads(text, target="keras>=3.5").check()
    assert not modelspec.loads(text, target="keras>=3.11").check()


def test_a_call_that_reads_what_stands_below_needs_a_loader_of_several_passes(tmp_path: Path) -> None:
    assert build(AGAIN, tmp_path)[1] == "3.8"
    ((code, line, said, _),) = mistakes(AGAIN, "keras>=3.5")
    assert (code, line) == ("newer-keras", 8)
    assert said.startswith("calling `t` again on `d`, which reads it, needs Keras 3.8")


def test_a_target_that_cannot_be_read_is_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match="no target"):
        modelspec.loads(RENORM, target="3.8")


def test_where_the_running_keras_names_no_operations_a_layer_may_not_have_their_name() -> None:
    from modelspec.catalog.target import ANY
    from modelspec.compiler.portability import for_target
    from modelspec.compiler.stages import compile_document
    from modelspec.diagnostics import Report

    document = modelspec.loads(OPERATIONS.replace("NAME", "concatenate"))
    compiled = compile_document(document.text, document.options, Report())
    config = json.loads(json.dumps(compiled.linked.config))
    (operation,) = [layer for layer in config["config"]["layers"] if layer["class_name"] == "Concatenate"]
    del operation["config"]["name"]  # as releases before 3.11 write it
    report = Report()
    for_target(config, ANY, compiled.checked.resolved, compiled.checked.catalog, report)
    (found,) = report.diagnostics
    assert found.code == "op-name"
    assert found.message.startswith("Keras before 3.11 names the operations itself")


def test_int4_as_releases_before_3_14_write_it_opens_in_no_newer_one(monkeypatch: pytest.MonkeyPatch) -> None:
    from modelspec.catalog.lookup import Catalog
    from modelspec.catalog.target import ANY, read_target
    from modelspec.compiler.portability import for_target
    from modelspec.compiler.stages import compile_document
    from modelspec.diagnostics import Report

    text = "modelspec: 1\ninputs: {x: [4]}\nlayers: [{Dense: {units: 4, dtype: int4_from_float32}}]"
    document = modelspec.loads(text)
    compiled = compile_document(document.text, document.options, Report())
    given = (compiled.linked.config, compiled.checked.resolved, compiled.checked.catalog)
    assert compiled.floor == "3.14"
    monkeypatch.setattr(Catalog, "keras_version", "3.13.2")
    for target, code in ((ANY, "closed-to-newer"), (read_target("keras>=3.11"), "newer-keras")):
        report = Report()
        _, floor = for_target(given[0], target, given[1], given[2], report)
        assert ([found.code for found in report.diagnostics], floor) == ([code], None)
