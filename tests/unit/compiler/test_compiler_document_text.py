"""What is said of files that are given as documents and are none."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

from modelspec.compiler.document_text import load_document
from modelspec.diagnostics import Diagnostic, Report

GRAPH = {"name": "net", "layers": [], "input_layers": [], "output_layers": []}
CONFIG = {"class_name": "Functional", "config": GRAPH}


def only_mistake(path: Path) -> Diagnostic:
    report = Report()
    assert load_document(path, report) is None
    (found,) = report.diagnostics
    return found


def write_archive(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.15.0", "date_saved": "é"}))
        archive.writestr("config.json", json.dumps(CONFIG))
        archive.writestr("model.weights.h5", bytes(range(256)))
    return path


@pytest.mark.parametrize("padding", [0, 17 * 1024 * 1024])
def test_an_archive_is_no_document(tmp_path: Path, padding: int) -> None:
    path = write_archive(tmp_path / "net.keras")
    if padding:
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr("assets/large.bin", b"\xff" * padding)
    found = only_mistake(path)
    assert found.code == "not-a-document"
    assert "is a model (`Functional`) that Keras 3.15.0 saved as a `.keras` archive" in found.message
    assert found.help == "`modelspec decompile` writes its document"


def test_weights_are_no_document(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros(3))
    found = only_mistake(tmp_path / "a.npy")
    assert (found.code, found.help) == ("not-a-document", "`modelspec weights show` lists what it holds")
    assert found.message.endswith("is a NumPy array, not a document")


def test_packed_data_is_no_document(tmp_path: Path) -> None:
    (tmp_path / "net.yaml.gz").write_bytes(gzip.compress(b"modelspec: 1\n"))
    assert only_mistake(tmp_path / "net.yaml.gz").message.endswith("is gzip data, not a document")


def test_a_damaged_hdf5_file_is_told_as_such(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["a"] = [1.0]
    data = (tmp_path / "a.h5").read_bytes()
    (tmp_path / "a.h5").write_bytes(data[: len(data) // 2])
    assert only_mistake(tmp_path / "a.h5").code == "broken-archive"


@pytest.mark.parametrize("content", ["# café\n".encode("latin-1"), b"\xff\xfea\0:\0", bytes(range(256))])
def test_what_is_of_no_known_kind_is_text_in_another_encoding(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "net.yaml").write_bytes(content)
    assert only_mistake(tmp_path / "net.yaml").code == "not-utf8"


def test_a_text_is_read(tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text("modelspec: 1\n")
    report = Report()
    loaded = load_document(tmp_path / "net.yaml", report)
    assert loaded is not None
    assert loaded[0].text == "modelspec: 1\n"
    assert not report.diagnostics


def test_a_file_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    assert only_mistake(tmp_path / "net.yaml").code == "file-not-found"
