"""Writers that are killed, and disks that are full, for real."""

from __future__ import annotations

import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from modelspec.archive.reader import open_keras
from modelspec.diagnostics import Report

resource = pytest.importorskip("resource")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and limits of POSIX")

_WRITE_FOREVER = """
import itertools, sys
from pathlib import Path
from modelspec.archive.writer import open_archive
from modelspec.diagnostics import Report
block = bytes(range(256)) * 1024
print("ready", flush=True)
for number in itertools.count():
    with open_archive(Path(sys.argv[1]), needed=0, report=Report()) as writer:
        writer.add("metadata.json", b"{}")
        writer.add("config.json", b'{"class_name": "A", "config": {"number": %d}}' % number)
        with writer.stream("model.weights.h5") as file:
            for _ in range(16):
                file.write(block)
"""


def _check_whole(path: Path) -> None:
    report = Report()
    archive = open_keras(path, report)
    assert archive is not None, report.diagnostics
    with archive:
        archive.verify()


def test_a_writer_killed_at_any_moment_leaves_a_whole_archive(write: Callable[..., Path]) -> None:
    target = write()
    chance = random.Random(0)
    leftovers = 0
    for _ in range(12):
        child = subprocess.Popen([sys.executable, "-c", _WRITE_FOREVER, target], stdout=subprocess.PIPE)
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(chance.uniform(0, 0.05))
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        _check_whole(target)
        found = [path.name for path in target.parent.iterdir() if path != target]
        # The next writer has removed what the one before it left.
        assert len(found) <= 1
        assert all(re.fullmatch(r"\.net\.keras\.[0-9a-f]{16}\.tmp", name) for name in found)
        leftovers += len(found)
    assert leftovers, "no writer was killed while it wrote"
    write()
    assert [path.name for path in target.parent.iterdir()] == ["net.keras"]


def test_the_file_of_a_living_writer_is_not_removed(write: Callable[..., Path], tmp_path: Path) -> None:
    hold = """
import sys
from pathlib import Path
from modelspec.archive.atomic import atomic_file
with atomic_file(Path(sys.argv[1])) as file:
    file.write(b"held")
    print("ready", flush=True)
    sys.stdin.read()
"""
    target = tmp_path / "net.keras"
    child = subprocess.Popen(
        [sys.executable, "-c", hold, target], stdout=subprocess.PIPE, stdin=subprocess.PIPE
    )
    assert child.stdout is not None
    child.stdout.readline()
    write()
    assert len(list(tmp_path.glob(".net.keras.*.tmp"))) == 1
    child.communicate()
    assert child.returncode == 0
    assert target.read_bytes() == b"held"


def test_a_writer_that_is_terminated_cleans_up(tmp_path: Path) -> None:
    target = tmp_path / "net.keras"
    target.write_bytes(b"old")
    program = """
import signal, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
""" + _WRITE_FOREVER.replace('print("ready", flush=True)', "").replace(
        "file.write(block)", "file.write(block); print(1, flush=True); signal.pause()"
    )
    child = subprocess.Popen([sys.executable, "-c", program, target], stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()
    assert len(list(tmp_path.iterdir())) == 2
    child.terminate()
    assert child.wait() == 143
    child.stdout.close()
    assert [path.name for path in tmp_path.iterdir()] == ["net.keras"]
    assert target.read_bytes() == b"old"


_WRITE_TOO_MUCH = """
import json, sys
from pathlib import Path
import h5py
import numpy as np
from modelspec.archive.writer import open_archive
from modelspec.diagnostics import Report, SpecError
report = Report()
try:
    with open_archive(Path(sys.argv[1]), needed=1000, report=report) as writer:
        writer.add("metadata.json", b"{}")
        writer.add("config.json", b'{"class_name": "A", "config": {}}')
        with writer.stream("model.weights.h5") as region, h5py.File(region, "w") as file:
            for number in range(16):
                file.create_dataset(str(number), data=np.ones(1 << 16))
except SpecError:
    print(json.dumps([[found.code, found.message] for found in report.diagnostics]))
"""


def test_a_full_disk_leaves_the_old_archive_and_says_so(write: Callable[..., Path]) -> None:
    """Runs in a mount namespace of its own, so that nothing stays mounted."""
    old = write()
    folder = old.parent / "disk"
    folder.mkdir()
    steps = 'mount -t tmpfs -o size=2m none "$1" && cp "$2" "$1/net.keras" && shift && shift && "$@"'
    private = ["unshare", "--mount", "--map-root-user", "sh", "-c", steps, "sh", str(folder), str(old)]
    tried = subprocess.run([*private, "true"], capture_output=True) if shutil.which("unshare") else None
    if tried is None or tried.returncode:
        pytest.skip("no file system can be mounted here")
    after = 'cmp "$1" "$2" && ls -A "$3"'
    program = [sys.executable, "-c", _WRITE_TOO_MUCH, f"{folder}/net.keras"]
    look = ["sh", "-c", f'"$@" && set -- "{old}" "{folder}/net.keras" "{folder}" && {after}', "sh"]
    found = subprocess.run([*private, *look, *program], capture_output=True, text=True)
    assert found.returncode == 0, found.stderr
    diagnostics, *names = found.stdout.splitlines()
    assert '[["disk-full", "the disk is too full for' in diagnostics
    assert "it needs 1.0 kB, 2.1 MB are free" in diagnostics
    assert names == ["net.keras"]


def test_a_limit_on_the_size_of_files_leaves_the_old_archive_and_says_so(write: Callable[..., Path]) -> None:
    target = write()
    before = target.read_bytes()

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))

    found = subprocess.run(
        [sys.executable, "-c", _WRITE_TOO_MUCH, target], preexec_fn=limit, capture_output=True, text=True
    )
    assert found.returncode == 0, found.stderr
    assert '"cannot-write"' in found.stdout
    assert "larger than the file system or a limit" in found.stdout
    assert target.read_bytes() == before
    assert list(target.parent.iterdir()) == [target]
