"""What a machine does with a task: in the driver's folder, or in one that travelled."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from processes import eventually, lives, number_in

from modelspec.executors.engine import EngineExecutor
from modelspec.executors.files import read_folder, write_files
from modelspec.executors.node import Left, Task, run_task
from modelspec.executors.protocol import Job
from modelspec.executors.wanted import TOKEN, call_off, write_token

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no sessions, no signals")
TRAINER = Path(__file__).with_name("trainer.py")


def task(folder: Path, *does: str, **options) -> Task:
    command = (sys.executable, str(TRAINER), *does, str(folder))
    made = Task(command, str(folder), token="a token", limit=10_000, grace=0.2)
    return replace(made, **options)


def run(made: Task, **content: bytes) -> Left:
    return run_task(made, lambda: content)


def in_thread(made: Task, **options) -> tuple[threading.Thread, list[Left]]:
    found: list[Left] = []
    thread = threading.Thread(target=lambda: found.append(run_task(made, dict, **options)))
    thread.start()
    return thread, found


def test_a_program_runs_in_the_drivers_folder_where_the_token_is(tmp_path):
    (tmp_path / TOKEN).write_text("a token")
    left = run(task(tmp_path, "tells"), never=b"asked for")
    assert (left.status, left.files, left.gone, left.note) == (0, {}, (), "")
    assert (tmp_path / "told").exists()


@pytest.mark.parametrize("there", ["nothing", "another folder with this name"])
def test_elsewhere_its_content_travels_there_and_what_changed_travels_back(tmp_path, there):
    folder = tmp_path / "there"
    if there != "nothing":
        folder.mkdir()
        (folder / TOKEN).write_text("another token")
    left = run(task(folder, "travels"), **{"given": b"word", "passing": b"", "log.txt": b"before\n"})
    assert left.status == 0
    assert {*left.files} == {"log.txt", "model.keras", "result.json"}
    assert left.files["result.json"] == b"word"
    assert left.files["log.txt"].startswith(b"before\npid ")
    assert (left.gone, left.note) == (("passing",), "")
    assert not (folder / "log.txt").exists()


def test_what_is_too_large_stays_where_it_is_and_is_told(tmp_path):
    left = run(task(tmp_path, "travels", limit=1000), given=b"word", passing=b"")
    assert {*left.files} == {"log.txt", "result.json"}
    assert left.note.startswith("`model.keras` (5,000 bytes) was too large to be sent from `")
    refused = run_task(task(tmp_path, "travels"), lambda: None)
    assert refused.status == 127
    assert "does not share the run's folder, and it is larger than 10,000 bytes" in refused.note


def test_another_release_of_modelspec_runs_nothing(tmp_path):
    left = run(task(tmp_path, "tells", version="0.0.1"))
    assert left.status == 127
    assert "and the driver 0.0.1: install the same" in left.note


def test_a_machine_with_another_python_takes_its_own(tmp_path):
    command = ("/there/python", str(TRAINER), "exits", "4", str(tmp_path))
    assert run(task(tmp_path, command=command, python="/there/python")).status == 4
    left = run(task(tmp_path, command=command))
    assert (left.status, left.note.partition(" on ")[0]) == (127, "`/there/python` cannot be started")


@pytest.mark.parametrize(
    ("change", "grace"),
    [
        (lambda folder: call_off(folder, "a token"), 0.2),
        (lambda folder: write_token(folder, "the token of another attempt"), 60),
        (lambda folder: (folder / TOKEN).unlink(), 60),
    ],
    ids=["called off", "another attempt", "gone"],
)
def test_a_program_ends_when_the_driver_does_not_want_it_any_more(tmp_path, change, grace):
    write_token(tmp_path, "a token")
    thread, found = in_thread(task(tmp_path, "is_stubborn", grace=grace))
    child = number_in(tmp_path / "child")
    change(tmp_path)
    thread.join(10)
    assert [left.status for left in found] == [-signal.SIGKILL]
    eventually(lambda: not lives(child))


def test_a_job_that_was_called_off_in_the_queue_is_not_started(tmp_path):
    call_off(tmp_path, "a token")
    assert run(task(tmp_path, "tells")).status == -signal.SIGTERM
    assert sorted(path.name for path in tmp_path.iterdir()) == [TOKEN]


def test_a_program_ends_when_the_driver_is_silent_for_too_long(tmp_path):
    (tmp_path / TOKEN).write_text("a token")
    thread, found = in_thread(task(tmp_path, "waits", silence=1.5))
    number_in(tmp_path / "pid")
    until = time.monotonic() + 2.6
    while time.monotonic() < until:
        os.utime(tmp_path / TOKEN)
        time.sleep(0.1)
    assert not found
    thread.join(10)
    assert [left.status for left in found] == [-signal.SIGKILL]


def test_a_program_ends_when_the_engine_says_so(tmp_path):
    thread, found = in_thread(task(tmp_path, "exits", "0"), ends_within=lambda: None)
    thread.join(10)
    assert [left.status for left in found] == [0]
    thread, found = in_thread(task(tmp_path, "waits"), ends_within=lambda: 30.0)
    thread.join(10)
    assert [left.status for left in found] == [-signal.SIGTERM]


def test_a_result_that_the_drivers_disk_has_no_room_for_is_lost_and_nothing_of_it_is_left(tmp_path):
    folder = tmp_path / "there"
    folder.mkdir()
    (folder / "result.json").mkdir()  # as good as a disk that is full: nothing can be written in its place
    executor = AtOnce()
    executor.submit(Job("a", ("true", str(folder)), folder))
    executor.submit(Job("b", ("true", str(tmp_path)), tmp_path))
    assert {outcome.key: outcome.cause for outcome in executor.poll()} == {"a": "lost", "b": "exit"}
    assert [path.name for path in folder.iterdir()] == ["result.json"]
    assert (tmp_path / "result.json").read_bytes() == b"{}"


class AtOnce(EngineExecutor):
    """An engine whose jobs have ended as they are given to it, elsewhere."""

    def __init__(self):
        super().__init__(2, grace=1, limit=1000)

    def _start(self, task, job):
        return job.key

    def _ended(self, handles):
        return [*handles]

    def _result(self, handle):
        return Left(0, "elsewhere", files={"result.json": b"{}"})

    def _stop(self, handle, *, force):
        raise AssertionError

    def _leave(self):
        raise AssertionError


def test_files_below_folders_travel_links_do_not_and_a_result_is_written_last(tmp_path, monkeypatch):
    (tmp_path / "a" / "b").mkdir(parents=True)
    for name in ("result.json", "a/b/c", "z"):
        (tmp_path / name).write_text(name)
    (tmp_path / "link").symlink_to("z")
    read = read_folder(tmp_path, limit=100, without={"z"})
    assert read.content == {"result.json": b"result.json", "a/b/c": b"a/b/c"}
    written = []
    replaced = Path.replace
    monkeypatch.setattr(Path, "replace", lambda self, to: written.append(to.name) or replaced(self, to))
    write_files(tmp_path / "new", {**read.content, "z": b"z"})
    assert written == ["c", "z", "result.json"]
    assert read_folder(tmp_path / "new", limit=100).content == {**read.content, "z": b"z"}
