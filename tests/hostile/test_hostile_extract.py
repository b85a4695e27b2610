"""Extraction from files that lie, onto disks that are full, and under limits."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from modelspec.compiler.values import Options
from modelspec.compiler.weights.extract import Wanted, extract_from
from modelspec.diagnostics import Report, SpecError

TARGETS = ("w.safetensors", "w.npz", "w.weights.h5", "w.weights.json")


def codes(source: Path, target: Path) -> list[str]:
    with pytest.raises(SpecError) as caught:
        extract_from(source, Wanted(target), Report(), options=Options())
    return [found.code for found in caught.value.diagnostics if found.severity == "error"]


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """4 MB in Keras' layout."""
    path = tmp_path / "large.weights.h5"
    with h5py.File(path, "w") as file:
        for number in range(8):
            group = file.create_group(f"layers/dense_{number}/vars")
            group.attrs["name"] = f"d{number}"
            group["0"] = np.full(1 << 17, number, "float32")
    return path


@pytest.mark.parametrize("name", TARGETS)
def test_a_link_in_the_source_is_refused_whatever_is_written(
    tmp_path: Path, weights: Path, name: str
) -> None:
    with h5py.File(weights, "r+") as file:
        file["layers/dense_0/vars/1"] = h5py.ExternalLink("/etc/hostname", "/")
    (tmp_path / name).write_bytes(b"old")
    assert codes(weights, tmp_path / name) == ["unsafe-weights"]
    assert (tmp_path / name).read_bytes() == b"old"


@pytest.mark.parametrize("key", ["../../etc/passwd", "/etc/passwd", "a\\..\\b", "C:/x"])
def test_names_of_a_foreign_file_never_become_paths(tmp_path: Path, key: str) -> None:
    header = json.dumps({key: {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]}}).encode()
    source = tmp_path / "evil.safetensors"
    source.write_bytes(len(header).to_bytes(8, "little") + header + b"\x01")
    assert codes(source, tmp_path / "w.npz") == ["bad-tensor-name"]
    assert codes(source, tmp_path / "w.weights.h5") == ["no-addresses"]
    assert {path.name for path in tmp_path.iterdir()} == {"evil.safetensors"}


def test_values_that_turn_out_damaged_leave_what_was_there(tmp_path: Path, weights: Path) -> None:
    packed = tmp_path / "packed.weights.h5"
    with h5py.File(weights) as source, h5py.File(packed, "w") as file:
        for number in range(8):
            group = file.create_group(f"layers/dense_{number}/vars")
            group.create_dataset("0", data=source[f"layers/dense_{number}/vars/0"], compression="gzip")
        dataset = file["layers/dense_7/vars/0"]
        place = dataset.id.get_chunk_info(0).byte_offset
    data = bytearray(packed.read_bytes())
    data[place : place + 20] = bytes(20)
    packed.write_bytes(data)
    for name in TARGETS:
        (tmp_path / name).write_bytes(b"old")
        assert codes(packed, tmp_path / name) == ["broken-archive"]
        assert (tmp_path / name).read_bytes() == b"old"
    assert not [path for path in tmp_path.iterdir() if path.name.endswith(".tmp")]


_EXTRACT = """
import json, sys
from pathlib import Path
from modelspec.archive import write_failures
from modelspec.compiler.weights.extract import Wanted, extract_from
from modelspec.compiler.values import Options
from modelspec.diagnostics import Report, SpecError
if sys.argv[3] == "unasked":
    write_failures._free = lambda path: None  # a file system that does not tell
try:
    wanted = Wanted(Path(sys.argv[2]), shard_size=1 << 20)
    extract_from(Path(sys.argv[1]), wanted, Report(), options=Options())
except SpecError as error:
    print(json.dumps([[found.code, found.message] for found in error.diagnostics]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
@pytest.mark.parametrize("name", TARGETS)
def test_a_limit_on_the_size_of_files_leaves_what_was_there(tmp_path: Path, weights: Path, name: str) -> None:
    resource = pytest.importorskip("resource")
    (tmp_path / name).write_bytes(b"old")
    before = {path.name for path in tmp_path.iterdir()}

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 19, 1 << 19))

    found = subprocess.run(
        [sys.executable, "-c", _EXTRACT, weights, tmp_path / name, "asked"],
        preexec_fn=limit,
        capture_output=True,
        text=True,
    )
    assert found.returncode == 0, found.stderr
    assert '"cannot-write"' in found.stdout
    assert "larger than the file system or a limit" in found.stdout
    assert {path.name for path in tmp_path.iterdir()} == before
    assert (tmp_path / name).read_bytes() == b"old"


@pytest.mark.parametrize("asked", ["asked", "unasked"])
@pytest.mark.parametrize("name", TARGETS)
def test_a_full_disk_leaves_what_was_there_and_says_what_is_needed(
    tmp_path: Path, weights: Path, name: str, asked: str
) -> None:
    """Runs in a mount namespace of its own, so that nothing stays mounted."""
    disk = tmp_path / "disk"
    disk.mkdir()
    (tmp_path / name).write_bytes(b"old")
    steps = 'mount -t tmpfs -o size=3m none "$1" && cp "$2" "$1/" && shift && shift && "$@"'
    private = ["unshare", "--mount", "--map-root-user", "sh", "-c", steps, "sh", disk, tmp_path / name]
    tried = subprocess.run([*private, "true"], capture_output=True) if shutil.which("unshare") else None
    if tried is None or tried.returncode:
        pytest.skip("no file system can be mounted here")
    look = ["sh", "-c", f'"$@" && ls -A "{disk}" && cat "{disk}/{name}"', "sh"]
    program = [sys.executable, "-c", _EXTRACT, weights, disk / name, asked]
    found = subprocess.run([*private, *look, *program], capture_output=True, text=True)
    assert found.returncode == 0, found.stderr
    said, *left = found.stdout.splitlines()
    told = f'[["disk-full", "the disk is too full for `{disk / name}`: it needs 4.'
    assert said.startswith(told)
    assert left == [name, "old"]
