"""Traps 42 to 46 where weights are attached: by `weights.load`, by `weights attach`, and to live models."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import h5py
import keras
import ml_dtypes
import numpy as np
import pytest
import safetensors.numpy
from attached_files import attached, equal, opened, saved
from test_traps_weights import values as stored_bytes

import modelspec
from modelspec import SpecError
from modelspec.compiler.values import Options
from modelspec.compiler.weights.archive import attach_to_archive
from modelspec.diagnostics import Report
from modelspec.weights.attach.rules import Rule

A, B = "{Dense: {units: 4}, name: a}", "{Dense: {units: 4}, name: b}"
NEW = "{Dense: {units: 4}, name: new}"
FIRST = np.arange(16, dtype="float32").reshape(4, 4)


def text(*items: str, load: str | None = None, head: str = "inputs: {x: [4]}") -> str:
    lines = ["modelspec: 1", head, "layers:", *(f"  - {item}" for item in items)]
    return "\n".join([*lines, *([f"weights: {{load: [{{{load}}}]}}"] if load else []), ""])


def document(folder: Path, *items: str, **more: Any) -> modelspec.Document:
    path = folder / "net.yaml"
    path.write_text(text(*items, **more))
    return modelspec.load(path)


def codes(made: modelspec.Document) -> list[str]:
    with pytest.raises(SpecError) as caught:
        made.check()
    return [found.code for found in caught.value.diagnostics if found.severity == "error"]


def layers(archive: Path) -> dict[str, list[np.ndarray]]:
    """The values of the innermost layers by their names, as Keras loads them."""
    found: dict[str, list[np.ndarray]] = {}

    def visit(model: Any) -> None:
        for layer in model.layers:
            if isinstance(layer, keras.Model):
                visit(layer)
            elif layer.weights:
                found[layer.name] = [np.asarray(one.value) for one in layer.weights]

    visit(opened(archive))
    return found


def same(ours: list[np.ndarray], theirs: list[np.ndarray]) -> bool:
    return len(ours) == len(theirs) and all(equal(*both) for both in zip(ours, theirs, strict=True))


@pytest.fixture
def trained(tmp_path: Path) -> dict[str, list[np.ndarray]]:
    """`trained.weights.h5` and `trained.keras`, of `a` and `b` in this order, and what is in them."""
    model = keras.Sequential([keras.Input((4,)), *(keras.layers.Dense(4, name=name) for name in ("a", "b"))])
    for number, name in enumerate(("a", "b")):
        model.get_layer(name).set_weights([FIRST + 100 * number, FIRST[0] + 100 * number])
    model.save_weights(tmp_path / "trained.weights.h5")
    model.save(tmp_path / "trained.keras")
    return {layer.name: [np.asarray(one.value) for one in layer.weights] for layer in model.layers}


# --- 42: what changes places, names and homes ------------------------------------------------------------

VARIANTS = [
    ("swapped", (B, A), ""),
    ("with a layer inserted", (NEW, A, B), "missing: init"),
    ("with one inserted between", (A, NEW, B), "missing: init"),
    ("with a dropout inserted", (A, "Dropout: {rate: 0.5, seed: 1}", B), ""),
    ("with one removed", (B,), "unexpected: ignore"),
    ("renamed", ("{Dense: {units: 4}, name: second}", A), "rename: {b: second}"),
]


@pytest.mark.parametrize("file", ["trained.weights.h5", "trained.keras"])
@pytest.mark.parametrize("head", ["inputs: {x: [4]}", "class: Sequential\ninputs: {x: [4]}"])
@pytest.mark.parametrize(("items", "rule"), [one[1:] for one in VARIANTS], ids=[one[0] for one in VARIANTS])
def test_trap_42_values_follow_their_names(
    tmp_path: Path, trained: Any, items: tuple[str, ...], rule: str, head: str, file: str
) -> None:
    load = ", ".join(filter(None, (f"file: {file}", rule)))
    found = layers(document(tmp_path, *items, load=load, head=head).build(tmp_path / "out.keras").path)
    names = {"second": "b"}
    arrived = {name: one for name, one in found.items() if name != "new"}
    assert len(arrived) == (1 if items == (B,) else 2)
    for name, value in arrived.items():
        assert same(value, trained[names.get(name, name)]), name
    assert not any(same(found[name], trained[other]) for name in found if name == "new" for other in "ab")


@pytest.mark.usefixtures("trained")
def test_trap_42_a_renamed_layer_is_an_error_that_names_both_sides(tmp_path: Path) -> None:
    made = document(tmp_path, A, "{Dense: {units: 4}, name: c}", load="file: trained.weights.h5")
    with pytest.raises(SpecError) as caught:
        made.check()
    told = str(caught.value)
    assert "has nothing for `c/kernel` [4, 4] float32" in told
    assert "no variable of this model takes `b/0` [4, 4] float32" in told
    assert "`rename: {b: c}`" in told


def test_trap_42_flat_and_nested(tmp_path: Path, trained: Any) -> None:
    nested = tmp_path / "outer.yaml"
    inner = f"models: {{part: {{inputs: {{y: [4]}}, layers: [{B}, {A}]}}}}"
    load = "file: trained.keras, into: part"
    nested.write_text(text("part", NEW, load=load, head=f"inputs: {{x: [4]}}\n{inner}"))
    found = layers(modelspec.load(nested).build(tmp_path / "outer.keras").path)
    assert same(found["a"], trained["a"])
    assert same(found["b"], trained["b"])
    for source in ("part", "layers/functional"):
        load = f"file: outer.keras, from: {source}"
        back = layers(document(tmp_path, A, B, load=load).build(tmp_path / "flat.keras").path)
        assert same(back["a"], trained["a"])
        assert same(back["b"], trained["b"])


# --- 43: shapes, dtypes, values that are none ------------------------------------------------------------


def arrays(folder: Path, **named: Any) -> str:
    np.savez(folder / "w.npz", **{name.replace("_", "/"): value for name, value in named.items()})
    return "file: w.npz"


@pytest.mark.parametrize(
    ("kernel", "wanted"),
    [
        (np.ones((4, 1), "float32"), ["mismatched-weights"]),
        (np.ones((1, 4), "float32"), ["mismatched-weights"]),
        (np.ones(16, "float32"), ["mismatched-weights"]),
        (np.ones((4, 4), "int32"), ["mismatched-weights"]),
        (np.ones((4, 4), "int8"), ["mismatched-weights"]),
        (np.ones((4, 4), "bool"), ["mismatched-weights"]),
        (np.ones((4, 4), "complex64"), ["mismatched-weights"]),
    ],
)
def test_trap_43_nothing_is_broadcast_reshaped_or_taken_for_what_it_is_not(
    tmp_path: Path, kernel: Any, wanted: list[str]
) -> None:
    load = arrays(tmp_path, a_kernel=kernel, a_bias=np.zeros(4, "float32"))
    assert codes(document(tmp_path, A, load=load)) == wanted
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4, name="a")])
    before = model.get_weights()
    with pytest.raises(SpecError, match="mismatched-weights"):
        modelspec.attach(model, tmp_path / "w.npz")
    assert same(model.get_weights(), before)


@pytest.mark.parametrize("dtype", ["float64", "float16", ml_dtypes.bfloat16])
def test_trap_43_floats_are_rounded_once_to_what_the_policy_asks_for(tmp_path: Path, dtype: Any) -> None:
    kernel = (FIRST / 7).astype(dtype)
    safetensors.numpy.save_file(
        {"a/kernel": kernel, "a/bias": np.zeros(4, dtype)}, tmp_path / "w.safetensors"
    )
    path = document(tmp_path, A, load="file: w.safetensors").build(tmp_path / "out.keras").path
    assert equal(layers(path)["a"][0], kernel.astype("float32"))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_trap_43_values_that_are_no_numbers_are_written_and_told(tmp_path: Path, value: float) -> None:
    load = arrays(tmp_path, a_kernel=np.full((4, 4), value, "float32"), a_bias=np.array([np.nan, 0, 0, 0]))
    built = document(tmp_path, A, load=load).build(tmp_path / "out.keras")
    assert [found.code for found in built.warnings] == ["nan-weights"] * bool(np.isnan(value))
    assert equal(layers(built.path)["a"][0], np.full((4, 4), value, "float32"))
    model = opened(built.path)
    told = modelspec.attach(model, tmp_path / "w.npz").diagnostics
    assert [found.code for found in told] == ["nan-weights"] * bool(np.isnan(value))


@pytest.mark.usefixtures("trained")
@pytest.mark.parametrize("how", ["name", "path", "order"])
def test_trap_43_nothing_that_matches_is_an_error_however_lenient(tmp_path: Path, how: str) -> None:
    lenient = "missing: init, unexpected: ignore, mismatch: skip"
    conv = "{Conv1D: {filters: 4, kernel_size: 1}, name: c}"
    load = f"file: trained.keras, match: {how}, {lenient}"
    assert codes(document(tmp_path, conv, load=load, head="inputs: {x: [4, 4]}")) == ["nothing-matches"]


# --- 44: dtypes and groups -------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", ["bfloat16", "float16", "mixed_bfloat16", "float32"])
@pytest.mark.parametrize("suffix", [".keras", ".weights.h5", ".weights.json"])
def test_trap_44_small_floats_keep_their_bits(tmp_path: Path, policy: str, suffix: str) -> None:
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4, name="a", dtype=policy)])
    kernel = (FIRST / 7).astype(keras.backend.standardize_dtype(model.layers[0].kernel.dtype))
    model.layers[0].set_weights([kernel, kernel[0]])
    path = saved(model, tmp_path, suffix)
    item = f"{{Dense: {{units: 4, dtype: {policy}}}, name: a}}"
    built = document(tmp_path, item, load=f"file: {path.name}").build(tmp_path / "out.keras").path
    assert equal(layers(built)["a"][0], kernel)


@pytest.mark.usefixtures("trained")
def test_trap_44_groups_without_values_may_be_missing(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "trained.weights.h5", "a") as file:
        assert "layers/dense/vars" in file
        for name in [name for name in ("vars", "layers/input_layer") if name in file]:
            del file[name]
    dropout = "{Dropout: {rate: 0.5}, name: drop}"
    made = document(tmp_path, A, dropout, B, load="file: trained.weights.h5")
    assert made.check() == ()


# --- 45: the optimizer, shards, keys ---------------------------------------------------------------------


def compiled_net() -> keras.Model:
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4, name="a")])
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)
    model.optimizer.iterations.assign(7)
    return model


@pytest.mark.parametrize("asked", [False, True])
@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("stored", [False, True])
def test_trap_45_the_optimizers_state_goes_where_both_have_it_and_it_is_asked_for(
    tmp_path: Path, asked: bool, compiled: bool, stored: bool
) -> None:
    model = compiled_net()
    if not stored:
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4, name="a")])
    model.save_weights(tmp_path / "w.weights.h5")
    load = f"file: w.weights.h5, optimizer: {str(asked).lower()}"
    path = tmp_path / "net.yaml"
    path.write_text(text(A, load=load) + ("compile: {optimizer: adam, loss: mse}\n" if compiled else ""))
    loaded = opened(modelspec.load(path).build(tmp_path / "out.keras").path)
    assert same(loaded.layers[-1].get_weights(), model.layers[-1].get_weights())
    if compiled:
        assert int(loaded.optimizer.iterations.value) == (7 if asked and stored else 0)


@pytest.fixture
def shards(tmp_path: Path) -> dict[str, np.ndarray]:
    """`w.weights.json` of at least two shards; its values by the names of layers."""
    model = keras.Sequential(
        [keras.Input((64,)), *(keras.layers.Dense(64, name=name, use_bias=False) for name in "abc")]
    )
    for number, layer in enumerate(model.layers):
        layer.set_weights([np.full((64, 64), number + 0.5, "float32")])
    model.save_weights(tmp_path / "w.weights.json", max_shard_size=40_000 / 1024**3)
    assert len(list(tmp_path.glob("w_*.weights.h5"))) >= 2
    return {layer.name: np.asarray(layer.kernel.value) for layer in model.layers}


SHARDED = tuple(f"{{Dense: {{units: 64, use_bias: false}}, name: {name}}}" for name in "cab")


def test_trap_45_shards_are_found_by_their_map_whatever_it_is_called(tmp_path: Path, shards: Any) -> None:
    (tmp_path / "w.weights.json").rename(tmp_path / "other.json")
    made = document(tmp_path, *SHARDED, load="file: other.json", head="inputs: {x: [64]}")
    found = layers(made.build(tmp_path / "out.keras").path)
    assert {name: one[0][0, 0] for name, one in found.items()} == {"a": 0.5, "b": 1.5, "c": 2.5}
    assert all(equal(found[name][0], value) for name, value in shards.items())


@pytest.mark.usefixtures("shards")
def test_trap_45_a_missing_shard_is_named_before_anything_is_assigned(tmp_path: Path) -> None:
    (tmp_path / "w_00001.weights.h5").unlink()
    rule = "file: w.weights.json, missing: init, mismatch: skip, unexpected: ignore"
    assert codes(document(tmp_path, *SHARDED, load=rule, head="inputs: {x: [64]}")) == ["missing-shard"]
    model = keras.Sequential(
        [keras.Input((64,)), *(keras.layers.Dense(64, name=name, use_bias=False) for name in "abc")]
    )
    before = model.get_weights()
    with pytest.raises(SpecError, match="w_00001") as caught:
        modelspec.attach(model, tmp_path / "w.weights.json", missing="init", mismatch="skip")
    assert [found.code for found in caught.value.diagnostics] == ["missing-shard"]
    assert same(model.get_weights(), before)


KEYS = {
    "names": ("a/kernel", "a/bias"),
    "numbers": ("a/0", "a/1"),
}
OF_TORCH = ("net.layer.3.weight", "net.layer.3.bias")


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
@pytest.mark.parametrize("keys", [*KEYS.values(), OF_TORCH], ids=[*KEYS, "other names"])
def test_trap_45_flat_files_by_their_keys(tmp_path: Path, suffix: str, keys: tuple[str, str]) -> None:
    values = dict(zip(keys, (FIRST, FIRST[0]), strict=True))
    if suffix == ".npz":
        np.savez(tmp_path / "w.npz", **values)
    else:
        safetensors.numpy.save_file(values, tmp_path / "w.safetensors")
    rename = (
        r'rename: {"net\\.layer\\.(\\d+)\\.weight": a/kernel, ".*bias": a/bias}' if keys == OF_TORCH else ""
    )
    load = ", ".join(filter(None, (f"file: w{suffix}", rename)))
    found = layers(document(tmp_path, A, load=load).build(tmp_path / "out.keras").path)
    assert same(found["a"], [FIRST, FIRST[0]])
    bare = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4, name="a")])
    bare.save(tmp_path / "bare.keras")
    rules = tuple(zip(keys, KEYS["names"], strict=True)) if keys == OF_TORCH else ()
    done = attached(tmp_path / "bare.keras", tmp_path / f"w{suffix}", tmp_path / "o.keras", rename=rules)
    assert same(layers(done.path)["a"], [FIRST, FIRST[0]])


# --- 46: archives ----------------------------------------------------------------------------------------


def rewritten(path: Path, *, packing: int = zipfile.ZIP_STORED, without: str = "", more: Any = ()) -> None:
    with zipfile.ZipFile(path) as archive:
        members = [(name, archive.read(name)) for name in archive.namelist() if name != without]
    with zipfile.ZipFile(path, "w", packing) as archive:
        for name, data in (*members, *more):
            archive.writestr(name, data)


FORMS = {
    "deflated": {"packing": zipfile.ZIP_DEFLATED},
    "without metadata": {"without": "metadata.json"},
    "with an asset": {"more": (("assets/words.txt", b"a\nb"),)},
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_trap_46_archives_are_attached_from_and_to_whatever_their_form(
    tmp_path: Path, trained: Any, form: dict[str, Any]
) -> None:
    rewritten(tmp_path / "trained.keras", **form)
    found = layers(document(tmp_path, B, A, load="file: trained.keras").build(tmp_path / "out.keras").path)
    assert same(found["a"], trained["a"])
    other = {"a/kernel": FIRST + 9, "a/bias": FIRST[0] + 9}
    np.savez(tmp_path / "w.npz", **other)
    done = attached(tmp_path / "trained.keras", tmp_path / "w.npz", tmp_path / "new.keras", missing="init")
    assert same(layers(done.path)["a"], list(other.values()))
    assert same(layers(done.path)["b"], trained["b"])
    with zipfile.ZipFile(done.path) as new, zipfile.ZipFile(tmp_path / "trained.keras") as old:
        assert set(new.namelist()) == {*old.namelist(), "metadata.json"}
        for name in old.namelist():
            if name != "model.weights.h5":
                assert new.read(name) == old.read(name)


@pytest.mark.usefixtures("trained")
def test_trap_46_members_that_are_nothing_of_keras_are_left_out_and_told(tmp_path: Path) -> None:
    rewritten(tmp_path / "trained.keras", more=(("notes.txt", b"read me"), ("b.txt", b"")))
    report = Report()
    source = (tmp_path / "trained.weights.h5", None)
    target = tmp_path / "new.keras"
    attach_to_archive(tmp_path / "trained.keras", [source], Rule(), target, report, options=Options())
    assert [found.code for found in report.diagnostics] == ["dropped-members"]
    assert len(zipfile.ZipFile(target).namelist()) == 3
    document(tmp_path, A, B, load="file: trained.keras").check()


@pytest.mark.usefixtures("trained")
@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
@pytest.mark.parametrize("name", ["config.json", "model.weights.h5", "metadata.json"])
def test_trap_46_an_archive_with_a_member_twice_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "trained.keras"
    with zipfile.ZipFile(path) as archive:
        data = archive.read(name)
    rewritten(path, more=((name, data),))
    rule = "file: trained.keras, missing: init, mismatch: skip, unexpected: ignore"
    assert codes(document(tmp_path, A, B, load=rule)) == ["unsafe-archive"]


def test_a_folder_is_read_as_keras_unzips_it(tmp_path: Path, trained: Any) -> None:
    with zipfile.ZipFile(tmp_path / "trained.keras") as archive:
        archive.extractall(tmp_path / "folder")
    found = layers(document(tmp_path, B, A, load="file: folder").build(tmp_path / "out.keras").path)
    assert same(found["a"], trained["a"])
    assert same(found["b"], trained["b"])


# --- quantized -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["int8", "float8", "int4"])
def test_quantized_values_keep_their_bits(tmp_path: Path, mode: str) -> None:
    def quantized(seed: int) -> keras.Model:
        keras.utils.set_random_seed(seed)
        names = ("a", "b") if seed == 1 else ("b", "a")
        model = keras.Sequential([keras.Input((4,)), *(keras.layers.Dense(4, name=name) for name in names)])
        for layer in model.layers:
            layer.quantize(mode)
        return model

    try:
        theirs, target = quantized(1), quantized(2)
    except (ValueError, NotImplementedError):
        pytest.skip(f"this Keras has no {mode}")
    theirs.save(tmp_path / "theirs.keras")
    target.save(tmp_path / "target.keras")
    done = attached(tmp_path / "target.keras", tmp_path / "theirs.keras", tmp_path / "out.keras")
    stored = stored_bytes(tmp_path / "theirs.keras")
    assert len(stored) >= 6
    assert stored_bytes(done.path) == stored != stored_bytes(tmp_path / "target.keras")
    loaded = keras.saving.load_model(done.path)
    for layer in theirs.layers:
        assert equal(loaded.get_layer(layer.name)._kernel.value, layer._kernel.value)
    # And never into what is not quantized, whose numbers mean something else.
    plain = keras.Sequential([keras.Input((4,)), *(keras.layers.Dense(4, name=name) for name in "ab")])
    if mode != "float8":
        before = plain.get_weights()
        with pytest.raises(SpecError):
            modelspec.attach(plain, tmp_path / "theirs.keras", unexpected="ignore")
        assert same(plain.get_weights(), before)


def test_the_config_of_an_archive_that_is_attached_to_stays(tmp_path: Path, trained: Any) -> None:
    attached(tmp_path / "trained.keras", tmp_path / "trained.weights.h5", tmp_path / "new.keras")
    with zipfile.ZipFile(tmp_path / "new.keras") as new, zipfile.ZipFile(tmp_path / "trained.keras") as old:
        assert json.loads(new.read("config.json")) == json.loads(old.read("config.json"))
    assert same(layers(tmp_path / "new.keras")["b"], trained["b"])
