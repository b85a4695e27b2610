"""The folder of a run: whatever moment it was killed at, what is read is whole."""

from __future__ import annotations

import json
import math

import pytest

from modelspec.training.folder import (
    Kept,
    LockedError,
    RunFolder,
    append_metrics,
    cut_metrics,
    keep,
    locked,
    read_kept,
    read_metrics,
)


@pytest.fixture
def folder(tmp_path):
    return RunFolder(tmp_path)


def test_metrics_are_lines_of_json_and_have_no_nan(folder):
    append_metrics(folder, {"epoch": 1, "loss": 0.5})
    append_metrics(folder, {"epoch": 2, "loss": math.nan})
    lines = folder.metrics.read_text().splitlines()
    assert [json.loads(line) for line in lines] == [{"epoch": 1, "loss": 0.5}, {"epoch": 2, "loss": None}]


def test_metrics_that_are_cut_off_anywhere_lose_the_last_line_at_most(folder):
    for epoch in (1, 2, 3):
        append_metrics(folder, {"epoch": epoch, "loss": 1 / epoch})
    data = folder.metrics.read_bytes()
    for length in range(len(data)):
        folder.metrics.write_bytes(data[:length])
        whole = data[:length].count(b"\n")
        assert [line["epoch"] for line in read_metrics(folder)] == [1, 2, 3][:whole]


def test_epochs_that_are_trained_again_are_forgotten(folder):
    for epoch in (1, 2, 3):
        append_metrics(folder, {"epoch": epoch})
    with folder.metrics.open("ab") as file:
        file.write(b'{"epoch": 4, "lo')
    cut_metrics(folder, epoch=2)
    assert folder.metrics.read_text() == '{"epoch": 1}\n{"epoch": 2}\n'


def test_a_state_is_read_as_it_was_kept_and_older_checkpoints_go(folder):
    for epoch in (1, 2):
        folder.checkpoint(epoch).touch()
        folder.arrays(epoch).touch()
        keep(folder, Kept({"model": "a"}, epoch, stopped=False, callbacks=({"wait": 1},)))
    assert read_kept(folder) == Kept({"model": "a"}, 2, stopped=False, callbacks=({"wait": 1},))
    assert sorted(path.name for path in folder.path.glob("checkpoint-*")) == [
        "checkpoint-0002.keras",
        "checkpoint-0002.npz",
    ]


def test_no_state_is_none(folder):
    assert read_kept(folder) is None


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"format": 2}', '{"format": 1, "epoch": -1}', "null", '"\\ud800"']
)
def test_a_damaged_state_is_told(folder, text):
    folder.state.write_text(text)
    with pytest.raises(ValueError):
        read_kept(folder)


def test_a_folder_is_one_process_s_at_a_time(folder):
    import subprocess
    import sys

    with locked(folder):
        other = f"""
import fcntl, os, sys
file = os.open({str(folder.path / ".lock")!r}, os.O_RDWR)
try:
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    sys.exit(3)
"""
        assert subprocess.run([sys.executable, "-c", other], check=False).returncode == 3
        with pytest.raises(LockedError), locked(folder):
            pass
    with locked(folder):
        pass


def test_what_is_not_ours_stays_when_a_run_begins_anew(folder):
    for name in ("notes.txt", "metrics.jsonl", "STOP", "checkpoint-0001.keras", "checkpoint-of-mine.txt"):
        (folder.path / name).touch()
    folder.clear()
    assert sorted(path.name for path in folder.path.iterdir()) == ["checkpoint-of-mine.txt", "notes.txt"]
