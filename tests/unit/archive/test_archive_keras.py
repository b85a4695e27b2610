"""Keras as the oracle: it loads what we write, and we read what it saves."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest

from modelspec.archive.metadata import config_bytes, metadata_bytes
from modelspec.archive.reader import KerasArchive, open_keras
from modelspec.archive.writer import open_archive
from modelspec.diagnostics import Report


@pytest.fixture(scope="module")
def model() -> keras.Model:
    keras.utils.set_random_seed(0)
    net = keras.Sequential(
        [
            keras.Input((3,)),
            keras.layers.Dense(4, name="first"),
            keras.layers.BatchNormalization(name="norm"),
            keras.layers.Dense(5, name="second"),
        ],
        name="net",
    )
    net.compile(keras.optimizers.Adam(), loss="mse")
    net.optimizer.build(net.trainable_variables)
    net.optimizer.iterations.assign(7)
    return net


@pytest.fixture
def saved(model: keras.Model, tmp_path: Path) -> Path:
    path = tmp_path / "saved.keras"
    model.save(path)
    return path


def opened(path: Path) -> KerasArchive:
    report = Report()
    archive = open_keras(path, report)
    assert archive is not None, report.diagnostics
    assert report.diagnostics == []
    return archive


def rewrite(source: Path, target: Path, *, assets: tuple[tuple[str, bytes], ...] = ()) -> None:
    """Write with our writer what our reader reads."""
    report = Report()
    with (
        opened(source) as archive,
        h5py.File(archive.weights(), "r") as weights,
        open_archive(target, needed=source.stat().st_size, report=report) as writer,
    ):
        writer.add("metadata.json", metadata_bytes(keras.__version__, {"version": "0"}, report))
        writer.add("config.json", config_bytes(archive.config, report))
        with writer.stream("model.weights.h5") as region, h5py.File(region, "w") as file:
            for name in weights:
                weights.copy(name, file)
        for name, data in assets:
            writer.add(name, data)
    assert report.diagnostics == []


def same_predictions(first: keras.Model, second: keras.Model) -> bool:
    batch = np.random.default_rng(0).random((2, 3), "float32")
    return np.array_equal(*(keras.ops.convert_to_numpy(model(batch)) for model in (first, second)))


def test_an_archive_of_keras_is_read_as_keras_wrote_it(saved: Path, model: keras.Model) -> None:
    with opened(saved) as archive, zipfile.ZipFile(saved) as plain:
        archive.verify()
        assert archive.metadata["keras_version"] == keras.__version__
        assert archive.config["class_name"] == "Sequential"
        assert [member.name for member in archive.members] == plain.namelist()
        with h5py.File(archive.weights(), "r") as weights:
            kernel = weights["layers/dense/vars/0"][()]
        assert np.array_equal(kernel, keras.ops.convert_to_numpy(model.get_layer("first").kernel))


@pytest.mark.parametrize("assets", [(), (("assets/note.txt", b"a note"),)])
def test_keras_loads_what_we_write(
    saved: Path, tmp_path: Path, model: keras.Model, assets: tuple[tuple[str, bytes], ...]
) -> None:
    """With a fourth member, Keras takes another way and extracts the archive."""
    ours = tmp_path / "ours.keras"
    rewrite(saved, ours, assets=assets)
    loaded = keras.saving.load_model(ours, safe_mode=True)
    assert same_predictions(loaded, model)
    assert int(loaded.optimizer.iterations) == 7


def test_keras_loads_what_we_write_where_it_reads_from_the_archive(
    saved: Path, tmp_path: Path, model: keras.Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With little memory, Keras extracts the weights instead of holding them."""
    ours = tmp_path / "ours.keras"
    rewrite(saved, ours)
    monkeypatch.setattr("keras.src.saving.saving_lib.is_memory_sufficient", lambda model: False)
    assert same_predictions(keras.saving.load_model(ours, safe_mode=True), model)


def test_keras_loads_what_we_write_when_it_is_unzipped(
    saved: Path, tmp_path: Path, model: keras.Model
) -> None:
    ours = tmp_path / "ours.keras"
    rewrite(saved, ours)
    with zipfile.ZipFile(ours) as archive:
        archive.extractall(tmp_path / "folder")
    assert same_predictions(keras.saving.load_model(tmp_path / "folder", safe_mode=True), model)
    with opened(tmp_path / "folder") as folder, opened(ours) as archive:
        assert folder.config == archive.config
        assert folder.weights().read() == archive.weights().read()


def test_an_unzipped_archive_that_keras_saves_is_read(model: keras.Model, tmp_path: Path) -> None:
    model.save(tmp_path / "folder", zipped=False)
    with opened(tmp_path / "folder") as archive, h5py.File(archive.weights(), "r") as weights:
        assert "layers/dense/vars/0" in weights


def test_a_deflated_archive_that_keras_loads_is_read(saved: Path, tmp_path: Path, model: keras.Model) -> None:
    packed = tmp_path / "packed.keras"
    with zipfile.ZipFile(saved) as source, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, source.read(name))
    assert same_predictions(keras.saving.load_model(packed, safe_mode=True), model)
    with opened(packed) as archive, opened(saved) as plain:
        assert archive.config == plain.config
        assert archive.weights().read() == plain.weights().read()
        with h5py.File(archive.weights(), "r") as weights:
            assert weights["layers/dense/vars/0"].shape == (3, 4)


def test_weights_that_keras_cannot_read_back_are_refused(model: keras.Model, tmp_path: Path) -> None:
    from keras.src.saving import saving_lib

    path = tmp_path / "npz.keras"
    saving_lib.save_model(model, path, weights_format="npz")
    report = Report()
    assert open_keras(path, report) is None
    assert [found.code for found in report.diagnostics] == ["archive-form"]
    assert "`model.weights.npz`" in report.diagnostics[0].message


def test_infinities_that_keras_writes_bare_are_read_and_not_written(tmp_path: Path) -> None:
    net = keras.Sequential([keras.Input((2,)), keras.layers.ReLU(max_value=float("inf"), name="r")])
    net.save(tmp_path / "inf.keras")
    with opened(tmp_path / "inf.keras") as archive:
        report = Report()
        with pytest.raises(Exception, match="infinity"):
            config_bytes(archive.config, report)
    assert report.diagnostics[0].message == (
        "`config.layers[1].config.max_value` is infinity, which `config.json` cannot hold"
    )


def test_the_layout_of_the_config_is_byte_for_byte_that_of_keras(saved: Path) -> None:
    with opened(saved) as archive:
        assert config_bytes(archive.config, Report()) == archive.read("config.json")


def test_every_archive_that_our_reader_takes_has_members_that_keras_sees_too(
    write: Callable[..., Path],
) -> None:
    path = write()
    with zipfile.ZipFile(path) as theirs, opened(path) as ours:
        assert [member.name for member in ours.members] == theirs.namelist()
