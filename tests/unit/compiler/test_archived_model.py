"""The model of an archive without its values: names of variables, for which Keras is asked once."""

from __future__ import annotations

import importlib.util
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import pytest

from modelspec.archive.reader import open_keras
from modelspec.compiler import archived_model
from modelspec.compiler.archived_model import ARCHIVE, link_archive
from modelspec.compiler.values import Options
from modelspec.diagnostics import Report, SpecError
from modelspec.link.linked import Linked

MODULE = """
import keras

@keras.saving.register_keras_serializable("archived")
class Scaled(keras.layers.Layer):
    def build(self, shape):
        self.scale = self.add_weight(shape=(shape[-1],), name="scale")

    def call(self, x):
        return x * self.scale
"""


def model(*layers: Any, name: str = "net") -> keras.Model:
    return keras.Sequential([keras.Input((4,)), *layers], name=name)


def linked(path: Path, **options: Any) -> Linked:
    with_optimizer = options.pop("with_optimizer", False)
    archive = open_keras(path, Report())
    assert archive is not None
    with archive:
        return link_archive(archive, Options(**options), Report(), with_optimizer=with_optimizer)


def errors(path: Path, **options: Any) -> list[Any]:
    with pytest.raises(SpecError) as caught:
        linked(path, **options)
    return [found for found in caught.value.diagnostics if found.severity == "error"]


def never(*arguments: Any, **named: Any) -> Any:
    raise AssertionError("Keras is asked again")


def test_variables_have_addresses_names_and_the_archive_as_source(tmp_path: Path) -> None:
    model(keras.layers.Dense(3), keras.layers.BatchNormalization()).save(tmp_path / "m.keras")
    found = linked(tmp_path / "m.keras").variables
    assert [(one.address, one.name, one.shape) for one in found] == [
        ("layers/dense/vars/0", "kernel", (4, 3)),
        ("layers/dense/vars/1", "bias", (3,)),
        ("layers/batch_normalization/vars/0", "gamma", (3,)),
        ("layers/batch_normalization/vars/1", "beta", (3,)),
        ("layers/batch_normalization/vars/2", "moving_mean", (3,)),
        ("layers/batch_normalization/vars/3", "moving_variance", (3,)),
    ]
    assert all(one.source == (ARCHIVE, one.address) for one in found)


def test_the_optimizers_variables_come_when_they_are_asked_for(tmp_path: Path) -> None:
    net = model(keras.layers.Dense(3, name="head"))
    net.compile("adam", "mse")
    net.save(tmp_path / "m.keras")
    owners = {one.owner for one in linked(tmp_path / "m.keras").variables}
    assert "optimizer" not in owners
    names = [one.name for one in linked(tmp_path / "m.keras", with_optimizer=True).variables]
    assert names[2:6] == ["iteration", "learning_rate", "head_kernel_momentum", "head_kernel_velocity"]


@pytest.fixture(autouse=True)
def nothing_registered() -> Iterator[None]:
    """Nothing that other tests have left behind, for which no model is kept."""
    objects = keras.saving.get_custom_objects()
    before = dict(objects)
    objects.clear()
    yield
    objects.clear()
    objects.update(before)


def test_a_config_is_linked_once_wherever_the_archive_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model(keras.layers.Dense(7)).save(tmp_path / "m.keras")
    first = linked(tmp_path / "m.keras")
    (tmp_path / "m.keras").rename(tmp_path / "moved.keras")
    monkeypatch.setattr(archived_model, "_linked", never)
    assert linked(tmp_path / "moved.keras") == first
    with pytest.raises(AssertionError, match="again"):
        linked(tmp_path / "moved.keras", use_cache=False)


def test_another_config_is_linked_anew(tmp_path: Path) -> None:
    for units in (3, 5):
        model(keras.layers.Dense(units)).save(tmp_path / f"{units}.keras")
    assert linked(tmp_path / "3.keras") != linked(tmp_path / "5.keras")


def test_a_class_of_ones_own_needs_its_module(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(MODULE)
    spec = importlib.util.spec_from_file_location("own", tmp_path / "own.py")
    assert spec is not None
    assert spec.loader is not None
    own = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(own)
    model(own.Scaled()).save(tmp_path / "m.keras")
    keras.saving.get_custom_objects().clear()
    (found,) = errors(tmp_path / "m.keras")
    assert found.code == "unknown-registered-name"
    assert "`archived>Scaled`" in found.message
    names = [one.name for one in linked(tmp_path / "m.keras", allow=(str(tmp_path / "own.py"),)).variables]
    assert names == ["scale"]


def test_a_module_that_does_not_exist_is_told(tmp_path: Path) -> None:
    model(keras.layers.Dense(3)).save(tmp_path / "m.keras")
    (found,) = errors(tmp_path / "m.keras", allow=(str(tmp_path / "none.py"),))
    assert found.code == "file-not-found"


def test_code_in_a_config_is_refused_before_keras_sees_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model(keras.layers.Lambda(lambda x: x * 2)).save(tmp_path / "m.keras")
    monkeypatch.setattr(archived_model, "_linked", never)
    assert [found.code for found in errors(tmp_path / "m.keras")] == ["unsafe-object"]


def test_a_model_of_too_many_parameters_is_refused_from_the_cache_too(tmp_path: Path) -> None:
    model(keras.layers.Dense(30)).save(tmp_path / "m.keras")
    assert linked(tmp_path / "m.keras").params == 150
    assert [found.code for found in errors(tmp_path / "m.keras", max_params=149)] == ["too-many-parameters"]


def test_what_keras_cannot_make_is_told(tmp_path: Path) -> None:
    model(keras.layers.Dense(3)).save(tmp_path / "m.keras")
    with zipfile.ZipFile(tmp_path / "m.keras") as source:
        members = {name: source.read(name) for name in source.namelist()}
    config = json.loads(members["config.json"])
    config["config"]["layers"][1]["config"]["units"] = -1
    members["config.json"] = json.dumps(config).encode()
    with zipfile.ZipFile(tmp_path / "m.keras", "w") as target:
        for name, data in members.items():
            target.writestr(name, data)
    (found,) = errors(tmp_path / "m.keras")
    assert found.code == "keras-refused"
