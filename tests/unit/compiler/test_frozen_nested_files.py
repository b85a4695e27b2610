"""`trainable: false` and `weights.freeze` over models that come from other files, held to a twin."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import modelspec

OUTER = """
modelspec: 1
inputs: {x: [4]}
models:
  bb: {file: FILE, trainable: false}
layers:
  - bb
  - Dense: {units: 2}
    name: head
"""
INNER = """
modelspec: 1
name: bb
inputs: {x: [4]}
layers:
  - Dense: {units: 3}
    name: d
  - BatchNormalization:
    name: bn
"""


def inner_net(kind: str) -> Any:
    import keras

    layers = [
        keras.layers.Dense(3, name="d"),
        keras.layers.BatchNormalization(name="bn"),
        keras.layers.Dense(3, name="e"),
    ]
    given = keras.Input((4,), name="x")
    if kind == "sequential":
        return keras.Sequential([given, *layers], name="bb")
    tensor = given
    for layer in layers:
        tensor = layer(tensor)
    return keras.Model(given, tensor, name="bb")


def under_head(inner: Any) -> Any:
    """The twin: the model with a head on it."""
    import keras

    given = keras.Input((4,), name="x")
    return keras.Model(given, keras.layers.Dense(2, name="head")(inner(given)))


def loaded_again(model: Any, folder: Path) -> Any:
    """What Keras makes of a model that it saved."""
    import keras

    model.save(folder / "twin.keras")
    return keras.saving.load_model(folder / "twin.keras")


def trained(model: Any) -> list[tuple[str, tuple[int, ...]]]:
    """The variables that train, as the layer that owns each and its shape."""
    return sorted(
        (variable.path.split("/")[-2], tuple(variable.shape)) for variable in model.trainable_variables
    )


def loaded(folder: Path, text: str) -> Any:
    import keras

    (folder / "outer.yaml").write_text(text)
    modelspec.load(folder / "outer.yaml").build(folder / "outer.keras")
    return keras.saving.load_model(folder / "outer.keras")


@pytest.mark.parametrize("kind", ["sequential", "functional"])
def test_an_archive_that_a_document_nests_as_not_trainable_is_frozen_whole(tmp_path: Path, kind: str) -> None:
    inner = inner_net(kind)
    inner.save(tmp_path / "bb.keras")
    inner.trainable = False
    twin = loaded_again(under_head(inner), tmp_path)
    model = loaded(tmp_path, OUTER.replace("FILE", "bb.keras"))
    assert len(twin.trainable_variables) == 2
    assert trained(model) == trained(twin)
    assert trained(modelspec.load(tmp_path / "outer.yaml").model()) == trained(twin)
    assert [layer.trainable for layer in model.get_layer("bb").layers] == [
        layer.trainable for layer in twin.get_layer("bb").layers
    ]


def test_a_document_that_is_nested_as_not_trainable_is_frozen_whole(tmp_path: Path) -> None:
    (tmp_path / "bb.yaml").write_text(INNER)
    model = loaded(tmp_path, OUTER.replace("FILE", "bb.yaml"))
    assert trained(model) == [("head", (2,)), ("head", (3, 2))]
    assert trained(modelspec.load(tmp_path / "outer.yaml").model()) == trained(model)


def test_a_document_whose_model_is_one_object_is_frozen_whole_too(tmp_path: Path) -> None:
    (tmp_path / "bb.yaml").write_text(
        "modelspec: 1\ninputs: {x: [4]}\nmodel: {Sequential: {layers: [{Dense: {units: 3}}]}}\n"
    )
    model = loaded(tmp_path, OUTER.replace("FILE", "bb.yaml"))
    assert trained(model) == [("head", (2,)), ("head", (3, 2))]


@pytest.mark.parametrize("suffix", ["keras", "yaml"])
def test_a_nested_file_trains_where_nothing_says_that_it_does_not(tmp_path: Path, suffix: str) -> None:
    inner_net("functional").save(tmp_path / "bb.keras")
    (tmp_path / "bb.yaml").write_text(INNER)
    model = loaded(tmp_path, OUTER.replace("FILE, trainable: false", f"bb.{suffix}"))
    assert ("d", (4, 3)) in trained(model)
    assert ("bn", (3,)) in trained(model)
