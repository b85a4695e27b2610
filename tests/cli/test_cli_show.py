"""`modelspec show` of files that are no documents."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import pytest
from command_line import Run

OLD = {
    "class_name": "Sequential",
    "config": {
        "name": "chain",
        "layers": [
            {"class_name": "Dense", "config": {"name": "dense", "units": 2, "batch_input_shape": [None, 3]}},
            {"class_name": "Scale", "config": {"name": "scale"}},
        ],
    },
}


@pytest.fixture
def old_model(folder: Path) -> Path:
    """A whole model of Keras 2 in HDF5, with its one kernel and bias."""
    with h5py.File(folder / "old.keras", "w") as file:
        file.attrs["model_config"] = json.dumps(OLD)
        file.attrs["keras_version"] = "2.4.0"
        weights = file.create_group("model_weights")
        weights.attrs["layer_names"] = [b"dense", b"scale"]
        weights.create_group("scale").attrs["weight_names"] = []
        dense = weights.create_group("dense")
        dense.attrs["weight_names"] = [b"dense/kernel:0", b"dense/bias:0"]
        dense["dense/kernel:0"] = [[1.0, 2.0]] * 3
        dense["dense/bias:0"] = [0.0, 0.0]
    return folder / "old.keras"


def test_a_model_of_keras_2_is_shown_by_its_layers(old_model: Path, run: Run) -> None:
    done = run("show", "old.keras")
    assert done.status == 0
    assert "2 layers   8 parameters" in done.out
    assert "old.keras is a model (`Sequential`) that Keras 2.4.0 saved whole in HDF5" in done.out
    assert "warning[placeholder]: `Scale` is a layer that Keras does not have" in done.err


def test_a_model_of_keras_2_is_shown_as_data(old_model: Path, run: Run) -> None:
    data = json.loads(run("show", "old.keras", "--format", "json").out)
    assert (data["kind"], data["name"], data["keras_version"]) == ("model", "chain", "2.4.0")
    assert [(layer["name"], layer["class_name"], layer["params"]) for layer in data["layers"]] == [
        ("dense_input", "InputLayer", None),
        ("dense", "Dense", 8),
        ("scale", "placeholder>Scale", None),
    ]
    assert data["layers"][2]["reads"] == ["dense"]
    assert data["totals"] == {"layers": 2, "params": 8}


def test_a_model_of_keras_2_is_decompiled_with_what_is_left_to_write(old_model: Path, run: Run) -> None:
    done = run("decompile", "old.keras")
    assert done.status == 0
    assert "  - placeholder>Scale\n" in done.out
    assert "reads: [dense]" in done.out


def test_an_archive_says_what_modelspec_recorded(folder: Path, run: Run) -> None:
    assert run("build", "good.yaml", "-o", "net.keras").status == 0
    data = json.loads(run("show", "net.keras", "--format", "json").out)
    assert data["kind"] == "model"
    assert data["keras_version"].startswith("3.")
    assert data["modelspec"]["version"]
    shapes = {layer["name"]: layer["output_shape"] for layer in data["layers"]}
    assert all(shape is None or shape[0] is None for shape in shapes.values())
    assert sum(layer["params"] or 0 for layer in data["layers"]) == data["totals"]["params"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "file is empty; copy or download it again\n"),
        (b"import keras\n", "file is Python text; run it, and give the archive that it saves\n"),
        (b"version https://git-lfs.github.com/spec/v1\n", "file is a git-LFS pointer; run `git lfs pull`\n"),
    ],
)
def test_what_is_no_model_is_told_in_a_sentence(content: bytes, said: str, folder: Path, run: Run) -> None:
    (folder / "file").write_bytes(content)
    done = run("show", "file")
    assert (done.status, done.out) == (0, said)


def test_a_damaged_file_is_an_error(folder: Path, run: Run) -> None:
    (folder / "model.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    done = run("show", "model.h5")
    assert (done.status, done.out) == (1, "")
    assert "error[broken-archive]" in done.err
