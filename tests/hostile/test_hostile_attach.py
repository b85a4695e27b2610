"""Attaching from files that lie: refused however lenient the rule; nothing is written or changed."""

from __future__ import annotations

import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from forged_weights import FORGED, NPZ, SAFETENSORS

import modelspec
from modelspec import SpecError
from modelspec.compiler.values import Options
from modelspec.compiler.weights.archive import attach_to_archive
from modelspec.diagnostics import Report
from modelspec.weights.attach.rules import Rule

h5py = pytest.importorskip("h5py")
np = pytest.importorskip("numpy")

DOCUMENT = "modelspec: 1\ninputs: {x: [2]}\nlayers: [{Dense: {units: 3}, name: a}]\n"
LENIENT = {"missing": "init", "unexpected": "ignore", "mismatch": "skip"}
REFUSALS = {
    "unsafe-weights",
    "unsafe-archive",
    "archive-form",
    "archive-too-large",
    "archive-config",
    "broken-archive",
    "missing-shard",
    "not-weights",
    "not-an-archive",
}


def hdf5(forge: Any) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        path = folder / "w.weights.h5"
        with h5py.File(path, "w") as file:
            group = file.create_group("layers/dense/vars")
            group.attrs["name"] = "a"
            group["0"] = np.full((2, 3), 7, "float32")
            group["1"] = np.full(3, 7, "float32")
            forge(file, path)
        return path

    return write


def contents(data: bytes) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        (folder / "w").write_bytes(data)
        return folder / "w"

    return write


def in_archive(forge: Any) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        weights = hdf5(forge)(folder).read_bytes()
        with zipfile.ZipFile(folder / "w.keras", "w") as archive:
            config = {"module": "keras", "class_name": "Sequential", "config": {"layers": []}}
            archive.writestr("config.json", json.dumps(config))
            archive.writestr("model.weights.h5", weights)
        return folder / "w.keras"

    return write


def mapped(target: str) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        hdf5(lambda file, path: None)(folder).rename(folder.parent / "w_00000.weights.h5")
        (folder / "w.weights.json").write_text(json.dumps({"weight_map": {"/layers/dense/vars": target}}))
        return folder / "w.weights.json"

    return write


def twice(folder: Path) -> Path:
    path = in_archive(lambda file, path: None)(folder)
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("config.json", "{}")
    return path


CASES: dict[str, Callable[[Path], Path]] = {
    **{f"hdf5 {number} {FORGED[forge][1]}": hdf5(forge) for number, forge in enumerate(FORGED)},
    **{f"archive {number} {FORGED[forge][1]}": in_archive(forge) for number, forge in enumerate(FORGED)},
    **{f"npz, {name}": contents(data) for name, (data, _) in NPZ.items()},
    **{f"safetensors, {name}": contents(data) for name, (data, _) in SAFETENSORS.items()},
    "a pickle": contents(pickle.dumps({"a/kernel": [1]})),
    "a map upwards": mapped("../w_00000.weights.h5"),
    "a map to an absolute path": mapped("/etc/passwd"),
    "a map to a drive": mapped("C:\\w.h5"),
    "a map to a home": mapped("~/w.h5"),
    "a map to nowhere": mapped("w_00001.weights.h5"),
    "an archive with a member twice": twice,
}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return modelspec.loads(DOCUMENT).build(tmp_path_factory.mktemp("net") / "net.keras").path


def refusals(error: SpecError) -> set[str]:
    return {found.code for found in error.diagnostics if found.severity == "error"}


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


@pytest.fixture
def forged(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    (tmp_path / "files").mkdir()
    return CASES[request.param](tmp_path / "files")


@pytest.mark.parametrize("forged", CASES, indirect=True)
def test_no_leniency_softens_a_refusal_in_a_document(forged: Path, tmp_path: Path) -> None:
    load = {"file": f"files/{forged.name}", **LENIENT}
    (tmp_path / "net.yaml").write_text(DOCUMENT + f"weights: {{load: [{json.dumps(load)}]}}\n")
    (tmp_path / "out.keras").write_bytes(b"old")
    before = names(tmp_path)
    with pytest.raises(SpecError) as caught:
        modelspec.load(tmp_path / "net.yaml").build(tmp_path / "out.keras")
    assert refusals(caught.value) <= REFUSALS
    assert caught.value.diagnostics[0].place is not None
    assert (tmp_path / "out.keras").read_bytes() == b"old"
    assert names(tmp_path) == before


@pytest.mark.parametrize("forged", CASES, indirect=True)
def test_no_leniency_softens_a_refusal_of_attach(forged: Path, tmp_path: Path, archive: Path) -> None:
    rule = Rule(missing="init", unexpected="ignore", mismatch="skip", optimizer=True)
    before = names(tmp_path)
    with pytest.raises(SpecError) as caught:
        attach_to_archive(
            archive, [(forged, None)], rule, tmp_path / "out.keras", Report(), options=Options()
        )
    assert refusals(caught.value) <= REFUSALS
    assert names(tmp_path) == before


@pytest.fixture(scope="module")
def live() -> Any:
    keras = pytest.importorskip("keras")
    return keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, name="a")])


@pytest.mark.parametrize("forged", CASES, indirect=True)
def test_no_leniency_softens_a_refusal_for_a_live_model(forged: Path, live: Any) -> None:
    before = [np.array(value) for value in live.get_weights()]
    with pytest.raises(SpecError) as caught:
        modelspec.attach(live, forged, missing="init", unexpected="ignore", mismatch="skip")
    assert refusals(caught.value) <= REFUSALS
    with pytest.raises(SpecError):
        modelspec.plan_attach(live, forged, missing="init", unexpected="ignore", mismatch="skip")
    for one, other in zip(live.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, other)


def test_an_honest_file_of_the_same_kind_goes_in(tmp_path: Path, archive: Path, live: Any) -> None:
    """So that what is refused above is refused for what was forged."""
    for make in (hdf5, in_archive):
        path = make(lambda file, path: None)(tmp_path)
        attach_to_archive(
            archive, [(path, None)], Rule(), tmp_path / "out.keras", Report(), options=Options()
        )
        modelspec.attach(live, path)


@pytest.mark.parametrize("forge", list(FORGED)[:3], ids=lambda forge: forge.__name__)
def test_an_archive_that_lies_is_not_attached_to(tmp_path: Path, forge: Any) -> None:
    (tmp_path / "own").mkdir()
    own = in_archive(forge)(tmp_path / "own")
    honest = hdf5(lambda file, path: None)(tmp_path)
    with pytest.raises(SpecError) as caught:
        attach_to_archive(own, [(honest, None)], Rule(), tmp_path / "o.keras", Report(), options=Options())
    assert refusals(caught.value) == {"unsafe-weights"}
    assert not (tmp_path / "o.keras").exists()


def test_a_source_that_changes_between_looking_and_writing_gives_no_archive(
    tmp_path: Path, archive: Path
) -> None:
    path = hdf5(lambda file, path: None)(tmp_path)
    load = f"weights: {{load: [{{file: {path.name}}}]}}\n"
    (tmp_path / "net.yaml").write_text(DOCUMENT + load)
    document = modelspec.load(tmp_path / "net.yaml")
    document.check()
    hdf5(lambda file, _: file.__setitem__("x", h5py.SoftLink("/layers")))(tmp_path)
    with pytest.raises(SpecError) as caught:
        document.build(tmp_path / "out.keras")
    assert refusals(caught.value) == {"unsafe-weights"}
    with h5py.File(path, "w") as file:
        file.create_group("layers/dense/vars").attrs["name"] = "a"
        file["layers/dense/vars/0"] = np.zeros((9, 9), "float32")
    with pytest.raises(SpecError) as caught:
        document.build(tmp_path / "out.keras")
    assert refusals(caught.value) == {"broken-archive"}
    assert not (tmp_path / "out.keras").exists()
