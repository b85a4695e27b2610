from __future__ import annotations

import json
from pathlib import Path

import pytest

from modelspec.catalog import load
from modelspec.catalog.load import (
    cache_folder,
    installed_keras_version,
    load_catalog,
    load_docs,
    packaged_versions,
)
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


def test_the_newest_release_is_documented_name_by_name():
    docs = load_docs("3.15.1")
    dense = docs["classes"]["keras.layers.Dense"]
    assert dense["doc"].endswith("layer.")
    assert dense["arguments"]["units"] == "Positive integer, dimensionality of the output space."
    # what every layer takes, told once in the file
    assert "String name" in dense["arguments"]["name"]
    assert docs["operations"]["sum"]["arguments"]["keepdims"]
    assert docs["functions"]["keras.activations.gelu"]["doc"]
    assert docs["compile"]["arguments"]["jit_compile"]


def test_nearly_every_class_and_argument_of_the_newest_release_is_documented():
    docs, data = load_docs("3.15.1"), load_catalog("3.15.1")._data
    assert docs["classes"].keys() == data["classes"].keys()
    assert docs["operations"].keys() == data["operations"].keys()
    assert docs["functions"].keys() == data["functions"].keys()
    told = [bool(entry["doc"]) for section in ("classes", "operations") for entry in docs[section].values()]
    assert sum(told) / len(told) > 0.98
    described = [
        argument in docs["classes"][name].get("arguments", {})
        for name, entry in data["classes"].items()
        for argument in entry["arguments"]
    ]
    assert sum(described) / len(described) > 0.75


def test_another_release_is_documented_when_somebody_asks_and_kept(cache, monkeypatch):
    monkeypatch.setattr(load, "installed_keras_version", lambda: "9.9.1")
    asked = []

    def harvest(path):
        asked.append(path)
        path.write_text(
            json.dumps(
                {
                    "format": load.FORMAT,
                    "keras": "9.9.1",
                    "common": {"keras.Layer": {"name": "its name"}},
                    "classes": {"keras.layers.A": {"doc": "a layer", "base": "keras.Layer"}},
                    "functions": {},
                    "operations": {},
                }
            )
        )

    for _ in range(2):
        docs = load_docs("9.9.1", harvest=harvest)
    assert docs["classes"]["keras.layers.A"]["arguments"] == {"name": "its name"}
    assert asked == [cache / "catalog" / str(load.FORMAT) / "keras-9.9.docs.json"]


@pytest.mark.slow
def test_the_installed_keras_is_harvested_where_nothing_is_packaged(cache, monkeypatch):
    monkeypatch.setattr(load, "_DATA", cache / "no data")
    version = installed_keras_version()
    assert load_catalog(version).entry("keras.layers.Dense") is not None
    assert "units" in load_docs(version)["classes"]["keras.layers.Dense"]["arguments"]
    kept = sorted(path.name for path in (cache / "catalog").rglob("*.json"))
    minor = load.minor_of(version)
    assert kept == [f"keras-{minor}.docs.json", f"keras-{minor}.json"]
