"""`trainable: false` and `weights.freeze` over models that come from other files, held to a twin."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from click.testing import CliRunner

import modelspec
from modelspec.cli.app import app

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


def under_head(inner: Any, shape: tuple[int, ...] = (4,)) -> Any:
    """The twin: the model with a head on it."""
    import keras

    given = keras.Input(shape, name="x")
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


def test_a_layer_of_an_archive_that_keras_would_thaw_is_told(tmp_path: Path) -> None:
    import keras

    given = keras.Input((5, 4), name="x")
    attention = keras.layers.MultiHeadAttention(2, 2, name="mha")
    keras.Model(given, attention(given, given), name="bb").save(tmp_path / "bb.keras")
    text = OUTER.replace("[4]", "[5, 4]").replace("FILE", "bb.keras")
    (tmp_path / "outer.yaml").write_text(text)
    found = modelspec.load(tmp_path / "outer.yaml").check()
    assert [(item.code, "`bb/mha`" in item.message) for item in found] == [("thawed-at-loading", True)]
    (tmp_path / "outer.yaml").write_text(freezing("['bb/**']", text))
    assert [item.code for item in modelspec.load(tmp_path / "outer.yaml").check()] == ["thawed-at-loading"]


def deep_net() -> Any:
    """A model with a wrapper in it, and models inside models."""
    import keras
    from keras import layers

    def part(name: str) -> Any:
        chain = [layers.Dense(4, name="deep"), layers.BatchNormalization(name="bn")]
        return keras.Sequential([keras.Input((3, 4)), *chain], name=name)

    given = keras.Input((3, 4))
    mid = keras.Model(given, layers.Add(name="sum")([given, part("inner")(given)]), name="mid")
    given = keras.Input((3, 4), name="x")
    tensor = layers.Dense(4, name="conv1")(given)
    tensor = layers.BatchNormalization(name="bn")(tensor)
    tensor = layers.Bidirectional(layers.LSTM(2, return_sequences=True), name="both")(tensor)
    tensor = mid(part("part")(keras.ops.relu(tensor)))
    return keras.Model(given, tensor, name="bb")


DEEP = (
    ("conv1",),
    ("bn",),
    ("both",),
    ("part", "deep"),
    ("part", "bn"),
    ("mid", "sum"),
    ("mid", "inner", "deep"),
    ("mid", "inner", "bn"),
)


def freezing(patterns: str, text: str = OUTER.replace("[4]", "[3, 4]"), key: str = "freeze") -> str:
    plain = text.replace("FILE", "bb.keras").replace(", trainable: false", "")
    return plain + f"weights: {{{key}: {patterns}}}\n"


def layer_at(model: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        model = model.get_layer(step)
    return model


@pytest.mark.parametrize(
    ("patterns", "frozen"),
    [
        ("['**', '!head']", DEEP),
        ("['bb/**']", DEEP),
        ("['bb/conv1']", DEEP[:1]),
        ("['bb/both', 'bb/mid/**']", (DEEP[2], *DEEP[5:])),
        ("['**/bn']", (DEEP[1], DEEP[4], DEEP[7])),
        ("['bb/**', '!bb/part/**', '!bb/b*']", (DEEP[0], *DEEP[5:])),
    ],
)
def test_patterns_freeze_exactly_the_layers_of_an_archive_that_they_choose(
    tmp_path: Path, patterns: str, frozen: tuple[tuple[str, ...], ...]
) -> None:
    inner = deep_net()
    inner.save(tmp_path / "bb.keras")
    for path in frozen:
        layer_at(inner, path).trainable = False
    twin = loaded_again(under_head(inner, (3, 4)), tmp_path)
    model = loaded(tmp_path, freezing(patterns))
    assert trained(model) == trained(twin)
    for path in DEEP:
        assert layer_at(model, ("bb", *path)).trainable is (path not in frozen)
    assert modelspec.load(tmp_path / "outer.yaml").check() == ()
    assert trained(modelspec.load(tmp_path / "outer.yaml").model()) == trained(twin)


def test_the_paths_are_those_that_the_plan_of_weights_prints(tmp_path: Path) -> None:
    from modelspec.compiler.archived_layers import layers_in

    inner = deep_net()
    paths = {"/".join(path) for path in DEEP}
    assert set(layers_in(json.loads(inner.to_json())) or ()) == paths
    inner.save(tmp_path / "bb.keras")
    (tmp_path / "outer.yaml").write_text(freezing("['**']"))
    done = CliRunner().invoke(app, ["weights", "plan", str(tmp_path / "outer.yaml"), "--format", "json"])
    printed = [row["path"] for row in json.loads(done.output)["variables"]]
    assert [path for path in paths if not any(row.startswith(f"bb/{path}/") for row in printed)] == [
        "mid/sum"
    ]


def codes(path: Path, **options: Any) -> list[str]:
    with pytest.raises(modelspec.SpecError) as raised:
        modelspec.load(path, **options).check()
    return [f"{item.code}: {item.message} | {item.help}" for item in raised.value.diagnostics]


def test_a_pattern_of_no_layer_of_an_archive_is_told_with_the_nearest(tmp_path: Path) -> None:
    deep_net().save(tmp_path / "bb.keras")
    (tmp_path / "outer.yaml").write_text(freezing("['bb/conv2', 'bb/mid/inner/deeep']"))
    (first, second) = codes(tmp_path / "outer.yaml")
    assert first.startswith("idle-pattern")
    assert "`bb/conv1`" in first
    assert second.startswith("idle-pattern")
    assert "`bb/mid/inner/deep`" in second


def test_an_archive_that_cannot_be_read_is_told_without_idle_patterns(tmp_path: Path) -> None:
    (tmp_path / "bb.keras").write_bytes(b"nothing")
    (tmp_path / "outer.yaml").write_text(freezing("['bb/conv2']"))
    (told,) = codes(tmp_path / "outer.yaml")
    assert told.startswith("not-an-archive")


def test_an_archive_in_a_document_that_is_nested_is_reached_below_both_keys(tmp_path: Path) -> None:
    inner_net("functional").save(tmp_path / "bb.keras")
    (tmp_path / "mid.yaml").write_text(OUTER.replace("FILE, trainable: false", "bb.keras"))
    text = freezing("['mid/bb/d', 'mid/head']", OUTER.replace("FILE", "mid.yaml").replace("bb", "mid"))
    model = loaded(tmp_path, text)
    names = [name for name, _ in trained(model)]
    assert names == ["bn", "bn", "e", "e", "head", "head"]


CLOSED = """
import keras

@keras.saving.register_keras_serializable(package="own")
class Closed(keras.Model):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.hidden = keras.layers.Dense(units)

    def build(self, shape):
        self.hidden.build(shape)

    def call(self, x):
        return self.hidden(x)

    def get_config(self):
        return {**super().get_config(), "units": self.units}
"""


@pytest.fixture
def closed(tmp_path: Path) -> Path:
    """A project with an archive whose config does not tell the layers of its model."""
    (tmp_path / "own.py").write_text(CLOSED)
    script = (
        "import own, keras, numpy; model = own.Closed(3); model(numpy.ones((1, 4))); model.save('bb.keras')"
    )
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True)
    return tmp_path


WITH_CODE = OUTER.replace("modelspec: 1", "modelspec: 1\nuse: [own.py]").replace("FILE", "bb.keras")


@pytest.mark.parametrize("patterns", ["['**', '!head']", "['bb/**']", "['bb/hidden']"])
def test_an_archive_that_does_not_tell_its_layers_is_an_error(closed: Path, patterns: str) -> None:
    (closed / "outer.yaml").write_text(freezing(patterns, WITH_CODE))
    (told,) = codes(closed / "outer.yaml", allow=[str(closed / "own.py")])
    assert told.startswith("unreachable-layers: `freeze` cannot reach into `bb.keras`")
    assert "`!bb/**`" in told
    assert "`trainable: false`" in told


def test_what_the_error_offers_is_told_where_keras_thaws_it(closed: Path) -> None:
    text = freezing("['**', '!bb/**', '!head']", WITH_CODE.replace("- bb", "- bb:\n    trainable: false"))
    (closed / "outer.yaml").write_text(text)
    found = modelspec.load(closed / "outer.yaml", allow=[str(closed / "own.py")]).check()
    assert [(item.code, "`bb`" in item.message) for item in found] == [("thawed-at-loading", True)]


@pytest.mark.parametrize("kind", ["functional", "sequential"])
def test_batch_normalisations_of_an_archive_keep_to_their_statistics(kind: str, tmp_path: Path) -> None:
    inner_net(kind).save(tmp_path / "bb.keras")
    model = loaded(tmp_path, freezing("['**/bn']", OUTER, "inference"))
    bn = model.get_layer("bb").get_layer("bn")
    before = [np.array(keras.ops.convert_to_numpy(one)) for one in bn.variables]
    model.compile("sgd", "mse")
    data = np.random.default_rng(0).normal(5.0, 2.0, (32, *model.input_shape[1:])).astype("float32")
    model.fit(data, np.zeros((32, *model.output_shape[1:]), "float32"), verbose=0)
    for one, old in zip(bn.variables, before, strict=True):
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(one), old)
    assert model.get_layer("bb").get_layer("d").trainable
