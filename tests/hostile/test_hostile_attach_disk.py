"""Attaching that is stopped, or whose disk is full: the old file is there, the new one is not."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import modelspec

h5py = pytest.importorskip("h5py")
np = pytest.importorskip("numpy")

ROOT = Path(modelspec.__file__).parents[1]
COMMAND = (sys.executable, "-m", "modelspec")
LAYERS, WIDTH = 6, 2048
NET = f"modelspec: 1\ninputs: {{x: [{WIDTH}]}}\nlayers:\n" + "".join(
    f"  - {{Dense: {{units: {WIDTH}, kernel_initializer: zeros}}, name: d{number}}}\n"
    for number in range(LAYERS)
)
VERBS = {
    "build": ("build", "net.yaml", "-o", "there/net.keras"),
    "attach": ("weights", "attach", "net.keras", "--from", "w.weights.h5", "-o", "there/net.keras"),
}
# Of the six kernels, 16 MB each.
NEEDED = "101 MB"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A document, an archive of its model, all zeros and so small, and 100 MB of values for both."""
    folder = tmp_path_factory.mktemp("attach")
    (folder / "net.yaml").write_text(NET)
    modelspec.load(folder / "net.yaml").build(folder / "net.keras")
    (folder / "net.yaml").write_text(f"{NET}weights: {{load: [{{file: w.weights.h5}}]}}\n")
    with h5py.File(folder / "w.weights.h5", "w") as file:
        for number in range(LAYERS):
            group = file.create_group(f"layers/dense{f'_{number}' if number else ''}/vars")
            group.attrs["name"] = f"d{number}"
            group["0"] = np.full((WIDTH, WIDTH), number + 1, "float32")
            group["1"] = np.full(WIDTH, number + 1, "float32")
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def there(folder: Path) -> Path:
    shutil.rmtree(folder / "there", ignore_errors=True)
    (folder / "there").mkdir()
    (folder / "there" / "net.keras").write_bytes(b"old")
    return folder / "there"


def environment(folder: Path) -> dict[str, str]:
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    return {**os.environ, "PYTHONPATH": path}


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("verb", VERBS)
def test_whoever_is_stopped_leaves_what_was_there(
    folder: Path, there: Path, verb: str, how: signal.Signals
) -> None:
    command = [*COMMAND, *VERBS[verb]]
    child = subprocess.Popen(command, cwd=folder, env=environment(folder), stderr=subprocess.PIPE)
    deadline = time.monotonic() + 120
    while not any(path.name.endswith(".tmp") for path in there.iterdir()):
        assert child.poll() is None, child.stderr and child.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.0005)
    child.send_signal(how)
    child.wait()
    assert child.stderr is not None
    child.stderr.close()
    left = {path.name for path in there.iterdir()}
    if how is signal.SIGINT:
        assert left == {"net.keras"}
        assert child.returncode == 130
    else:
        assert {name for name in left if not re.fullmatch(r"\..*\.[0-9a-f]{16}\.tmp", name)} == {"net.keras"}
    assert (there / "net.keras").read_bytes() == b"old"
    done = subprocess.run(command, cwd=folder, env=environment(folder), check=False, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert {path.name for path in there.iterdir()} == {"net.keras"}


@pytest.mark.parametrize("verb", VERBS)
def test_a_full_disk_leaves_what_was_there_and_says_what_is_needed(
    folder: Path, there: Path, verb: str
) -> None:
    """Runs in a mount namespace of its own, so that nothing stays mounted."""
    steps = 'mount -t tmpfs -o size=20m none "$1" && printf old > "$1/net.keras" && shift && "$@"'
    private = ["unshare", "--mount", "--map-root-user", "sh", "-c", steps, "sh", there]
    tried = subprocess.run([*private, "true"], capture_output=True) if shutil.which("unshare") else None
    if tried is None or tried.returncode:
        pytest.skip("no file system can be mounted here")
    look = ["sh", "-c", f'"$@"; echo $?; ls -A "{there}" && cat "{there}/net.keras"', "sh"]
    done = subprocess.run(
        [*private, *look, *COMMAND, *VERBS[verb]],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
    )
    assert "error[disk-full]" in done.stderr
    assert NEEDED in done.stderr
    assert done.stdout.split() == ["1", "net.keras", "old"]


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
@pytest.mark.parametrize("verb", VERBS)
def test_a_limit_on_the_size_of_files_leaves_what_was_there(folder: Path, there: Path, verb: str) -> None:
    resource = pytest.importorskip("resource")

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20 << 20, 20 << 20))

    done = subprocess.run(
        [*COMMAND, *VERBS[verb]],
        cwd=folder,
        env=environment(folder),
        preexec_fn=limit,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1, done.stderr
    assert "error[cannot-write]" in done.stderr
    assert {path.name for path in there.iterdir()} == {"net.keras"}
    assert (there / "net.keras").read_bytes() == b"old"


def test_an_archive_attached_to_over_itself_stays_when_the_disk_is_full(folder: Path, there: Path) -> None:
    shutil.copy(folder / "net.keras", there / "net.keras")
    before = (there / "net.keras").read_bytes()
    resource = pytest.importorskip("resource")
    command = [*COMMAND, "weights", "attach", "there/net.keras", "--from", "w.weights.h5"]
    done = subprocess.run(
        [*command, "-o", "there/net.keras"],
        cwd=folder,
        env=environment(folder),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20 << 20, 20 << 20)),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1, done.stderr
    assert (there / "net.keras").read_bytes() == before
    assert {path.name for path in there.iterdir()} == {"net.keras"}
