"""On a disk that is full, a sweep stops, spoils nothing, and goes on when there is room."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from fake_sweep import command, document, run_fake, runs_of, said, starts, tell

FULL_DISK = Path(__file__).with_name("full_disk.py")


# With `$1` for the folder. Only root mounts an image.
DISKS = {
    "tmpfs": ("unshare --mount --map-root-user", 'mount -t tmpfs -o size=4m none "$1"'),
    "ext4": (
        "unshare --mount",
        'truncate -s 16M "$1.img" && mkfs.ext4 -q -b 4096 -m 0 "$1.img" && mount -o loop "$1.img" "$1"',
    ),
}


def on_a_small_disk(
    folder: Path, *sizes: int, trainer: str = "fake", kind: str = "tmpfs"
) -> dict[str, dict[str, object]]:
    """What came of a sweep where so many KiB were free; in a mount namespace, so that nothing stays."""
    disk = folder.parent / "disk"
    disk.mkdir()
    unshare, mount = DISKS[kind]
    private = [*unshare.split(), "sh", "-c", f'{mount} && shift && "$@"', "sh", str(disk)]
    tried = subprocess.run([*private, "true"], capture_output=True) if shutil.which("unshare") else None
    if tried is None or tried.returncode:
        pytest.skip("no file system can be mounted here")
    program = [sys.executable, str(FULL_DISK), str(disk), trainer, *(str(size) for size in sizes)]
    paths = os.pathsep.join(path for path in sys.path if path)
    done = subprocess.run(
        [*private, *program], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": paths}, timeout=3000
    )
    assert done.returncode == 0
    found = json.loads(done.stdout)
    for free, one in found.items():
        assert (one["wrong"], one["again"], one["whole"], one["left"]) == ([], 0, True, []), free
    return dict(found)


def make(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder.parent / "net.yaml").write_text(document(3))
    tell(folder, monkeypatch, all={"size": 10_000, "said": 6_000})


def test_where_so_much_is_free_it_stops_and_goes_on_when_there_is_room(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(folder, monkeypatch)
    # For the lock, the ledger, its log, an order, a document, metrics, the log, an archive, a result.
    found = on_a_small_disk(folder, 0, 32, 64, 160, 200, 260, 2000)
    assert [one["status"] for one in found.values()] == [5] * 6 + [0]


@pytest.mark.slow
def test_on_a_file_system_that_keeps_a_journal_too_it_stops_and_goes_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(folder, monkeypatch)
    found = on_a_small_disk(folder, *range(0, 700, 28), 4000, kind="ext4")
    statuses = [one["status"] for one in found.values()]
    assert statuses.count(5) > 10
    assert statuses[-1] == 0


@pytest.mark.slow
def test_wherever_the_disk_becomes_full_it_stops_and_goes_on_when_there_is_room(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(folder, monkeypatch)
    found = on_a_small_disk(folder, *range(0, 700, 4))
    statuses = [one["status"] for one in found.values()]
    assert statuses == sorted(statuses, reverse=True)
    assert {*statuses} == {0, 5}


@pytest.mark.slow
def test_with_the_real_trainer_too_it_stops_and_goes_on_when_there_is_room(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(folder, monkeypatch)
    written = document(1, objective={"metric": "loss", "goal": "minimize"})
    (folder.parent / "net.yaml").write_text(written)
    found = on_a_small_disk(folder, *range(152, 260, 12), 2000, trainer="real")
    statuses = [one["status"] for one in found.values()]
    assert statuses == [5] * statuses.count(5) + [0] * statuses.count(0)
    assert statuses.count(5) > 4


def test_it_starts_no_run_where_less_is_free_than_it_is_to_leave(folder: Path) -> None:
    (folder.parent / "net.yaml").write_text(document(2, budget={"disk_free": "100000TB"}))
    status, out, err = said(command(folder, "sweep", "run", "net.yaml", "-o", "sweep"))
    assert (status, err) == (5, "")
    assert "0 done, 2 waiting; the disk is too full: free some space" in out
    assert starts(folder) == []
    assert [run.state for run in runs_of(folder)] == ["PENDING", "PENDING"]
    assert run_fake(folder, document(2, budget={"disk_free": "1MB"})).count("DONE") == 2
