"""Files of Keras 2 and TensorFlow.js as files of weights: what they hold, and what is refused of them."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from modelspec.archive.checkpoint import open_checkpoint
from modelspec.diagnostics import Diagnostic, Report, SpecError

h5py = pytest.importorskip("h5py")

KERNEL = np.arange(12, dtype="float32").reshape(4, 3)
BIAS = np.array([1, 2, 3], "float32")


def layer(cls: str, name: str, **config: Any) -> dict[str, Any]:
    return {"class_name": cls, "config": {"name": name, **config}}


def chain(*layers: Any) -> dict[str, Any]:
    return layer("Sequential", "net", layers=list(layers))


DENSE = {"kernel:0": KERNEL, "bias:0": BIAS}


def write_older(
    path: Path,
    layers: Mapping[str, Mapping[str, Any]],
    config: Any = None,
    change: Callable[[Any], None] = lambda group: None,
) -> Path:
    """A file as Keras 2 writes it.

    Args:
        layers: by name: values by their stored names, below the layer's own.
        config: of the model; with `None` a file of weights alone.
        change: what is done to the group of the values at the end.
    """
    with h5py.File(path, "w") as file:
        group = file
        if config is not None:
            file.attrs["model_config"] = json.dumps(config)
            group = file.create_group("model_weights")
        group.attrs["layer_names"] = [name.encode() for name in layers]
        group.attrs["keras_version"] = b"2.4.0"
        for name, values in layers.items():
            below = group.create_group(name)
            below.attrs["weight_names"] = [f"{name}/{one}".encode() for one in values]
            for one, value in values.items():
                below.create_dataset(f"{name}/{one}", data=value)
        change(group)
    return path


def opened(path: Path) -> dict[str, Any]:
    """The values of a file by their best names."""
    report = Report()
    checkpoint = open_checkpoint(path, report)
    assert checkpoint is not None, report.diagnostics
    with checkpoint:
        return {tensor.shown: checkpoint.values(tensor).array() for tensor in checkpoint.tensors}


def refused(path: Path) -> Diagnostic:
    report = Report()
    assert open_checkpoint(path, report) is None
    (found,) = report.diagnostics
    assert found.severity == "error"
    return found


def test_a_whole_model_has_its_values_at_the_addresses_of_today(tmp_path: Path) -> None:
    config = chain(layer("Dense", "a"), layer("Dropout", "d"), layer("Dense", "b", use_bias=False))
    layers = {"a": DENSE, "d": {}, "b": {"kernel:0": KERNEL.T}}
    checkpoint = open_checkpoint(write_older(tmp_path / "m.h5", layers, config), Report())
    assert checkpoint is not None
    with checkpoint:
        assert checkpoint.form == "HDF5 model of Keras 2"
        assert {tensor.key: tensor.names for tensor in checkpoint.tensors} == {
            "layers/dense/vars/0": ("a/kernel", "a/0"),
            "layers/dense/vars/1": ("a/bias", "a/1"),
            "layers/dense_1/vars/0": ("b/kernel", "b/0"),
        }
        found = [checkpoint.values(tensor).array() for tensor in checkpoint.tensors]
    for value, expected in zip(found, [KERNEL, BIAS, KERNEL.T], strict=True):
        np.testing.assert_array_equal(value, expected)


def test_weights_alone_have_their_names(tmp_path: Path) -> None:
    found = opened(write_older(tmp_path / "w.h5", {"a": DENSE, "d": {}}))
    assert list(found) == ["a/kernel", "a/bias"]
    np.testing.assert_array_equal(found["a/kernel"], KERNEL)


def test_names_of_many_layers_lie_in_several_attributes(tmp_path: Path) -> None:
    def divide(group: Any) -> None:
        names = list(group.attrs["layer_names"])
        del group.attrs["layer_names"]
        group.attrs["layer_names0"], group.attrs["layer_names1"] = names[:1], names[1:]
        below = group["b"]
        names = list(below.attrs["weight_names"])
        del below.attrs["weight_names"]
        below.attrs["weight_names0"], below.attrs["weight_names1"] = names[:1], names[1:]

    found = opened(write_older(tmp_path / "w.h5", {"a": DENSE, "b": DENSE}, change=divide))
    assert list(found) == ["a/kernel", "a/bias", "b/kernel", "b/bias"]


@pytest.mark.parametrize("whole", [True, False], ids=["whole", "alone"])
def test_a_layer_for_cudnn_becomes_an_ordinary_one(tmp_path: Path, whole: bool) -> None:
    bias = np.arange(24, dtype="float32")
    values = {
        "kernel:0": np.ones((4, 12), "float32"),
        "recurrent_kernel:0": np.ones((3, 12), "float32"),
        "bias:0": bias,
    }
    config = chain(layer("CuDNNLSTM", "l", units=3)) if whole else None
    found = opened(write_older(tmp_path / "m.h5", {"l": values}, config))
    (name,) = (name for name in found if name.endswith("bias"))
    np.testing.assert_array_equal(found[name], bias[:12] + bias[12:])


def test_values_without_a_variable_are_told_and_left(tmp_path: Path) -> None:
    names = ("gamma:0", "beta:0", "moving_mean:0", "moving_variance:0", "renorm_mean:0")
    layers = {"bn": dict.fromkeys(names, BIAS)}
    report = Report()
    path = write_older(tmp_path / "m.h5", layers, chain(layer("BatchNormalization", "bn", renorm=True)))
    checkpoint = open_checkpoint(path, report)
    assert checkpoint is not None
    with checkpoint:
        assert len(checkpoint.tensors) == 4
    (found,) = report.diagnostics
    assert (found.code, found.severity) == ("values-left", "warning")
    assert "`bn/renorm_mean:0` of the layer `bn`" in found.message


def lacks_names(group: Any) -> None:
    del group.attrs["layer_names"]


def lacks_layer(group: Any) -> None:
    del group["a"]


def lacks_weight_names(group: Any) -> None:
    del group["a"].attrs["weight_names"]


def lacks_value(group: Any) -> None:
    del group["a/a/bias:0"]


def names_layer_twice(group: Any) -> None:
    group.attrs["layer_names"] = [b"a", b"a"]


def names_value_twice(group: Any) -> None:
    group["a"].attrs["weight_names"] = [b"a/bias:0", b"a/bias:0"]


def names_are_numbers(group: Any) -> None:
    group.attrs["layer_names"] = [1.0, 2.0]


def names_steer_the_terminal(group: Any) -> None:
    group.attrs["layer_names"] = [b"a\x1b[31m"]


def has_texts(group: Any) -> None:
    del group["a/a/bias:0"]
    group.create_dataset("a/a/bias:0", data=[b"x", b"y", b"z"])


def leads_elsewhere(group: Any) -> None:
    del group["a/a/bias:0"]
    group["a/a/bias:0"] = h5py.ExternalLink("other.h5", "x")


DAMAGED: Mapping[Callable[[Any], None], tuple[str, str]] = {
    lacks_names: ("broken-archive", "`layer_names`"),
    lacks_layer: ("broken-archive", "a layer `a`, and has none"),
    lacks_weight_names: ("broken-archive", "`weight_names`"),
    lacks_value: ("broken-archive", "`a/bias:0`, which is not there"),
    names_layer_twice: ("broken-archive", "two layers that are called `a`"),
    names_value_twice: ("broken-archive", "values of the layer `a` twice"),
    names_are_numbers: ("broken-archive", "cannot read `layer_names`"),
    names_steer_the_terminal: ("broken-archive", "cannot read `layer_names`"),
    has_texts: ("unsafe-weights", "texts, not numbers"),
    leads_elsewhere: ("unsafe-weights", "a link into another file"),
}


@pytest.mark.parametrize("change", DAMAGED, ids=lambda change: change.__name__)
def test_a_damaged_file_is_refused(tmp_path: Path, change: Any) -> None:
    path = write_older(tmp_path / "m.h5", {"a": DENSE}, chain(layer("Dense", "a")), change)
    code, words = DAMAGED[change]
    found = refused(path)
    assert (found.code, words in found.message) == (code, True), found.message


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("[", "is not JSON"),
        ("[1]", "is not a JSON object"),
        ('{"class_name": "Sequential"}', "describes no Keras object"),
        ('{"a": 1, "a": 2}', "twice in one mapping"),
    ],
)
def test_a_config_that_is_none_is_refused(tmp_path: Path, config: str, words: str) -> None:
    path = write_older(tmp_path / "m.h5", {"a": DENSE}, chain(layer("Dense", "a")))
    with h5py.File(path, "a") as file:
        file.attrs["model_config"] = config
    found = refused(path)
    assert (found.code, words in found.message) == ("archive-config", True)


def test_a_file_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    path = write_older(tmp_path / "m.h5", {"a": DENSE}, chain(layer("Dense", "a")))
    path.write_bytes(path.read_bytes()[:-100])
    assert refused(path).code == "unsafe-weights"


# --- archives ------------------------------------------------------------------------------------------


def write_archive(path: Path, config: Any, release: str, values: Mapping[str, Any]) -> Path:
    """A `.keras` as Keras 2 writes it; an address that ends in `/` is an empty group."""
    weights = io.BytesIO()
    with h5py.File(weights, "w") as file:
        for address, value in values.items():
            if value is None:
                file.create_group(address)
            else:
                file[address] = value
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": release}))
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("model.weights.h5", weights.getvalue())
    return path


TWO = chain(layer("Dense", "a"), layer("Dropout", "d"), layer("Dense", "b"), layer("Dense", "c"))


@pytest.mark.parametrize(
    ("release", "root", "numbers"),
    [
        # Until 2.13 a layer that has variables counted twice.
        ("2.13.1", "_layer_checkpoint_dependencies", ("", "_2", "_4")),
        ("2.15.0", "layers", ("", "_1", "_2")),
    ],
)
def test_an_archive_has_its_layers_by_their_rank(
    tmp_path: Path, release: str, root: str, numbers: tuple[str, ...]
) -> None:
    values: dict[str, Any] = {f"{root}/dropout/vars": None, "vars": None}
    for rank, number in enumerate(numbers):
        values[f"{root}/dense{number}/vars/0"] = KERNEL + rank
    values["optimizer/vars/0"] = BIAS
    values["metrics/mean/vars/0"] = BIAS
    path = write_archive(tmp_path / "m.keras", TWO, release, values)
    checkpoint = open_checkpoint(path, Report())
    assert checkpoint is not None
    with checkpoint:
        assert checkpoint.form == "Keras archive of Keras 2"
        assert [(one.key, one.names) for one in checkpoint.tensors] == [
            ("layers/dense/vars/0", ("a/0",)),
            ("layers/dense_1/vars/0", ("b/0",)),
            ("layers/dense_2/vars/0", ("c/0",)),
        ]
        for rank, one in enumerate(checkpoint.tensors):
            np.testing.assert_array_equal(checkpoint.values(one).array(), KERNEL + rank)


def test_parts_of_a_layer_are_called_as_they_are_today(tmp_path: Path) -> None:
    root = "_layer_checkpoint_dependencies"
    inner = {"class_name": "Functional", "config": {"name": "n", "layers": [layer("Dense", "x")]}}
    config = chain(
        layer("MultiHeadAttention", "mha"),
        layer("Bidirectional", "both", layer=layer("LSTM", "l")),
        layer("TimeDistributed", "each", layer=inner),
    )
    values = {
        f"{root}/multi_head_attention/_query_dense/vars/0": KERNEL,
        f"{root}/bidirectional/forward_layer/cell/vars/0": KERNEL,
        f"{root}/time_distributed/layer/{root}/dense/vars/0": KERNEL,
    }
    checkpoint = open_checkpoint(write_archive(tmp_path / "m.keras", config, "2.12.0", values), Report())
    assert checkpoint is not None
    with checkpoint:
        assert {one.key: one.shown for one in checkpoint.tensors} == {
            "layers/multi_head_attention/query_dense/vars/0": "mha/query_dense/0",
            "layers/bidirectional/forward_layer/cell/vars/0": "both/forward_layer/cell/0",
            "layers/time_distributed/layer/layers/dense/vars/0": "each/layer/x/0",
        }


def test_an_operation_among_the_layers_does_not_count_today(tmp_path: Path) -> None:
    config = {
        "class_name": "Functional",
        "config": {
            "name": "net",
            "layers": [layer("TFOpLambda", "tf.add"), layer("Dense", "a"), layer("Dense", "b")],
        },
    }
    values = {
        "layers/tf_op_lambda/vars": None,
        "layers/dense/vars/0": KERNEL,
        "layers/dense_1/vars/0": KERNEL,
    }
    assert list(opened(write_archive(tmp_path / "m.keras", config, "2.15.0", values))) == ["a/0", "b/0"]


def test_weights_alone_of_the_newer_layout_have_addresses(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "w.weights.h5", "w") as file:
        for number in (0, 2, 10):
            step = f"dense_{number}" if number else "dense"
            file[f"_layer_checkpoint_dependencies/{step}/vars/0"] = KERNEL + number
    checkpoint = open_checkpoint(tmp_path / "w.weights.h5", Report())
    assert checkpoint is not None
    with checkpoint:
        found = {one.key: checkpoint.values(one).array()[0, 0] for one in checkpoint.tensors}
        assert [one.names for one in checkpoint.tensors] == [()] * 3
    assert found == {
        "layers/dense/vars/0": 0,
        "layers/dense_1/vars/0": 2,
        "layers/dense_2/vars/0": 10,
    }


# --- TensorFlow.js -------------------------------------------------------------------------------------

MODEL = {"class_name": "Sequential", "config": {"name": "net", "layers": [layer("Dense", "a")]}}


def entry(name: str, value: Any, dtype: str = "float32", quantization: Any = None) -> dict[str, Any]:
    found: dict[str, Any] = {"name": name, "shape": list(value.shape), "dtype": dtype}
    return {**found, "quantization": quantization} if quantization else found


WEIGHTS = [entry("a/kernel", KERNEL), entry("a/bias", BIAS)]
BYTES = KERNEL.tobytes() + BIAS.tobytes()


def write_tfjs(
    folder: Path,
    files: Mapping[str, bytes],
    weights: Sequence[Any] = tuple(WEIGHTS),
    topology: Any = MODEL,
    paths: Any = None,
) -> Path:
    for name, data in files.items():
        (folder / name).write_bytes(data)
    manifest = [{"paths": list(files) if paths is None else paths, "weights": list(weights)}]
    value = {
        "format": "layers-model",
        "modelTopology": {"keras_version": "2.4.0", "model_config": topology},
        "weightsManifest": manifest,
    }
    path = folder / "model.json"
    path.write_text(json.dumps(value))
    return path


@pytest.mark.parametrize("cut", [None, 1, 16, 47, 48, 59])
def test_values_lie_behind_each_other_in_files_that_cut_them_anywhere(
    tmp_path: Path, cut: int | None
) -> None:
    files = {"all.bin": BYTES} if cut is None else {"g1.bin": BYTES[:cut], "g2.bin": BYTES[cut:]}
    found = opened(write_tfjs(tmp_path, files))
    assert list(found) == ["a/kernel", "a/bias"]
    np.testing.assert_array_equal(found["a/kernel"], KERNEL)
    np.testing.assert_array_equal(found["a/bias"], BIAS)


@pytest.mark.parametrize("lying", ["uint8", "uint16"])
def test_quantized_values_are_restored(tmp_path: Path, lying: str) -> None:
    raw = np.arange(12, dtype=lying).reshape(4, 3) * 17
    weights = [entry("a/kernel", raw, quantization={"dtype": lying, "scale": 0.25, "min": -3.5})]
    found = opened(write_tfjs(tmp_path, {"g.bin": raw.tobytes()}, [*weights]))
    np.testing.assert_array_equal(found["a/kernel"], (raw * 0.25 - 3.5).astype("float32"))


def test_halves_are_widened(tmp_path: Path) -> None:
    raw = np.linspace(-2, 2, 12, dtype="float16").reshape(4, 3)
    weights = [entry("a/kernel", raw, quantization={"dtype": "float16"})]
    found = opened(write_tfjs(tmp_path, {"g.bin": raw.tobytes()}, weights))["a/kernel"]
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, raw.astype("float32"))


def test_whole_numbers_are_rounded_back(tmp_path: Path) -> None:
    raw = np.array([0, 1, 255], "uint8")
    weights = [entry("a/bias", raw, "int32", {"dtype": "uint8", "scale": 0.99, "min": 1})]
    found = opened(write_tfjs(tmp_path, {"g.bin": raw.tobytes()}, weights))["a/bias"]
    assert (found.dtype.name, found.tolist()) == ("int32", [1, 2, 253])


def test_a_model_without_a_config_has_names_alone(tmp_path: Path) -> None:
    path = write_tfjs(tmp_path, {"g.bin": BYTES}, topology=None)
    assert list(opened(path)) == ["a/kernel", "a/bias"]


WRONG: Mapping[str, tuple[dict[str, Any], str, str]] = {
    "cut off": ({"files": {"g.bin": BYTES[:-1]}}, "broken-archive", "names 60 bytes of values"),
    "too long": ({"files": {"g.bin": BYTES + b"\0"}}, "broken-archive", "`g.bin` has 61"),
    "missing": ({"files": {}, "paths": ["g.bin"]}, "missing-shard", "`g.bin`, which is not beside it"),
    "elsewhere": ({"files": {}, "paths": ["../g.bin"]}, "unsafe-weights", "no name of a file beside it"),
    "absolute": ({"files": {}, "paths": ["/etc/passwd"]}, "unsafe-weights", "no name of a file"),
    "no list": ({"files": {}, "paths": "g.bin"}, "not-weights", "lacks `paths` or `weights`"),
    "texts": (
        {"files": {"g.bin": BYTES}, "weights": [{"name": "t", "shape": [1], "dtype": "string"}]},
        "unknown-dtype",
        "`string`",
    ),
    "no shape": (
        {"files": {"g.bin": BYTES}, "weights": [{"name": "t", "dtype": "float32"}]},
        "not-weights",
        "without name, shape or dtype",
    ),
    "a negative size": (
        {"files": {"g.bin": BYTES}, "weights": [{"name": "t", "shape": [-1], "dtype": "float32"}]},
        "not-weights",
        "without name, shape or dtype",
    ),
    "a truth value as a size": (
        {"files": {"g.bin": BYTES}, "weights": [{"name": "t", "shape": [True], "dtype": "float32"}]},
        "not-weights",
        "without name, shape or dtype",
    ),
    "another dtype": (
        {"files": {"g.bin": BYTES}, "weights": [entry("a/kernel", KERNEL, "float16"), WEIGHTS[1]]},
        "broken-archive",
        "names 36 bytes of values",
    ),
    "a quantization of its own": (
        {"files": {"g.bin": BYTES}, "weights": [entry("t", BIAS, quantization={"dtype": "int4"})]},
        "unknown-dtype",
        "a quantization that nobody knows",
    ),
    "twice the same name": (
        {"files": {"g.bin": BYTES + BYTES}, "weights": WEIGHTS * 2},
        "broken-archive",
        "two tensors `a/kernel`",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_model_of_tensorflow_js_that_is_damaged_is_refused(tmp_path: Path, case: str) -> None:
    given, code, words = WRONG[case]
    found = refused(write_tfjs(tmp_path, **given))
    assert (found.code, words in found.message) == (code, True), found.message
    assert found.help


def test_a_link_beside_the_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(BYTES)
    (tmp_path / "g.bin").symlink_to(tmp_path / "elsewhere")
    assert refused(write_tfjs(tmp_path, {}, paths=["g.bin"])).code == "unsafe-weights"


def test_a_file_that_shrinks_after_it_was_opened_is_told(tmp_path: Path) -> None:
    path = write_tfjs(tmp_path, {"g.bin": BYTES})
    checkpoint = open_checkpoint(path, Report())
    assert checkpoint is not None
    with checkpoint:
        (tmp_path / "g.bin").write_bytes(b"")
        with pytest.raises(SpecError, match="cut off"):
            checkpoint.values(checkpoint.tensors[0]).array()
