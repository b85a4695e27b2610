from __future__ import annotations

import json
from pathlib import Path

import pytest

from modelspec.catalog import load
from modelspec.catalog.load import cache_folder, installed_keras_version, load_catalog, packaged_versions
from modelspec.diagnostics import SpecError


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MODELSPEC_CACHE", str(tmp_path))
    return tmp_path


def tiny(path: Path, version: str = "9.9.1") -> None:
    data = {"format": load.FORMAT, "keras": version, "classes": {}, "functions": {}, "operations": {}}
    path.write_text(json.dumps(data))


def test_patch_releases_share_the_packaged_data():
    assert load_catalog("3.15.0").keras_version == load_catalog("3.15.9").keras_version
    assert "3.15" in packaged_versions()


def test_the_version_is_read_without_importing_keras():
    import keras

    assert installed_keras_version() == keras.__version__


def test_another_installed_release_is_harvested_once_and_kept(cache, monkeypatch):
    monkeypatch.setattr(load, "installed_keras_version", lambda: "9.9.1")
    asked = []

    def harvest(path):
        asked.append(path)
        tiny(path)

    assert load_catalog("9.9.1", harvest=harvest).keras_version == "9.9.1"
    assert load_catalog("9.9.2", harvest=harvest).keras_version == "9.9.1"
    assert asked == [cache / "catalog" / str(load.FORMAT) / "keras-9.9.json"]


def test_kept_data_that_cannot_be_read_is_harvested_again(cache, monkeypatch):
    monkeypatch.setattr(load, "installed_keras_version", lambda: "9.9.1")
    kept = cache / "catalog" / str(load.FORMAT) / "keras-9.9.json"
    kept.parent.mkdir(parents=True)
    kept.write_text("{")
    assert load_catalog("9.9.1", harvest=tiny).keras_version == "9.9.1"


def test_a_release_that_is_not_there_is_named(cache):
    with pytest.raises(SpecError) as caught:
        load_catalog("2.1.0")
    found = caught.value.diagnostics[0]
    assert found.code == "no-catalog"
    assert "Keras 2.1" in found.message


def test_a_harvest_that_fails_says_why(cache, monkeypatch):
    monkeypatch.setattr(load, "installed_keras_version", lambda: "9.9.1")
    with pytest.raises(SpecError) as caught:
        load_catalog("9.9.1", harvest=lambda path: "ImportError: no backend")
    assert "no backend" in caught.value.diagnostics[0].message


@pytest.mark.parametrize(
    ("environ", "folder"),
    [
        ({"MODELSPEC_CACHE": "/somewhere", "XDG_CACHE_HOME": "/xdg"}, Path("/somewhere")),
        ({"XDG_CACHE_HOME": "/xdg"}, Path("/xdg/modelspec")),
        ({}, Path.home() / ".cache" / "modelspec"),
    ],
)
def test_the_cache_lies_where_the_environment_says(environ, folder):
    assert cache_folder(environ) == folder
