"""Weights extracted to every format, loaded by Keras and by the libraries that the formats belong to.

Older releases on demand: `MODELSPEC_PYTHONS` lists the Pythons of their environments, apart by colons.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import warnings
from pathlib import Path
from typing import Any

import extracted_nets as nets
import keras
import numpy as np
import pytest
import safetensors.numpy

from modelspec.compiler.values import Options
from modelspec.compiler.weights.extract import Extracted, Wanted, extract_from
from modelspec.diagnostics import Report

PYTHONS = tuple(filter(None, os.environ.get("MODELSPEC_PYTHONS", "").split(os.pathsep)))
KB = 1000


def extracted(source: Path, target: Path, *, codes: tuple[str, ...] = (), **wanted: Any) -> Extracted:
    report = Report()
    done = extract_from(source, Wanted(target, **wanted), report, options=Options())
    assert tuple(found.code for found in report.diagnostics) == codes, report.diagnostics
    return done


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("archive")
    model = nets.fill(nets.net(compiled=True), seed=1)
    np.savez(folder / "values.npz", *nets.values(model))
    model.save(folder / "net.keras")
    return folder / "net.keras"


@pytest.fixture(scope="module")
def expected(archive: Path) -> list[Any]:
    with np.load(archive.with_name("values.npz")) as stored:
        return [stored[f"arr_{number}"] for number in range(len(stored.files))]


def wrong(path: Path, expected: list[Any], *, compiled: bool = False) -> list[str]:
    model = nets.fill(nets.net(compiled=compiled), seed=2)
    model.load_weights(path)
    return nets.wrong(model, expected[: len(nets.variables(model))])


TARGETS = [
    ("w.weights.h5", {}),
    ("w.weights.json", {}),
    ("w.weights.json", {"shard_size": 2 * KB}),
    ("w.weights.json", {"shard_size": 700}),
]


@pytest.mark.parametrize(("name", "wanted"), TARGETS)
@pytest.mark.parametrize("optimizer", [False, True])
def test_keras_loads_what_is_extracted(
    archive: Path, expected: list[Any], tmp_path: Path, name: str, wanted: dict[str, int], optimizer: bool
) -> None:
    # The kernel of `wide` has 960 bytes.
    codes = ("large-tensor",) * (wanted.get("shard_size") == 700)
    extracted(archive, tmp_path / name, optimizer=optimizer, codes=codes, **wanted)
    assert wrong(tmp_path / name, expected, compiled=optimizer) == []


def test_a_tensor_larger_than_a_shard_which_keras_does_not_save_is_loaded_by_keras(
    archive: Path, expected: list[Any], tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="exceeds the maximum shard size"):
        nets.net().save_weights(tmp_path / "theirs.weights.json", max_shard_size=100 / 1024**3)
    done = extracted(archive, tmp_path / "w.weights.json", shard_size=100, codes=("large-tensor",))
    assert len(done.shards) > 5
    assert wrong(tmp_path / "w.weights.json", expected) == []


@pytest.mark.parametrize("size", [2 * KB, 3 * KB, 5 * KB])
def test_shards_hold_what_those_of_keras_do(archive: Path, tmp_path: Path, size: int) -> None:
    keras.saving.load_model(archive, compile=False).save_weights(
        tmp_path / "theirs.weights.json", max_shard_size=size / 1024**3
    )
    extracted(archive, tmp_path / "ours.weights.json", shard_size=size)
    theirs, ours = (
        json.loads((tmp_path / f"{name}.weights.json").read_text()) for name in ("theirs", "ours")
    )
    assert ours["metadata"] == theirs["metadata"]
    assert ours["weight_map"].keys() == theirs["weight_map"].keys()
    assert all(isinstance(files, str) for files in ours["weight_map"].values())


CHAIN = [".safetensors", ".npz", ".weights.h5", ".weights.json"]


@pytest.mark.parametrize("steps", [*itertools.permutations([".weights.h5", ".weights.json"]), CHAIN[::-1]])
def test_weights_pass_from_format_to_format(
    archive: Path, expected: list[Any], tmp_path: Path, steps: tuple[str, ...]
) -> None:
    source = archive
    for number, step in enumerate(steps):
        target = tmp_path / f"{number}{step}"
        extracted(source, target)
        source = target
    if source.name.endswith((".h5", ".json")):
        assert wrong(source, expected) == []
    else:
        found = safetensors.numpy.load_file(source)
        assert np.array_equal(found["encoder/proj/0"], nets.values(keras.saving.load_model(archive))[0])


@pytest.mark.parametrize("name", ["w.safetensors", "w.npz"])
def test_flat_files_call_variables_as_keras_does(
    archive: Path, expected: list[Any], tmp_path: Path, name: str
) -> None:
    extracted(archive, tmp_path / name, optimizer=True)
    path = tmp_path / name
    found = safetensors.numpy.load_file(path) if name.endswith("s") else dict(np.load(path))
    model = keras.saving.load_model(archive)
    assert len(found) == len(expected) == len(nets.variables(model))
    encoder, attention, bi = (model.get_layer(layer) for layer in ("encoder", "attention", "bi"))
    wanted = {
        "encoder/proj/kernel": encoder.get_layer("proj").kernel,
        "encoder/norm/moving_mean": encoder.layers[1].moving_mean,
        "attention/query_dense/bias": attention._query_dense.bias,
        "attention/output_dense/kernel": attention._output_dense.kernel,
        "bi/forward_layer/cell/recurrent_kernel": bi.forward_layer.cell.recurrent_kernel,
        "bi/backward_layer/cell/bias": bi.backward_layer.cell.bias,
        "head/kernel": model.get_layer("head").kernel,
        "optimizer/iteration": model.optimizer.variables[0],
        "optimizer/learning_rate": model.optimizer.variables[1],
    }
    for key, variable in wanted.items():
        assert np.array_equal(found[key], keras.ops.convert_to_numpy(variable.value)), key


POLICIES = ["bfloat16", "float16", "mixed_bfloat16"]


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("name", ["w.weights.h5", "w.weights.json"])
def test_bits_of_other_dtypes_stay(tmp_path: Path, policy: str, name: str) -> None:
    def made() -> Any:
        return keras.Sequential(
            [keras.Input((8,)), keras.layers.Dense(4, dtype=policy), keras.layers.Dense(2, dtype=policy)]
        )

    model = made()
    model.save(tmp_path / "m.keras")
    extracted(tmp_path / "m.keras", tmp_path / name)
    loaded = made()
    loaded.load_weights(tmp_path / name)
    for left, right in zip(nets.values(model), nets.values(loaded), strict=True):
        assert (left.dtype, left.tobytes()) == (right.dtype, right.tobytes())


@pytest.mark.parametrize("name", ["w.weights.h5", "w.weights.json", "w.safetensors"])
def test_quantized_values_stay(tmp_path: Path, name: str) -> None:
    model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(4), keras.layers.Dense(2)])
    for layer in model.layers:
        layer.quantize("int8")
    model.save(tmp_path / "m.keras")
    done = extracted(tmp_path / "m.keras", tmp_path / name)
    assert {one.dtype for one in done.tensors} == {"int8", "float32"}
    if name.endswith(".safetensors"):
        found = safetensors.numpy.load_file(tmp_path / name)
        kernels = [
            found[f"{layer.name}/{name}"] for layer in model.layers for name in ("kernel", "kernel_scale")
        ]
        theirs = [one for layer in model.layers for one in (layer._kernel, layer.kernel_scale)]
        for ours, variable in zip(kernels, theirs, strict=True):
            assert np.array_equal(ours, keras.ops.convert_to_numpy(variable.value))
        return
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    for one in loaded.variables:
        one.assign(keras.ops.zeros_like(one.value))
    loaded.load_weights(tmp_path / name)
    for left, right in zip(nets.values(model), nets.values(loaded), strict=True):
        assert (left.dtype, left.tobytes()) == (right.dtype, right.tobytes())


def test_what_keras_saved_as_weights_is_extracted_too(tmp_path: Path) -> None:
    model = nets.fill(nets.net(), seed=5)
    expected = nets.values(model)
    model.save_weights(tmp_path / "k.weights.h5")
    model.save_weights(tmp_path / "s.weights.json", max_shard_size=2000 / 1024**3)
    for source in ("k.weights.h5", "s.weights.json"):
        extracted(tmp_path / source, tmp_path / "ours.weights.h5")
        assert wrong(tmp_path / "ours.weights.h5", expected) == []


def test_a_part_is_loaded_where_it_belongs(archive: Path, expected: list[Any], tmp_path: Path) -> None:
    extracted(archive, tmp_path / "part.weights.h5", only=("encoder/**", "head/**"))
    model = nets.fill(nets.net(), seed=2)
    before = nets.values(model)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras misses the rest, and says so
        model.load_weights(tmp_path / "part.weights.h5", skip_mismatch=True)
    taken = {one.path for one in nets.variables(model) if one.path.startswith(("encoder/", "head/"))}
    assert len(taken) == 8
    for one, value, old, new in zip(
        nets.variables(model), nets.values(model), before, expected, strict=False
    ):
        assert np.array_equal(value, new if one.path in taken else old), one.path


@pytest.mark.slow
@pytest.mark.skipif(not PYTHONS, reason="`MODELSPEC_PYTHONS` names the Pythons of other releases")
@pytest.mark.parametrize("python", PYTHONS)
def test_other_releases_load_what_is_extracted(archive: Path, tmp_path: Path, python: str) -> None:
    version = subprocess.run(
        [python, "-c", "from importlib.metadata import version; print(version('keras'))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    release = tuple(int(part) for part in version.split(".")[:2])
    files = [("w.weights.h5", {})]
    if release >= (3, 10):
        # 3.10 loses count where a layer's variables lie in two shards, as the optimizer's do here.
        files += [("s.weights.json", {"shard_size": 2 * KB, "optimizer": release >= (3, 11)})]
        files += [("l.weights.json", {"shard_size": 1200})]
    for name, wanted in files:
        extracted(archive, tmp_path / name, **wanted)
    arguments = [f"{'optimizer:' * bool(wanted.get('optimizer'))}{tmp_path / name}" for name, wanted in files]
    done = subprocess.run(
        [python, nets.__file__, archive.with_name("values.npz"), *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "KERAS_BACKEND": "jax", "PYTHONPATH": ""},
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
