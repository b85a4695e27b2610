"""`modelspec weights extract` as a user has it."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import safetensors.numpy
from command_line import COMMAND, Run

NET = """\
modelspec: 1
inputs: {x: [3]}
layers:
  - Dense: {units: 4}
    name: hidden
  - Dense: {units: 1}
    name: out
compile: {optimizer: adam, loss: mse}
"""


@pytest.fixture
def archive(folder: Path, run: Run) -> Path:
    (folder / "net.yaml").write_text(NET)
    done = run("build", "net.yaml", "-o", "net.keras")
    assert done.status == 0, done.err
    return folder / "net.keras"


def test_an_archive_becomes_a_safetensors_file_named_as_the_model_is(archive: Path, run: Run) -> None:
    done = run("weights", "extract", "net.keras", "-o", "w.safetensors")
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith("net.keras -> w.safetensors  4 tensors, ")
    assert done.out.endswith("; without 10 of the optimizer\n")
    found = safetensors.numpy.load_file(archive.with_name("w.safetensors"))
    assert sorted(found) == ["hidden/bias", "hidden/kernel", "out/bias", "out/kernel"]


@pytest.mark.usefixtures("archive")
def test_quiet_says_nothing(run: Run) -> None:
    done = run("weights", "extract", "net.keras", "-o", "w.weights.h5", "-q")
    assert (done.status, done.out, done.err) == (0, "", "")


def test_data_says_where_everything_went(archive: Path, run: Run) -> None:
    arguments = ["--shard-size", "40 B", "--format", "json"]
    assert run("weights", "extract", "net.keras", "-o", "w.weights.json", *arguments).status == 2
    arguments[1] = "0.06KB"
    done = run("weights", "extract", "net.keras", "-o", "w.weights.json", *arguments)
    assert done.status == 0, done.err
    data = json.loads(done.out)
    assert data["diagnostics"] == []
    assert data["shards"] == ["w_00000.weights.h5", "w_00001.weights.h5"]
    assert data["bytes"] == sum(path.stat().st_size for path in archive.parent.glob("w*.*.*"))
    assert data["optimizer_left_out"] == 10
    assert data["tensors"][0] == {
        "key": "layers/dense/vars/0",
        "from": "layers/dense/vars/0",
        "shape": [3, 4],
        "dtype": "float32",
    }


def test_a_part_is_chosen_by_patterns(archive: Path, run: Run) -> None:
    chosen = ["--only", "hidden/**", "--only", "out/**", "--except", "**/bias"]
    assert run("weights", "extract", "net.keras", "-o", "w.npz", *chosen).status == 0
    with np.load(archive.with_name("w.npz")) as found:
        assert sorted(found.files) == ["hidden/kernel", "out/kernel"]


@pytest.mark.usefixtures("archive")
def test_a_pattern_that_matches_nothing_is_an_error(run: Run) -> None:
    done = run(
        "weights", "extract", "net.keras", "-o", "w.npz", "--only", "hiden/kernel", "--format", "concise"
    )
    assert (done.status, done.out) == (1, "")
    wanted = (
        "--only hiden/kernel: error[idle-pattern] the pattern `hiden/kernel` of `--only` matches no tensor\n"
    )
    assert done.err == wanted


@pytest.mark.usefixtures("archive")
def test_a_name_of_no_format_is_an_error(run: Run) -> None:
    done = run("weights", "extract", "net.keras", "-o", "w.bin")
    assert done.status == 1
    assert "error[cannot-write]" in done.err
    assert "`.safetensors`, `.weights.h5`, `.npz` and `.weights.json`" in done.err


@pytest.mark.parametrize("size", ["2", "GB", "-1GB", "2TB", "0GB", "1e9GB", "2 G B", "nan GB"])
def test_a_size_that_is_none_is_a_wrong_command_line(run: Run, size: str) -> None:
    done = run("weights", "extract", "net.keras", "-o", "w.weights.json", "--shard-size", size)
    assert done.status == 2
    assert "--shard-size" in done.err


@pytest.mark.parametrize("size", ["2GB", "1.5 GiB", "500mb", "64KiB", "1kb"])
@pytest.mark.usefixtures("archive")
def test_sizes_are_read_as_people_write_them(run: Run, size: str) -> None:
    done = run("weights", "extract", "net.keras", "-o", "w.weights.json", "--shard-size", size)
    assert done.status == 0, done.err
    assert "in 1 shard;" in done.out


@pytest.mark.usefixtures("archive")
def test_a_shard_size_for_one_file_is_a_wrong_command_line(run: Run) -> None:
    done = run("weights", "extract", "net.keras", "-o", "w.npz", "--shard-size", "1GB")
    assert done.status == 2
    assert "--shard-size is for shards" in done.err


@pytest.mark.usefixtures("folder")
def test_a_file_that_is_not_there_is_told(run: Run) -> None:
    done = run("weights", "extract", "none.keras", "-o", "w.npz")
    assert done.status == 1
    assert "error[file-not-found]" in done.err


@pytest.mark.usefixtures("archive")
def test_a_second_extraction_needs_no_keras_and_gives_the_same_bytes(folder: Path, run: Run) -> None:
    for name in ("a.safetensors", "b.safetensors"):
        done = run("weights", "extract", "net.keras", "-o", name, KERAS_BACKEND="jax")
        assert done.status == 0
    # Keras cannot be imported on a backend that does not exist.
    done = run("weights", "extract", "net.keras", "-o", "c.safetensors", KERAS_BACKEND="none")
    assert (done.status, done.err) == (0, "")
    texts = {(folder / f"{name}.safetensors").read_bytes() for name in "abc"}
    assert len(texts) == 1


@pytest.mark.usefixtures("archive")
def test_where_keras_cannot_make_the_model_variables_are_numbered_and_it_is_said(
    folder: Path, run: Run
) -> None:
    arguments = ["weights", "extract", "net.keras", "-o", "w.npz", "--no-cache"]
    done = run(*arguments, KERAS_BACKEND="none")
    assert done.status == 0
    assert (
        "warning[numbered-variables]: the variables of `net.keras` have numbers for names: no backend"
        in done.err
    )
    with np.load(folder / "w.npz") as found:
        assert sorted(found.files) == ["hidden/0", "hidden/1", "out/0", "out/1"]


def test_the_modules_of_a_model_are_allowed_by_name(folder: Path, run: Run) -> None:
    (folder / "own.py").write_text(
        "import keras\n"
        "@keras.saving.register_keras_serializable('own')\n"
        "class Scale(keras.layers.Layer):\n"
        "    def build(self, shape):\n"
        "        self.scale = self.add_weight(shape=(shape[-1],), name='scale')\n"
        "    def call(self, x):\n"
        "        return x * self.scale\n"
    )
    (folder / "net.yaml").write_text(
        "modelspec: 1\nuse: [own.py]\ninputs: {x: [3]}\nlayers:\n  - own>Scale\n"
    )
    assert run("build", "net.yaml", "--allow", "own.py").status == 0
    done = run("weights", "extract", "net.keras", "-o", "w.npz")
    assert "the model needs `own>Scale`, which nothing registers" in done.err
    with np.load(folder / "w.npz") as found:
        assert found.files == ["scale/0"]
    done = run("weights", "extract", "net.keras", "-o", "w.npz", "--allow", "own.py")
    assert (done.status, done.err) == (0, "")
    with np.load(folder / "w.npz") as found:
        assert found.files == ["scale/scale"]


@pytest.mark.usefixtures("archive")
def test_what_has_no_addresses_goes_through_a_model(run: Run) -> None:
    assert run("weights", "extract", "net.keras", "-o", "w.npz").status == 0
    done = run("weights", "extract", "w.npz", "-o", "w.weights.h5")
    assert done.status == 1
    assert "error[no-addresses]" in done.err
    assert "modelspec weights attach model.keras --from w.npz -o new.keras" in done.err


def test_a_file_may_be_extracted_over_itself(archive: Path, run: Run) -> None:
    assert (
        run("weights", "extract", "net.keras", "-o", "w.weights.json", "--shard-size", "0.06KB").status == 0
    )
    done = run("weights", "extract", "w.weights.json", "-o", "w.weights.json")
    assert done.status == 0, done.err
    left = sorted(path.name for path in archive.parent.glob("w*.*.*"))
    assert left == ["w.weights.json", "w_00000.weights.h5"]
    with h5py.File(archive.with_name("w_00000.weights.h5")) as file:
        assert file["layers/dense_1/vars/1"].shape == (1,)


# --- interrupted ---------------------------------------------------------------------------------------


@pytest.fixture
def large(folder: Path, run: Run) -> Path:
    (folder / "large.yaml").write_text(
        "modelspec: 1\ninputs: {x: [2048]}\nlayers:\n  - Dense: {units: 2048}\n    name: d\n    repeat: 6\n"
    )
    done = run("build", "large.yaml")
    assert done.status == 0, done.err
    return folder / "large.keras"


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("name", ["w.weights.h5", "w.weights.json", "w.npz"])
def test_whoever_is_stopped_leaves_what_was_there(
    large: Path, environment: Any, name: str, how: signal.Signals
) -> None:
    folder = large.parent
    shutil.rmtree(folder / "there", ignore_errors=True)
    (folder / "there").mkdir()
    for old in {name, name.replace(".weights.json", "_00000.weights.h5")}:
        (folder / "there" / old).write_bytes(b"old")
    before = {path.name for path in (folder / "there").iterdir()}
    extra = ["--shard-size", "40MB"] if name.endswith("json") else []
    command = [*COMMAND, "weights", "extract", "large.keras", "-o", f"there/{name}", *extra]
    child = subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while not any(path.name.endswith(".tmp") for path in (folder / "there").iterdir()):
        assert child.poll() is None, child.stderr and child.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.001)
    child.send_signal(how)
    child.wait()
    assert child.stderr is not None
    child.stderr.close()
    left = {path.name: path for path in (folder / "there").iterdir()}
    if how is signal.SIGINT:
        assert left.keys() == before
        assert child.returncode == 130
    else:
        abandoned = {found for found in left if re.fullmatch(r"\..*\.[0-9a-f]{16}\.tmp", found)}
        assert left.keys() - abandoned == before
    assert all(left[old].read_bytes() == b"old" for old in before)
    done = subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert not [path for path in (folder / "there").iterdir() if path.name.endswith(".tmp")]
