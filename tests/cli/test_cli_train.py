"""`modelspec train` as a user has it: what it prints, and what is left when it is interrupted or killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from command_line import COMMAND

NET = """\
modelspec: 1
inputs: {x: [4]}
layers:
  - Dense: {units: 8, activation: relu}
  - Dropout: {rate: 0.2}
  - Dense: {units: 3, activation: softmax}
compile: {optimizer: adam, loss: sparse_categorical_crossentropy}
train:
  data: {file: data.npz, x: x, y: y, validation: 0.25}
  fit:
    epochs: 2
    batch_size: 8
    callbacks: [{EarlyStopping: {patience: 1000, restore_best_weights: true}}]
"""


@pytest.fixture
def trained(folder: Path) -> Path:
    random = np.random.RandomState(0)
    x = random.normal(size=(64, 4)).astype("float32")
    np.savez(folder / "data.npz", x=x, y=(x[:, 0] > 0).astype(int) + (x[:, 1] > 0))
    (folder / "net.yaml").write_text(NET)
    return folder


def test_it_says_one_line_and_writes_an_archive_and_a_folder(trained, run):
    done = run("train", "net.yaml")
    assert (done.status, done.err) == (0, "")
    line = done.out.splitlines()
    assert len(line) == 1
    assert line[0].startswith("net.yaml -> net.keras  2 epochs, loss ")
    assert ", val_loss " in line[0]
    assert sorted(path.name for path in (trained / "net.run").iterdir()) == [
        ".lock",
        "checkpoint-0002.keras",
        "checkpoint-0002.npz",
        "log.txt",
        "metrics.jsonl",
        "result.json",
        "state.json",
    ]
    assert run("audit", "net.keras").status == 0


def test_its_json_is_all_that_it_prints(trained, run):
    done = run("train", "net.yaml", "-o", "out/", "--format", "json", "--run", "here")
    assert (done.status, done.err) == (0, "")
    found = json.loads(done.out)
    assert {
        name: found[name] for name in ("document", "diagnostics", "state", "epochs", "run", "archive")
    } == {
        "document": "net.yaml",
        "diagnostics": [],
        "state": "done",
        "epochs": 2,
        "run": "here",
        "archive": "out/net.keras",
    }
    assert found["bytes"] == (trained / "out" / "net.keras").stat().st_size
    assert set(found["metrics"]) == {"loss", "val_loss"}
    assert (found["kept"], found["resumed_from"]) == (2, 0)


def test_quiet_says_nothing(trained, run):
    done = run("train", "net.yaml", "-q", "--set", "train.fit.epochs=1")
    assert (done.status, done.out, done.err) == (0, "", "")


def test_check_trains_nothing(trained, run):
    done = run("train", "net.yaml", "--check")
    assert (done.status, done.out, done.err) == (0, "net.yaml: ok  67 parameters to train\n", "")
    assert not (trained / "net.run").exists()
    done = run("train", "net.yaml", "--check", "--set", "train.data.x=z", "--format", "concise")
    assert (done.status, done.out) == (1, "")
    assert "error[unknown-array] `data.npz` holds no array `z`" in done.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--resume", "--restart"], "give one of them"),
        (["-", "-q"], "needs `-o FILE`"),
    ],
)
def test_a_wrong_command_line_is_told(trained, run, arguments, said):
    document = [] if "-" in arguments else ["net.yaml"]
    done = run("train", *document, *arguments)
    assert done.status == 2
    assert said in done.err


def test_an_archive_has_its_ending(trained, run):
    done = run("train", "net.yaml", "-o", "net.h5", "--format", "concise")
    assert done.status == 1
    assert "error[cannot-write]" in done.err


LONG = ("--set", "train.fit.epochs=40")


def start(folder: Path, environment: Mapping[str, str], *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, "train", "net.yaml", *LONG, *arguments],
        cwd=folder,
        env=dict(environment),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def epochs_of(folder: Path) -> int:
    try:
        return (folder / "net.run" / "metrics.jsonl").read_bytes().count(b"\n")
    except FileNotFoundError:
        return 0


def when(child: subprocess.Popen[str], folder: Path, *, epochs: int) -> None:
    """Wait until a run has done so many epochs."""
    deadline = time.monotonic() + 240
    while epochs_of(folder) < epochs:
        assert child.poll() is None, child.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.002)


def test_a_run_that_is_interrupted_and_killed_ends_as_one_that_was_not(trained, run, environment):
    """The one run through all: Ctrl-C, a second trainer, `kill -9`, then the end; against a run at once."""
    child = start(trained, environment)
    when(child, trained, epochs=3)
    second = run("train", "net.yaml", *LONG, "--resume", "--format", "concise")
    if epochs_of(trained) < 40 and child.poll() is None:
        assert second.status == 4
        assert "error[run-locked] another process trains in `net.run`" in second.err
    child.send_signal(signal.SIGINT)
    out, err = child.communicate()
    if child.returncode == 0:
        pytest.skip("the machine was too slow to interrupt it")
    assert (child.returncode, out) == (130, "")
    kept = json.loads((trained / "net.run" / "state.json").read_text())["epoch"]
    assert err == (
        f"net.yaml: interrupted, and kept as it was after epoch {kept}: `--resume` goes on from there\n"
    )
    assert json.loads((trained / "net.run" / "result.json").read_text())["state"] == "interrupted"
    assert not (trained / "net.keras").exists()

    again = run("train", "net.yaml", *LONG, "--format", "concise")
    assert again.status == 1
    assert "error[unfinished-run]" in again.err

    child = start(trained, environment, "--resume")
    when(child, trained, epochs=min(kept + 4, 38))
    os.kill(child.pid, signal.SIGKILL)
    child.communicate()
    done = run("train", "net.yaml", *LONG, "--resume", "--format", "json")
    assert (done.status, done.err) == (0, "")
    found = json.loads(done.out)
    assert (found["epochs"], found["state"]) == (40, "done")
    assert found["resumed_from"] > kept

    whole = run("train", "net.yaml", *LONG, "-o", "whole.keras")
    assert whole.status == 0
    assert (trained / "net.keras").read_bytes() == (trained / "whole.keras").read_bytes()
    told = [
        [json.loads(line) for line in (trained / name / "metrics.jsonl").read_text().splitlines()]
        for name in ("net.run", "whole.run")
    ]
    assert [{**line, "seconds": 0} for line in told[0]] == [{**line, "seconds": 0} for line in told[1]]


def test_a_file_stop_ends_the_run_with_its_archive(trained, environment):
    child = start(trained, environment)
    when(child, trained, epochs=2)
    (trained / "net.run" / "STOP").touch()
    out, err = child.communicate()
    assert (child.returncode, err) == (0, "")
    if " 40 epochs" in out:
        pytest.skip("the machine was too slow to stop it")
    assert "epochs, stopped, loss" in out
    assert (trained / "net.keras").exists()
    assert json.loads((trained / "net.run" / "result.json").read_text())["state"] == "stopped"
