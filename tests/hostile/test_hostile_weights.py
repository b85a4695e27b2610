"""Forged files of weights before whoever reads values: each is refused, and nothing is followed."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import random
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest
from forged_weights import FORGED, NPZ, SAFETENSORS, tensor, tensors, zipped

from modelspec.archive.checkpoint import open_checkpoint
from modelspec.archive.limits import Limits
from modelspec.compiler.audit import audit_file
from modelspec.diagnostics import Diagnostic, Report, SpecError

h5py = pytest.importorskip("h5py")
np = pytest.importorskip("numpy")

CONFIG = {"module": "keras", "class_name": "Sequential", "config": {"layers": []}}


def refused(path: Path, **options: Any) -> Diagnostic:
    """The one error with which a file is refused."""
    report = Report()
    assert open_checkpoint(path, report, **options) is None
    (found,) = report.diagnostics
    assert found.severity == "error"
    return found


def archive(path: Path, weights: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("config.json", json.dumps(CONFIG))
        packed.writestr("model.weights.h5", weights)
    return path


def forge_into(path: Path, forge: Any) -> Path:
    with h5py.File(path, "w") as file:
        file.create_dataset("layers/dense/vars/0", data=np.zeros((2, 3), "float32"))
        forge(file, path)
    return path


# --- HDF5 ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("within", ["alone", "archive", "shard"])
@pytest.mark.parametrize("forge", FORGED, ids=lambda forge: forge.__name__)
def test_forged_hdf5_is_refused_wherever_it_lies(tmp_path: Path, forge: Any, within: str) -> None:
    path = forge_into(tmp_path / "net.weights.h5", forge)
    if within == "archive":
        path = archive(tmp_path / "net.keras", path.read_bytes())
    elif within == "shard":
        path = tmp_path / "map.json"
        path.write_text(json.dumps({"weight_map": {"/layers/dense/vars": "net.weights.h5"}}))
    found = refused(path)
    where, words = FORGED[forge]
    if words == "older form":
        # Alone, it is read as a model of Keras 2, which has its values in groups by layers.
        told = (
            ("broken-archive", "no group `model_weights`")
            if within == "alone"
            else ("archive-form", "as Keras 2 did")
        )
        assert (found.code, told[1] in found.message) == (told[0], True)
        return
    assert found.code == "unsafe-weights"
    assert words in found.message
    assert where.strip("/") in found.message


def test_a_link_is_refused_before_what_it_leads_to_is_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")  # whoever opened it would wait for ever
    path = forge_into(
        tmp_path / "net.weights.h5",
        lambda file, _: file.__setitem__("x", h5py.ExternalLink(str(tmp_path / "pipe"), "y")),
    )
    assert "a link into another file" in refused(path).message


def odd_name(file: Any) -> None:
    file["layers/dense/vars"].attrs["name"] = [1, 2]


def unprintable_name(file: Any) -> None:
    file["layers/dense/vars"].attrs["name"] = "a\x1b[31mb"


def long_name(file: Any) -> None:
    file["layers/dense/vars"].attrs["name"] = "a" * 5_000


def false_bfloat16(file: Any) -> None:
    file["layers/dense/vars/0"].attrs["dtype"] = "bfloat16"


def unmarked_bytes(file: Any) -> None:
    file["layers/dense/vars/1"] = np.zeros(3, "V2")


@pytest.mark.parametrize(
    ("forge", "words"),
    [
        (odd_name, "its attribute `name` is no text"),
        (unprintable_name, "its attribute `name` is no text"),
        (long_name, "its attribute `name` is no text"),
        (false_bfloat16, "contradict each other"),
        (unmarked_bytes, "contradict each other"),
    ],
)
def test_attributes_that_lie_are_refused(tmp_path: Path, forge: Any, words: str) -> None:
    found = refused(forge_into(tmp_path / "w.h5", lambda file, _: forge(file)))
    assert (found.code, words in found.message) == ("unsafe-weights", True)


def test_no_more_than_ten_flaws_are_told(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "w.h5", "w") as file:
        for number in range(500):
            file[f"x{number}"] = h5py.SoftLink("/y")
    report = Report()
    assert open_checkpoint(tmp_path / "w.h5", report) is None
    assert len(report.diagnostics) == 10


@pytest.mark.parametrize("kind", ["plain", "in an archive"])
def test_whatever_is_done_to_a_file_it_is_refused_or_read(tmp_path: Path, kind: str) -> None:
    """What `audit` refuses is refused; what is opened has values, or says that it has none."""
    path = tmp_path / "w.h5"
    with h5py.File(path, "w") as file:
        vars = file.create_group("layers/dense/vars")
        vars.attrs["name"] = "dense"
        vars["0"] = np.ones((2, 3), "float32")
        vars.create_dataset("1", data=np.ones(300, "float32"), compression="gzip")
    if kind == "in an archive":
        path = archive(tmp_path / "w.keras", path.read_bytes())
    honest = path.read_bytes()
    draw = random.Random(11)
    outcomes = set()
    for _ in range(200):
        data = bytearray(honest)
        for _ in range(draw.randint(1, 4)):
            data[draw.randrange(len(data))] = draw.choice([0, 1, 255, draw.randrange(256)])
        path.write_bytes(data)
        report = Report()
        checkpoint = open_checkpoint(path, report)
        assert (checkpoint is None) == report.has_errors
        if checkpoint is None:
            outcomes.add("refused")
            continue
        with checkpoint:
            for one in checkpoint.tensors:
                try:
                    assert checkpoint.values(one).array().shape == one.shape
                    outcomes.add("read")
                except SpecError:
                    outcomes.add("damaged")
        if kind == "plain":
            assert audit_file(path).passed
    assert outcomes >= {"refused", "read"}


# --- npz and safetensors -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NPZ)
def test_a_forged_npz_file_is_refused(tmp_path: Path, name: str) -> None:
    data, words = NPZ[name]
    (tmp_path / "w").write_bytes(data)
    found = refused(tmp_path / "w")
    assert (found.code, words in found.message, "`a.npy`" in found.message) == ("unsafe-weights", True, True)


@pytest.mark.parametrize("name", SAFETENSORS)
def test_a_forged_safetensors_file_is_refused(tmp_path: Path, name: str) -> None:
    data, words = SAFETENSORS[name]
    (tmp_path / "w").write_bytes(data)
    report = Report()
    assert open_checkpoint(tmp_path / "w", report) is None
    assert {found.code for found in report.diagnostics} == {"unsafe-weights"}
    assert any(words in found.message for found in report.diagnostics)


@pytest.mark.parametrize("dtype", ["F4", "F6_E2M3", "F8_E8M0"])
def test_a_dtype_that_keras_lacks_is_refused(tmp_path: Path, dtype: str) -> None:
    bits = {"F4": 4, "F6_E2M3": 6, "F8_E8M0": 8}[dtype]
    (tmp_path / "w").write_bytes(tensors({"a": tensor(0, bits, 8, dtype=dtype)}, bits))
    found = refused(tmp_path / "w")
    assert (found.code, f"`{dtype}`" in found.message) == ("unknown-dtype", True)


@pytest.mark.parametrize("name", ["a\x1b]0;b\x07", "a\nb", "\ud800"])
def test_names_that_a_terminal_would_obey_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "w").write_bytes(tensors({name: tensor(0, 4, 1)}, 4))
    found = refused(tmp_path / "w")
    assert "its name cannot be printed" in found.message
    assert found.message.isprintable()


def test_raw_bytes_in_an_npz_file_are_of_no_dtype(tmp_path: Path) -> None:
    np.savez(tmp_path / "w.npz", a=np.zeros(3, "V2"))
    assert refused(tmp_path / "w.npz").code == "unknown-dtype"


def test_a_packed_member_that_is_damaged_is_told_when_it_is_read(tmp_path: Path) -> None:
    value = np.random.default_rng(0).random(40_000)
    np.savez_compressed(tmp_path / "w.npz", a=value)
    with zipfile.ZipFile(tmp_path / "w.npz") as packed:
        crc = packed.getinfo("a.npy").CRC.to_bytes(4, "little")
    data = (tmp_path / "w.npz").read_bytes().replace(crc, zlib.crc32(b"").to_bytes(4, "little"))
    (tmp_path / "w.npz").write_bytes(data)
    report = Report()
    checkpoint = open_checkpoint(tmp_path / "w.npz", report)
    assert checkpoint is not None
    with checkpoint, pytest.raises(SpecError, match=r"checksum of `a\.npy` does not fit"):
        checkpoint.values(checkpoint.tensors[0]).array()


def test_a_file_that_shrinks_while_it_is_open_is_told(tmp_path: Path) -> None:
    (tmp_path / "w").write_bytes(tensors({"a": tensor(0, 4000, 1000)}, 4000))
    checkpoint = open_checkpoint(tmp_path / "w", Report())
    assert checkpoint is not None
    os.truncate(tmp_path / "w", 200)
    with checkpoint, pytest.raises(SpecError, match="damaged at `a`"):
        checkpoint.values(checkpoint.tensors[0]).array()


# --- shards --------------------------------------------------------------------------------------------


def shard(path: Path, address: str = "layers/dense/vars/0") -> None:
    with h5py.File(path, "w") as file:
        file[address] = np.zeros(3, "float32")


def map_of(path: Path, entries: dict[str, object], size: object = 12) -> Path:
    path.write_text(json.dumps({"metadata": {"total_size": size}, "weight_map": entries}))
    return path


@pytest.mark.parametrize(
    "name", ["../evil.h5", "/etc/passwd", "C:\\x", "C:x", "a/b.h5", "", "..", "a\x00b", 7, None, {"a": 1}]
)
def test_a_map_that_leads_elsewhere_is_refused(tmp_path: Path, name: object) -> None:
    shard(tmp_path.parent / "evil.h5")
    found = refused(map_of(tmp_path / "m.json", {"/layers/dense/vars": name}))
    assert (found.code, "no name of a file beside the map" in found.message) == ("unsafe-weights", True)


def test_a_shard_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    shard(tmp_path / "real.h5")
    (tmp_path / "inside/a.h5").symlink_to(tmp_path / "real.h5")
    found = refused(map_of(tmp_path / "inside/m.json", {"/layers/dense/vars": "a.h5"}))
    assert (found.code, "is a link" in found.message) == ("unsafe-weights", True)


def test_every_missing_shard_is_named(tmp_path: Path) -> None:
    shard(tmp_path / "a.h5")
    entries: dict[str, object] = {"/layers/dense/vars": ["a.h5", "b.h5"], "/layers/dense_1/vars": "c.h5"}
    report = Report()
    assert open_checkpoint(map_of(tmp_path / "m.json", entries), report) is None
    assert [found.code for found in report.diagnostics] == ["missing-shard"] * 2
    assert {name for found in report.diagnostics for name in "abc" if f"`{name}.h5`" in found.message} == {
        "b",
        "c",
    }


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ({"/layers/dense/vars": "a.h5", "/layers/dense_1/vars": "a.h5"}, "which is not there"),
        ({"/layers/conv2d/vars": "a.h5"}, "which is not there"),
        ({"/layers": "a.h5", "/layers/dense/vars/0": "a.h5"}, "which is not there"),
        ({"/other/vars": "b.h5", "/layers/dense/vars": "b.h5"}, "which is not there"),
        ({"/other/vars": ["b.h5", "a.h5"]}, "which is not there"),
    ],
)
def test_shards_that_do_not_hold_what_the_map_says_are_refused(
    tmp_path: Path, entries: dict[str, object], words: str
) -> None:
    shard(tmp_path / "a.h5")
    shard(tmp_path / "b.h5", "other/vars/0")
    found = refused(map_of(tmp_path / "m.json", entries))
    assert (found.code, words in found.message) == ("broken-archive", True)


def test_what_the_map_does_not_know_is_not_overlooked(tmp_path: Path) -> None:
    shard(tmp_path / "a.h5")
    with h5py.File(tmp_path / "a.h5", "a") as file:
        file["layers/dense_1/vars/0"] = np.zeros(2)
    found = refused(map_of(tmp_path / "m.json", {"/layers/dense/vars": "a.h5"}))
    assert "does not say that `a.h5` holds `layers/dense_1/vars/0`" in found.message


def test_a_map_that_lost_a_shard_is_refused(tmp_path: Path) -> None:
    shard(tmp_path / "a.h5")
    found = refused(map_of(tmp_path / "m.json", {"/layers/dense/vars": "a.h5"}, size=900.0))
    assert found.code == "broken-archive"
    assert "says that there are 900 bytes of values, and its shards hold 12" in found.message


@pytest.mark.parametrize("size", [0, 12.0, None, "many"])
def test_a_map_need_not_know_the_size(tmp_path: Path, size: object) -> None:
    shard(tmp_path / "a.h5")
    checkpoint = open_checkpoint(
        map_of(tmp_path / "m.json", {"/layers/dense/vars": "a.h5"}, size=size), Report()
    )
    assert checkpoint is not None
    checkpoint.close()


def test_a_tensor_in_two_shards_is_refused(tmp_path: Path) -> None:
    shard(tmp_path / "a.h5")
    shard(tmp_path / "b.h5")
    found = refused(map_of(tmp_path / "m.json", {"/layers/dense/vars": ["a.h5", "b.h5"]}))
    assert (found.code, "lies both in `a.h5` and `b.h5`" in found.message) == ("unsafe-weights", True)


def test_a_map_of_files_in_another_format_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.safetensors").write_bytes(tensors({"a": tensor(0, 4, 1)}, 4))
    found = refused(map_of(tmp_path / "m.json", {"a": "a.safetensors"}))
    assert "is a safetensors file, no HDF5 file" in found.message


@pytest.mark.parametrize(
    "text",
    ['{"weight_map": {"/a/vars": "a.h5", "/a/vars": "b.h5"}}', '{"weight_map": 3}', "{", '{"a": 1}'],
)
def test_a_map_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "m.json").write_text(text)
    refused(tmp_path / "m.json")


def test_a_map_of_a_million_entries_is_refused(tmp_path: Path) -> None:
    entries: dict[str, object] = {str(number): "a.h5" for number in range(200_000)}
    assert refused(map_of(tmp_path / "m.json", entries)).code == "archive-too-large"


# --- what is no file of weights, or too large ----------------------------------------------------------


def torch_checkpoint(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("archive/data.pkl", pickle.dumps({}))


def one_array(path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, np.zeros(3))


def config_alone(path: Path) -> None:
    path.write_text(json.dumps(CONFIG))


def older_weights(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [b"dense"]
        file["dense/dense/kernel:0"] = np.zeros(3)


@pytest.mark.parametrize(
    ("make", "code", "words"),
    [
        (lambda path: path.write_bytes(pickle.dumps({"a": 1})), "not-weights", "a Python pickle"),
        (torch_checkpoint, "not-weights", "a PyTorch checkpoint"),
        (lambda path: path.write_bytes(b""), "not-weights", "empty"),
        (one_array, "not-weights", "a single array"),
        (config_alone, "not-weights", "a model's `config.json`"),
        (older_weights, "broken-archive", "does not say in `weight_names`"),
        (lambda path: archive(path, b"no weights"), "broken-archive", "`model.weights.h5` that is a text"),
        (lambda path: path.mkdir(), "not-an-archive", "a folder without a `config.json`"),
        (os.mkfifo, "not-an-archive", "a pipe or a device"),
        (lambda path: None, "file-not-found", "does not exist"),
    ],
)
@pytest.mark.parametrize("name", ["w.keras", "w.weights.h5", "w"])
def test_what_is_no_file_of_weights_is_told_by_its_content(
    tmp_path: Path, make: Any, code: str, words: str, name: str
) -> None:
    make(tmp_path / name)
    found = refused(tmp_path / name)
    assert (found.code, words in found.message) == (code, True)


@pytest.mark.parametrize("suffix", [".keras", ".npz", ".safetensors", ".weights.json", ""])
def test_a_suffix_means_nothing(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"w{suffix}"
    shard(tmp_path / "w.h5")
    (tmp_path / "w.h5").rename(path)
    checkpoint = open_checkpoint(path, Report())
    assert checkpoint is not None
    with checkpoint:
        assert checkpoint.form == "HDF5 file of weights"


def test_an_archive_behind_something_else_is_refused_as_one(tmp_path: Path) -> None:
    shard(tmp_path / "w.h5")
    inner = archive(tmp_path / "w.keras", (tmp_path / "w.h5").read_bytes()).read_bytes()
    (tmp_path / "both").write_bytes((tmp_path / "w.h5").read_bytes() + inner)
    assert refused(tmp_path / "both").code == "unsafe-archive"


def test_limits_hold(tmp_path: Path) -> None:
    (tmp_path / "w").write_bytes(zipped(a=b"", b=b"", c=b""))
    assert refused(tmp_path / "w", limits=Limits(members=2)).code == "archive-too-large"


# --- checksums -----------------------------------------------------------------------------------------


def test_a_file_with_another_checksum_is_not_looked_into(tmp_path: Path) -> None:
    (tmp_path / "w").write_bytes(pickle.dumps({"a": 1}))
    found = refused(tmp_path / "w", sha256="0" * 64)
    assert found.code == "wrong-checksum"


@pytest.mark.parametrize("folder", [True, False])
def test_what_is_many_files_has_no_checksum(tmp_path: Path, folder: bool) -> None:
    shard(tmp_path / "a.h5")
    path = tmp_path if folder else map_of(tmp_path / "m.json", {"/layers/dense/vars": "a.h5"})
    digest = "0" * 64 if folder else hashlib.sha256(path.read_bytes()).hexdigest()
    found = refused(path, sha256=digest)
    assert (found.code, "checksum" in found.message) == ("wrong-checksum", True)


@pytest.mark.parametrize("turn", [str.lower, str.upper])
def test_the_right_checksum_opens_a_file(tmp_path: Path, turn: Any) -> None:
    shard(tmp_path / "a.h5")
    digest = hashlib.sha256((tmp_path / "a.h5").read_bytes()).hexdigest()
    checkpoint = open_checkpoint(tmp_path / "a.h5", Report(), sha256=turn(digest))
    assert checkpoint is not None
    checkpoint.close()
