"""What any file is, told by its content in one sentence."""

from __future__ import annotations

import gzip
import json
import pickle
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from past_files import Release

from modelspec.archive.refusal import Refused
from modelspec.diagnostics import Report
from modelspec.past.recognition import recognise

SEQUENTIAL = {"class_name": "Sequential", "config": [], "keras_version": "2.2.4", "backend": "tensorflow"}


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "empty"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "a git-LFS pointer"),
        (b"import keras\n\nmodel = keras.Sequential()\n", "Python text"),
        (b"<!DOCTYPE html>\n<html><head></head></html>", "an HTML page"),
        (gzip.compress(b"model", mtime=0), "gzip data"),
        (pickle.dumps({"model": 1}), "a Python pickle"),
        (b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02", "a PyTorch checkpoint"),
        (b"\x1c\0\0\0TFL3\x14\0 \0", "a TensorFlow Lite model"),
        (b"\x08\x07\x12\x07pytorch\x1a\x031.9", "an ONNX model"),
        (b"\x08\x01\x12\xb4\x9c\x01\n\x95\x01", "the graph of a TensorFlow SavedModel"),
        (b"\n\x2e\n\x05input\x12\x0bPlaceholder", "a graph of TensorFlow"),
        (b"backend: tensorflow\nclass_name: Sequential\nconfig:\n  layers: []\n", "YAML that Keras 2 wrote"),
        (b"class_name: Model\nconfig:\n  name: m\n", "YAML that Keras 2 wrote"),
        (b'{"modelTopology": {"node": []}, "weightsManifest": []}', "a graph model of TensorFlow.js"),
        (b'{"layers": 3}', "JSON that describes no Keras object"),
        (b"\0\0\0\0\0\0\0\0\0\0\0\0", "nothing but zeros"),
        (b"\x93NUMPY\x01\0v\0{}", "a NumPy array"),
    ],
)
def test_what_is_no_model_is_said_by_its_name(content: bytes, what: str, tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    path.write_bytes(content)
    found = recognise(path, Report())
    assert found.what == what
    assert found.kind in ("other", "weights")
    assert found.origin is None
    assert found.help


@pytest.mark.parametrize("text", ["modelspec: 1\nlayers: [Flatten]\n", '{"modelspec": 1}', "a: 1\n"])
def test_a_document_is_one_whatever_it_is_called(text: str, tmp_path: Path) -> None:
    path = tmp_path / "model.h5"
    path.write_text(text)
    assert recognise(path, Report()).kind == "document"


def test_a_folder_that_tensorflow_saved_is_known(tmp_path: Path) -> None:
    (tmp_path / "saved_model.pb").write_bytes(b"\x08\x01\x12")
    assert recognise(tmp_path, Report()).what == "a TensorFlow SavedModel"


@pytest.mark.parametrize(
    ("data", "container", "version"),
    [
        (SEQUENTIAL, "json", "2.2.4"),
        ({"modelTopology": {"keras_version": "2.4.0", "model_config": SEQUENTIAL}}, "tfjs", "2.4.0"),
        ({"modelTopology": SEQUENTIAL, "format": "layers-model"}, "tfjs", "2.2.4"),
    ],
)
def test_json_says_who_wrote_it(data: Any, container: str, version: str, tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text(json.dumps(data))
    origin = recognise(tmp_path / "model.json", Report()).origin
    assert origin is not None
    assert (origin.container, origin.keras_version) == (container, version)


def test_files_of_keras_2_say_who_wrote_them(releases: dict[str, Release]) -> None:
    of = releases["tf2.15"]
    said = {
        suffix: recognise(of.folder / f"functional{suffix}", Report()).what
        for suffix in (".h5", ".keras", ".json")
    }
    assert said == {
        ".h5": "a model (`Functional`) that Keras 2.15.0 saved whole in HDF5",
        ".keras": "a model (`Functional`) that Keras 2.15.0 saved as a `.keras` archive",
        ".json": "a model (`Functional`) that Keras 2.15.0 saved as JSON, without values",
    }


def test_weights_without_a_model_are_told_apart(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "old.h5", "w") as file:
        file.attrs["layer_names"] = np.array([b"dense"])
        file.create_group("dense")
    with h5py.File(tmp_path / "new.h5", "w") as file:
        file.create_group("layers/dense/vars")
    assert "that Keras 2 wrote" in recognise(tmp_path / "old.h5", Report()).what
    assert "that Keras 3 wrote" in recognise(tmp_path / "new.h5", Report()).what


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (np.array(["{}", "{}"], dtype=h5py.string_dtype()), "unsafe-weights"),
        (3, "unsafe-weights"),
        ("{", "archive-config"),
        ('{"a": 1, "a": 2}', "archive-config"),
        ("[]", "archive-config"),
        ('{"a":' * 500 + "1" + "}" * 500, "archive-too-large"),
    ],
)
def test_a_config_in_hdf5_is_bounded_and_read_strictly(value: object, code: str, tmp_path: Path) -> None:
    with h5py.File(tmp_path / "model.h5", "w") as file:
        file.attrs["model_config"] = value
    with pytest.raises(Refused) as refused:
        recognise(tmp_path / "model.h5", Report())
    assert refused.value.code == code


def test_a_damaged_hdf5_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "model.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(200))
    with pytest.raises(Refused) as refused:
        recognise(tmp_path / "model.h5", Report())
    assert refused.value.code == "broken-archive"
