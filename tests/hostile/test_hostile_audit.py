"""Forged models and weights before `audit`: each is found, at its place, and nothing of it runs."""

from __future__ import annotations

import json
import os
import pickle
import random
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from forged_weights import FORGED, NPZ, SAFETENSORS, npy, root_cycle, tensor, tensors

import modelspec
from modelspec.archive.limits import Limits
from modelspec.catalog.safety.names import MARKERS
from modelspec.compiler.audit import Problem, audit_file

h5py = pytest.importorskip("h5py")
np = pytest.importorskip("numpy")

LAMBDA = {"class_name": "__lambda__", "config": {"code": "4wAAAA==", "defaults": None, "closure": None}}
PACKAGE = Path(modelspec.__file__).parents[1]


def layer(name: str, config: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"module": "keras.layers", "class_name": name, "config": config, "registered_name": None, **more}


def model(*layers: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"module": "keras", "class_name": "Sequential", "config": {"layers": [*layers]}, **more}


def function(module: str | None, name: str) -> dict[str, Any]:
    return {"module": module, "class_name": "function", "config": name, "registered_name": name}


def marked(marker: str, config: object) -> dict[str, Any]:
    return {"class_name": marker, "config": config}


def sliced(parts: dict[str, Any]) -> dict[str, Any]:
    """A `GetItem` of a slice with these parts."""
    whole = marked("__slice__", {"start": None, "stop": None, "step": None, **parts})
    node = {"args": [marked("__keras_tensor__", {"shape": [4], "dtype": "int32"}), whole], "kwargs": {}}
    return layer("GetItem", {"name": "i"}, module="keras.src.ops.numpy", inbound_nodes=[node])


def archive(path: Path, config: object, weights: bytes | None = None) -> Path:
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("metadata.json", '{"keras_version": "3.15.1"}')
        packed.writestr("config.json", json.dumps(config))
        if weights is not None:
            packed.writestr("model.weights.h5", weights)
    return path


def judged(config: object, tmp_path: Path) -> list[Problem]:
    return list(audit_file(archive(tmp_path / "net.keras", config)).problems)


# --- names and code ------------------------------------------------------------------------------------

CONFIGS = {
    "a lambda": (
        model(layer("Lambda", {"function": LAMBDA})),
        "unsafe-object",
        "config.layers[0].config.function",
    ),
    "a lambda in a wrapper": (
        model(layer("TimeDistributed", {"layer": layer("Lambda", {"function": LAMBDA})})),
        "unsafe-object",
        "config.layers[0].config.layer.config.function",
    ),
    "a lambda as a shape": (
        model(layer("Lambda", {"function": function("builtins", "relu"), "output_shape": LAMBDA})),
        "unsafe-object",
        "config.layers[0].config.output_shape",
    ),
    "a lambda as a mask": (
        model(layer("Lambda", {"function": function("builtins", "relu"), "mask": LAMBDA})),
        "unsafe-object",
        "config.layers[0].config.mask",
    ),
    "a lambda of the older form": (
        model(layer("Lambda", {"function": ["4wAAAA==", None, None], "function_type": "lambda"})),
        "unsafe-object",
        "config.layers[0].config.function",
    ),
    "a lambda without a module": (
        model({"class_name": "Lambda", "config": {"function": ["4wAAAA==", None, None]}}),
        "unsafe-object",
        "config.layers[0].config.function",
    ),
    "a lambda by its private name": (
        model(layer("Lambda", {"function": ["4w"]}, module="keras.src.layers.core.lambda_layer")),
        "unsafe-object",
        "config.layers[0].config.function",
    ),
    "a lambda among call arguments": (
        model(layer("Dense", {"units": 1}, inbound_nodes=[{"args": [], "kwargs": {"f": LAMBDA}}])),
        "unsafe-object",
        "config.layers[0].inbound_nodes[0].kwargs.f",
    ),
    "a lambda as a loss": (model(compile_config={"loss": LAMBDA}), "unsafe-object", "compile_config.loss"),
    "a lambda in what a custom class is given": (
        model({"module": "acme", "class_name": "A", "registered_name": "acme>A", "config": {"f": [LAMBDA]}}),
        "unsafe-object",
        "config.layers[0].config.f[0]",
    ),
    "a type of TensorFlow's": (
        model({"class_name": "__typespec__", "spec_name": "X", "module": "os", "config": []}),
        "unsafe-object",
        "config.layers[0]",
    ),
    "a SavedModel": (
        model(layer("TFSMLayer", {"filepath": "/tmp/evil"})),
        "unsafe-object",
        "config.layers[0]",
    ),
    "a SavedModel in a wrapper": (
        model(layer("Bidirectional", {"layer": layer("TFSMLayer", {"filepath": "x"})})),
        "unsafe-object",
        "config.layers[0].config.layer",
    ),
    "a pickle of torch": (
        model(layer("TorchModuleWrapper", {"module": "gASV"})),
        "unsafe-object",
        "config.layers[0]",
    ),
    "code for JAX": (
        model(layer("JaxLayer", {"call_fn": "4wAAAA=="})),
        "unsafe-object",
        "config.layers[0].config.call_fn",
    ),
    "code for Flax": (
        model(layer("FlaxLayer", {"module": "4wAAAA=="})),
        "unsafe-object",
        "config.layers[0].config.module",
    ),
    "a vocabulary file": (
        model(layer("StringLookup", {"vocabulary": "/etc/passwd"})),
        "unsafe-path",
        "config.layers[0].config.vocabulary",
    ),
    "a vocabulary of the net": (
        model(layer("TextVectorization", {"vocabulary": "http://169.254.169.254/"})),
        "unsafe-path",
        "config.layers[0].config.vocabulary",
    ),
    "weights of the net": (
        model({"module": "acme", "class_name": "A", "config": {"weights": "imagenet"}}),
        "unsafe-path",
        "config.layers[0].config.weights",
    ),
    "a file of a custom class": (
        model({"module": "acme", "class_name": "A", "config": {"filepath": "~/.ssh/id_rsa"}}),
        "unsafe-path",
        "config.layers[0].config.filepath",
    ),
    "a function of the system": (
        model(layer("Dense", {"units": 1, "activation": function("os", "system")})),
        "unsafe-name",
        "config.layers[0].config.activation",
    ),
    "a class of the system": (
        model({"module": "subprocess", "class_name": "Popen", "config": {"args": "id"}}),
        "unsafe-name",
        "config.layers[0]",
    ),
    "a function of Python": (
        model(layer("Dense", {"units": 1, "activation": function("builtins", "eval")})),
        "unsafe-name",
        "config.layers[0].config.activation",
    ),
    "a module that Keras would import": (
        model({"module": "keras_hub.evil", "class_name": "X", "config": {}}),
        "unsafe-name",
        "config.layers[0]",
    ),
    "a name that leads out": (
        model(layer("Dense", {"units": 1, "name": ".."})),
        "unsafe-path",
        "config.layers[0].config.name",
    ),
    "a name that leads out on Windows": (
        model(layer("Dense", {"units": 1, "name": "a\\..\\b"})),
        "unsafe-path",
        "config.layers[0].config.name",
    ),
    "a name that breaks lines": (
        model({"module": "acme", "class_name": "A", "config": {"name": "a\nb"}}),
        "unsafe-path",
        "config.layers[0].config.name",
    ),
    "two names for one": (
        model(layer("Dense", {"units": 1}, registered_name="acme>Dense")),
        "unsafe-name",
        "config.layers[0]",
    ),
    "a module that is no text": (
        model({"module": ["os"], "class_name": "X", "config": {}}),
        "unsafe-name",
        "config.layers[0]",
    ),
    "a class that is no text": (
        model({"module": "keras", "class_name": {"a": 1}, "config": {}}),
        "unsafe-name",
        "config.layers[0]",
    ),
    "a marker of our own": (
        model({"class_name": "__modelspec_model__", "config": {"key": "x"}}),
        "unsafe-name",
        "config.layers[0]",
    ),
    "a vocabulary file in the end of a slice": (
        model(sliced({"stop": layer("StringLookup", {"vocabulary": "/etc/hostname"})})),
        "unsafe-path",
        "config.layers[0].inbound_nodes[0].args[1].config.stop.config.vocabulary",
    ),
    "a lambda in the step of a slice": (
        model(sliced({"step": LAMBDA})),
        "unsafe-object",
        "config.layers[0].inbound_nodes[0].args[1].config.step",
    ),
    "a download in the slice of a slice": (
        model(sliced({"start": marked("__slice__", {"start": function("keras.utils", "get_file")})})),
        "unsafe-name",
        "config.layers[0].inbound_nodes[0].args[1].config.start.config.start",
    ),
    "a vocabulary file in a type of TensorFlow's": (
        model(marked("__typespec__", [layer("StringLookup", {"vocabulary": "/etc/hostname"})])),
        "unsafe-path",
        "config.layers[0].config[0].config.vocabulary",
    ),
    **{
        f"a lambda in {marker}": (
            model(layer("Dense", {"units": marked(marker, {"value": [[LAMBDA]], "dtype": "object"})})),
            "unsafe-object",
            "config.layers[0].config.units",
        )
        for marker in sorted(MARKERS - {"__slice__"})
    },
    "an object beside a value": (
        model({**marked("__ellipsis__", {}), "build_config": {"class_name": "__slice__", "config": LAMBDA}}),
        "unsafe-object",
        "config.layers[0]",
    ),
    "a file of a custom class in bytes": (
        model(
            {"module": "acme", "class_name": "A", "config": {"path": marked("__bytes__", {"value": "/x"})}}
        ),
        "unsafe-path",
        "config.layers[0].config.path",
    ),
    "a layer of absurd size": (model(layer("Dense", {"units": 10**12})), "too-many-parameters", ""),
    "a table of absurd size": (
        model(layer("Embedding", {"input_dim": 10**9, "output_dim": 10**4})),
        "too-many-parameters",
        "",
    ),
    "a size of thousands of digits": (
        model(layer("Embedding", {"input_dim": 10**4000, "output_dim": 10**4000})),
        "too-many-parameters",
        "",
    ),
    "a metric that counts to the end of memory": (
        model(
            compile_config={
                "metrics": [layer("AUC", {"num_thresholds": 10**10}, module="keras.metrics")],
            }
        ),
        "excessive-size",
        "compile_config.metrics[0].config.num_thresholds",
    ),
    "a shape of absurd size": (
        model(layer("Reshape", {"target_shape": [10**9]})),
        "excessive-size",
        "config.layers[0].config.target_shape",
    ),
}


@pytest.mark.parametrize("name", CONFIGS)
def test_a_hostile_config_is_found_at_its_place(tmp_path, name):
    config, code, path = CONFIGS[name]
    found = [(item.code, item.member, item.path) for item in judged(config, tmp_path)]
    assert (code, "config.json", path) in found


GADGETS = [
    "keras.utils.get_file",
    "keras.datasets.mnist.load_data",
    "keras.utils.plot_model",
    "keras.models.clone_model",
    "keras.models.load_model",
    "keras.config.set_floatx",
    "keras.config.set_backend",
    "keras.config.set_dtype_policy",
    "keras.config.enable_unsafe_deserialization",
    "keras.saving.get_custom_objects",
    "keras.legacy.saving.deserialize_keras_object",
    "keras.distribution.initialize",
    "keras.tree.map_structure",
    "keras.export.ExportArchive",
    "keras.callbacks.CSVLogger",
    "keras.src.utils.file_utils.get_file",
    "keras.src.utils.python_utils.func_load",
    "keras.src.saving.saving_lib.load_model",
    "keras.src.layers.layer.os",
    "keras.src.ops.numpy.np",
]


@pytest.mark.parametrize("name", GADGETS)
@pytest.mark.parametrize("form", ["function", "class"])
def test_what_keras_has_besides_models_is_no_name(tmp_path, name, form):
    module, _, short = name.rpartition(".")
    given = (
        function(module, short)
        if form == "function"
        else {"module": module, "class_name": short, "config": {}, "registered_name": None}
    )
    config = model(layer("Lambda", {"function": given, "arguments": {"origin": "http://evil"}}))
    found = [item.code for item in judged(config, tmp_path)]
    assert found == ["unsafe-name"]


def test_code_of_others_is_a_warning_and_named(tmp_path):
    config = model(
        {"module": "acme.layers", "class_name": "Pool", "registered_name": "acme>Pool", "config": {"n": 3}},
        layer("Lambda", {"function": function("builtins", "acme>swish")}),
        {"module": "keras_hub.src.x", "class_name": "B", "registered_name": "keras_hub>B", "config": {}},
    )
    audit = audit_file(archive(tmp_path / "net.keras", config))
    assert audit.passed
    assert audit.needs == ("acme>Pool", "acme>swish", "keras_hub>B")
    assert {item.severity for item in audit.problems} == {"warning"}


def test_a_deep_config_is_no_matter_of_the_stack(tmp_path):
    config: dict[str, Any] = layer("Lambda", {"function": LAMBDA})
    for _ in range(90):
        config = layer("TimeDistributed", {"layer": config})
    (found,) = judged(config, tmp_path)
    assert found.code == "unsafe-object"


def test_a_flood_of_findings_is_cut(tmp_path):
    audit = audit_file(
        archive(tmp_path / "net.keras", model(*[layer("Lambda", {"function": LAMBDA})] * 5000))
    )
    assert (len(audit.problems), audit.left_out) == (100, 4900)


def test_warnings_hide_no_error_behind_them_and_no_need(tmp_path):
    custom = [{"module": "acme", "class_name": f"C{n:03}", "config": {}} for n in range(300)]
    audit = audit_file(
        archive(tmp_path / "net.keras", model(*custom, layer("Lambda", {"function": LAMBDA}), *custom))
    )
    assert not audit.passed
    assert audit.problems[-1].path == "config.layers[300].config.function"
    assert (len(audit.problems), audit.left_out) == (101, 500)
    assert audit.needs == tuple(f"C{n:03}" for n in range(300))


def test_findings_in_a_config_hide_none_in_the_weights(tmp_path):
    with h5py.File(tmp_path / "w.h5", "w") as file:
        file["x"] = h5py.ExternalLink("/etc/passwd", "y")
    custom = [{"module": "acme", "class_name": "A", "config": {}}] * 200
    audit = audit_file(archive(tmp_path / "net.keras", model(*custom), (tmp_path / "w.h5").read_bytes()))
    assert [item.code for item in audit.problems if item.severity == "error"] == ["unsafe-weights"]


# --- files that are two things -------------------------------------------------------------------------


def weights(path: Path, **more: Any) -> bytes:
    with h5py.File(path, "w", **more) as file:
        file.create_dataset("layers/dense/vars/0", data=np.zeros((2, 3), "float32"))
    return path.read_bytes()


def appended(head: bytes, path: Path) -> bytes:
    """A zip archive with something before it, its places counted from the file's beginning."""
    path.write_bytes(head)
    with zipfile.ZipFile(path, "a") as packed:
        packed.writestr("config.json", json.dumps(model(layer("Lambda", {"function": LAMBDA}))))
    return path.read_bytes()


HEADS = {
    "weights": lambda path: weights(path),
    "tensors": lambda path: tensors({"a": tensor(0, 4, 1)}, 4),
    "an array": lambda path: npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)}") + bytes(4),
    "JSON": lambda path: json.dumps(model()).encode(),
    "text": lambda path: b"hello\n",
}
TAILS = {"nothing": b"", "a line": b"\n", "half an end": b"PK\5\6", "zeros": bytes(60_000)}


@pytest.mark.parametrize("name", ["net.keras", "net.weights.h5", "net"])
@pytest.mark.parametrize("tail", TAILS)
@pytest.mark.parametrize("head", HEADS)
def test_what_keras_opens_as_an_archive_is_judged_as_one_whatever_it_begins_with(tmp_path, name, head, tail):
    path = tmp_path / name
    for data in (
        appended(HEADS[head](path), path) + TAILS[tail],
        HEADS[head](path) + archive(path, model()).read_bytes() + TAILS[tail],
    ):
        path.write_bytes(data)
        assert zipfile.is_zipfile(path) or tail == "half an end"
        audit = audit_file(path)
        assert not audit.passed
        assert audit.form in {"Keras archive", "file"}


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ("weights", "an HDF5 file"),
        ("tensors", "a safetensors file"),
        ("an array", "a NumPy array"),
        ("JSON", "JSON text"),
        ("text", "a text"),
    ],
)
def test_a_name_of_an_archive_is_no_name_of_anything_else(tmp_path, head, words):
    path = tmp_path / "net.keras"
    path.write_bytes(HEADS[head](path))
    (found,) = audit_file(path).problems
    assert (found.code, found.message) == ("not-an-archive", f"the file is {words}, not a `.keras` archive")


@pytest.mark.parametrize("libver", ["earliest", "v108", "latest"])
def test_bytes_behind_the_end_of_a_file_of_weights_are_found(tmp_path, libver):
    path = tmp_path / "net.weights.h5"
    honest = weights(path, libver=libver)
    assert audit_file(path).problems == ()
    path.write_bytes(honest + b"stray")
    (found,) = audit_file(path).problems
    assert (found.code, found.path) == ("unsafe-weights", "/")
    assert found.message == "5 bytes lie behind the file's end"


# --- weights in HDF5 -----------------------------------------------------------------------------------


def forged(path: Path, forge: Any) -> list[Problem]:
    with h5py.File(path, "w") as file:
        file.create_dataset("layers/dense/vars/0", data=np.zeros((2, 3), "float32"))
        forge(file, path)
    audit = audit_file(path)
    assert audit.form == "HDF5 file of weights"
    return list(audit.problems)


@pytest.mark.parametrize("forge", FORGED, ids=lambda forge: forge.__name__)
def test_a_forged_file_of_weights_is_found(tmp_path, forge):
    path, words = FORGED[forge]
    (found,) = forged(tmp_path / "net.weights.h5", forge)
    assert (found.code, found.path) == ("unsafe-weights", path)
    assert words in found.message
    assert "secret" not in found.message


def test_a_group_that_holds_the_root_is_found(tmp_path):
    assert forged(tmp_path / "net.weights.h5", root_cycle)


def test_a_forged_file_of_weights_in_an_archive_is_found_in_its_member(tmp_path):
    with h5py.File(tmp_path / "w.h5", "w") as file:
        file["x"] = h5py.ExternalLink("/etc/passwd", "y")
    path = archive(tmp_path / "net.keras", model(), (tmp_path / "w.h5").read_bytes())
    (found,) = audit_file(path).problems
    assert (found.member, found.path) == ("model.weights.h5", "/x")


@pytest.mark.parametrize("cut", [9, 100, 500, 1000])
def test_a_file_of_weights_that_is_cut_off_is_told(tmp_path, cut):
    path = tmp_path / "net.weights.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("layers/dense/vars/0", data=np.zeros((200, 3), "float32"))
    path.write_bytes(path.read_bytes()[:cut])
    (found,) = audit_file(path).problems
    assert "it is damaged" in found.message


def test_whatever_is_done_to_a_file_of_weights_it_is_judged(tmp_path):
    """h5py raises many kinds of error where a file is damaged; none of them gets out."""
    path = tmp_path / "net.weights.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("layers/dense/vars/0", data=np.zeros((2, 3), "float32"))
        file.create_dataset("layers/dense/vars/1", data=np.zeros(3, "float32"), compression="gzip")
    honest = path.read_bytes()
    draw = random.Random(7)
    outcomes = set()
    for _ in range(250):
        data = bytearray(honest)
        for _ in range(draw.randint(1, 5)):
            data[draw.randrange(len(data))] = draw.choice([0, 1, 255, draw.randrange(256)])
        path.write_bytes(data)
        outcomes.add(audit_file(path).passed)
    assert outcomes == {True, False}


# --- other weights -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NPZ)
def test_a_forged_npz_file_is_found(tmp_path, name):
    data, words = NPZ[name]
    path = tmp_path / "net.npz"
    path.write_bytes(data)
    (found,) = audit_file(path).problems
    assert (found.code, found.member) == ("unsafe-weights", "a.npy")
    assert words in found.message


@pytest.mark.parametrize("name", SAFETENSORS)
def test_a_forged_safetensors_file_is_found(tmp_path, name):
    data, words = SAFETENSORS[name]
    path = tmp_path / "net.safetensors"
    path.write_bytes(data)
    audit = audit_file(path)
    assert audit.form == "safetensors file"
    assert not audit.passed
    assert any(words in found.message for found in audit.problems)


@pytest.mark.parametrize(
    "name",
    [
        "../../evil.h5",
        "/etc/passwd",
        "C:\\x",
        "C:x",
        "a/b.h5",
        "",
        "..",
        "absent.h5",
        "link.h5",
        "text.h5",
        7,
    ],
)
def test_a_map_of_shards_that_leads_elsewhere_is_found(tmp_path, name):
    (tmp_path / "link.h5").symlink_to("/etc/passwd")
    (tmp_path / "text.h5").write_text("hello")
    path = tmp_path / "net.weights.json"
    path.write_text(json.dumps({"metadata": {}, "weight_map": {"/layers/dense/vars": [name]}}))
    (found,) = audit_file(path).problems
    assert found.code == ("missing-shard" if name == "absent.h5" else "unsafe-weights")


def test_a_map_of_a_million_shards_is_refused(tmp_path):
    path = tmp_path / "net.weights.json"
    path.write_text(json.dumps({"weight_map": {str(number): "a.h5" for number in range(200_000)}}))
    (found,) = audit_file(path).problems
    assert found.code == "archive-too-large"


def test_every_shard_is_judged(tmp_path):
    with h5py.File(tmp_path / "b.weights.h5", "w") as file:
        file["x"] = h5py.SoftLink("/y")
    path = tmp_path / "net.weights.json"
    path.write_text(json.dumps({"weight_map": {"/a": ["b.weights.h5"]}}))
    (found,) = audit_file(path).problems
    assert (found.member, found.path) == ("b.weights.h5", "/x")


# --- what is none of these -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (pickle.dumps({"a": 1}), "a Python pickle"),
        (b"", "empty"),
        (b"\0" * 2000, "zeros"),
        (b"#!/bin/sh\n", "text"),
        (b"{", "is not JSON"),
        (b'{"class_name": "A", "class_name": "B", "config": {}}', "twice"),
        (b'{"a": 1}', "describes no Keras object"),
        (b"[" * 100_000, "text"),
        (b'{"a":' * 100_000, "nested more than"),
    ],
)
@pytest.mark.parametrize("name", ["net.json", "net.weights.h5", "net.npz"])
def test_a_file_is_known_by_its_content(tmp_path, data, words, name):
    path = tmp_path / name
    path.write_bytes(data)
    (found,) = audit_file(path).problems
    assert found.severity == "error"
    assert words in found.message


def test_pipes_devices_and_absent_files_are_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.keras")
    for path in (tmp_path / "pipe.keras", Path("/dev/zero"), tmp_path / "absent.keras"):
        (found,) = audit_file(path).problems
        assert found.severity == "error"


def test_a_container_that_misleads_is_found(tmp_path):
    path = archive(tmp_path / "net.keras", model())
    path.write_bytes(b"#!/bin/sh\n" + path.read_bytes())
    (found,) = audit_file(path).problems
    assert found.code == "unsafe-archive"
    assert str(tmp_path) not in found.message


def test_a_pickle_among_the_assets_is_found(tmp_path):
    path = archive(tmp_path / "net.keras", model())
    with zipfile.ZipFile(path, "a") as packed:
        packed.writestr("assets/vocabulary.txt", pickle.dumps({"a": 1}))
    (found,) = audit_file(path).problems
    assert (found.code, found.member) == ("unsafe-object", "assets/vocabulary.txt")


def test_an_unzipped_archive_is_judged_as_the_archive_is(tmp_path):
    folder = tmp_path / "net"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(model(layer("Lambda", {"function": LAMBDA}))))
    (found,) = audit_file(folder).problems
    assert (found.code, found.member) == ("unsafe-object", "config.json")


def test_a_config_that_is_too_large_is_refused(tmp_path):
    path = tmp_path / "config.json"
    path.write_text(json.dumps(model(layer("Dense", {"units": 1, "name": "n" * 2000}))))
    (found,) = audit_file(path, limits=Limits(json=1000)).problems
    assert found.code == "archive-too-large"


PROGRAM = """
import sys
sys.argv[0] = "modelspec"
from modelspec.cli import main
try:
    main()
finally:
    heavy = {"keras", "jax", "torch", "tensorflow", "os_evil"} & {*sys.modules}
    assert not heavy, heavy
"""


def test_nothing_of_a_file_is_imported_or_run(tmp_path):
    """A module that lies ready to be imported stays unimported, and so does Keras."""
    (tmp_path / "keras_hub").mkdir()
    evil = "open('proof', 'w').close()"
    (tmp_path / "keras_hub" / "__init__.py").write_text(evil)
    (tmp_path / "os_evil.py").write_text(evil)
    archive(
        tmp_path / "net.keras",
        model(
            {"module": "keras_hub", "class_name": "X", "registered_name": "keras_hub>X", "config": {}},
            {"module": "os_evil", "class_name": "X", "config": {}},
            layer("Lambda", {"function": LAMBDA}),
        ),
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(PACKAGE)])}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "audit", "net.keras", "--format", "json"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env=env,
    )
    assert (done.returncode, done.stderr) == (1, "")
    (audit,) = json.loads(done.stdout)
    assert audit["needs"] == ["X", "keras_hub>X"]
    assert not (tmp_path / "proof").exists()
