"""A `.keras` archive as a nested model: its config and its values come along, and its traps do not."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

import modelspec

INNER = """
modelspec: 1
name: inner
inputs: {x: [4]}
layers:
  - Dense: {units: 3}
    name: d
  - BatchNormalization
weights: {seed: 5}
"""
OUTER = """
modelspec: 1
inputs: {x: [4]}
models:
  enc: {file: inner.keras}
layers:
  - enc
  - Dense: {units: 2}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "outer.yaml").write_text(OUTER)
    (tmp_path / "inner.yaml").write_text(INNER)
    modelspec.load(tmp_path / "inner.yaml").build(tmp_path / "inner.keras")
    return tmp_path


def rewritten(folder: Path, change: Callable[[Any], None]) -> None:
    source = zipfile.ZipFile(folder / "inner.keras")
    members = {name: source.read(name) for name in source.namelist()}
    weights = io.BytesIO(members["model.weights.h5"])
    with h5py.File(weights, "r+") as file:
        change(file)
    members["model.weights.h5"] = weights.getvalue()
    with zipfile.ZipFile(folder / "inner.keras", "w") as target:
        for name, data in members.items():
            target.writestr(name, data)


def test_the_values_of_a_nested_archive_come_along(folder: Path) -> None:
    modelspec.load(folder / "outer.yaml").build(folder / "outer.keras")
    with (
        zipfile.ZipFile(folder / "inner.keras") as inner,
        zipfile.ZipFile(folder / "outer.keras") as outer,
        h5py.File(io.BytesIO(inner.read("model.weights.h5"))) as wanted,
        h5py.File(io.BytesIO(outer.read("model.weights.h5"))) as found,
    ):
        kernel = wanted["layers/dense/vars/0"][()]
        assert np.any(kernel != 0)
        assert np.array_equal(found["layers/functional/layers/dense/vars/0"][()], kernel)


@pytest.fixture
def with_lambda(folder: Path) -> Path:
    """An `inner.keras` that holds Python code."""
    import keras

    keras.Sequential([keras.Input((4,)), keras.layers.Lambda(lambda x: 2 * x)]).save(folder / "inner.keras")
    return folder


def codes(path: Path, **options: Any) -> list[str]:
    """What a check finds, as codes."""
    try:
        return [item.code for item in modelspec.load(path, **options).check()]
    except modelspec.SpecError as error:
        return [item.code for item in error.diagnostics]


def test_what_a_caller_once_allowed_of_an_archive_is_refused_again(with_lambda: Path) -> None:
    outer = with_lambda / "outer.yaml"
    assert codes(outer) == ["unsafe-object"]
    assert codes(outer, allow_unsafe=True) == ["unsafe-allowed"]
    assert codes(outer, allow_unsafe=True) == ["unsafe-allowed"]  # from the cache
    assert codes(outer) == ["unsafe-object"]
    with pytest.raises(modelspec.SpecError):
        modelspec.load(outer).build(with_lambda / "outer.keras")
    assert not (with_lambda / "outer.keras").exists()


def test_an_archive_with_code_is_refused_together_with_what_else_is_wrong(with_lambda: Path) -> None:
    (with_lambda / "outer.yaml").write_text(OUTER.replace("units", "unitss"))
    assert codes(with_lambda / "outer.yaml") == ["unsafe-object", "unknown-argument"]


def test_metadata_of_an_archive_is_warned_of_once(folder: Path) -> None:
    with zipfile.ZipFile(folder / "inner.keras") as source:
        members = {name: source.read(name) for name in source.namelist()}
    with zipfile.ZipFile(folder / "inner.keras", "w") as target:
        for name, data in members.items():
            target.writestr(name, b"[" if name == "metadata.json" else data)
    assert codes(folder / "outer.yaml") == ["archive-metadata"]
    assert codes(folder / "outer.yaml") == ["archive-metadata"]


BETWEEN = """
modelspec: 1
inputs: {x: [4]}
models:
  enc: {file: wide.keras}
  mid:
    inputs: {x: [4]}
    layers:
      - enc
      - Dense: {units: 4}
layers:
  - mid
"""


def test_two_documents_may_call_different_archives_alike(folder: Path) -> None:
    (folder / "wide.yaml").write_text(INNER.replace("units: 3", "units: 30"))
    modelspec.load(folder / "wide.yaml").build(folder / "wide.keras")
    (folder / "between.yaml").write_text(BETWEEN)
    both = OUTER.replace("  enc:", "  sub: {file: between.yaml}\n  enc:")
    (folder / "both.yaml").write_text(both.replace("  - enc", "  - sub\n  - enc"))
    config = modelspec.load(folder / "both.yaml").config()
    units = [item["config"]["units"] for item in objects(config) if item["class_name"] == "Dense"]
    assert sorted(units) == [2, 3, 4, 30]


def objects(tree: Any) -> list[Any]:
    inside = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    own = [tree] if isinstance(tree, dict) and "class_name" in tree else []
    return own + [found for value in inside for found in objects(value)]


@pytest.mark.parametrize(
    ("change", "code", "reason"),
    [
        (
            lambda file: _replace(file, h5py.ExternalLink("/etc/passwd", "/x")),
            "unsafe-weights",
            "a link into another file",
        ),
        (
            lambda file: _replace(file, h5py.SoftLink("/layers/dense/vars/1")),
            "unsafe-weights",
            "a soft link",
        ),
        (
            lambda file: _replace(file, np.zeros((3, 4), "float32")),
            "broken-archive",
            "it is of shape [3, 4], and the model's variable of [4, 3]",
        ),
        (lambda file: _replace(file, None), "broken-archive", "it is not there"),
        (lambda file: _virtual(file), "unsafe-weights", "may lie in other files"),
        (lambda file: _replace(file, ["text"] * 12), "unsafe-weights", "it holds texts"),
        (lambda file: _plugin(file), "unsafe-weights", "the filter 32999"),
    ],
    ids=["external link", "soft link", "another shape", "missing", "virtual", "texts", "plugin"],
)
def test_a_value_that_must_not_be_read_is_refused(
    folder: Path, change: Callable[[Any], None], code: str, reason: str
) -> None:
    rewritten(folder, change)
    with pytest.raises(modelspec.SpecError) as raised:
        modelspec.load(folder / "outer.yaml").build(folder / "outer.keras")
    assert [item.code for item in raised.value.diagnostics] == [code]
    assert reason in raised.value.diagnostics[0].message
    assert not (folder / "outer.keras").exists()


def _replace(file: Any, value: Any) -> None:
    del file["layers/dense/vars/0"]
    if value is not None:
        file["layers/dense/vars/0"] = value


def _virtual(file: Any) -> None:
    layout = h5py.VirtualLayout((4, 3), "float32")
    layout[:] = h5py.VirtualSource("elsewhere.h5", "x", shape=(4, 3))
    del file["layers/dense/vars/0"]
    file["layers/dense/vars"].create_virtual_dataset("0", layout)


def _plugin(file: Any) -> None:
    del file["layers/dense/vars/0"]
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_chunk((4, 3))
    plist.set_filter(32999, h5py.h5z.FLAG_OPTIONAL, (1,))
    space = h5py.h5s.create_simple((4, 3))
    made = h5py.h5d.create(file["layers/dense/vars"].id, b"0", h5py.h5t.IEEE_F32LE, space, plist)
    h5py.Dataset(made).id.write_direct_chunk((0, 0), bytes(48))
