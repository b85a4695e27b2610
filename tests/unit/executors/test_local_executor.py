"""What only jobs on this machine have: signals to whole sessions, a grace, devices."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest
from processes import eventually, lives, number_in, session_of

from modelspec.executors.devices import Devices, visible_gpus
from modelspec.executors.local import LocalExecutor
from modelspec.executors.protocol import ExecutorError, Job, Outcome

TRAINER = Path(__file__).with_name("trainer.py")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no sessions, no signals")


def job(folder: Path, *does: str, **resources: float) -> Job:
    folder.mkdir(exist_ok=True)
    command = (sys.executable, str(TRAINER), *does, str(folder))
    return Job(folder.name, command, folder, resources=resources)


def outcome(executor: LocalExecutor) -> Outcome:
    (found,) = eventually(executor.poll)
    return found


@pytest.fixture
def make():
    made = []

    def make_executor(parallel: int = 2, **options) -> LocalExecutor:
        made.append(LocalExecutor(parallel, **options))
        return made[-1]

    yield make_executor
    for executor in made:
        executor.close()


def test_a_job_that_ignores_sigterm_is_killed_with_its_children_when_its_time_is_over(tmp_path, make):
    executor = make(grace=0.3)
    executor.submit(job(tmp_path / "a", "is_stubborn"))
    leader, child = number_in(tmp_path / "a" / "pid"), number_in(tmp_path / "a" / "child")
    before = time.monotonic()
    executor.cancel("a")
    assert executor.poll() == ()
    assert outcome(executor).status == -9
    assert 0.3 <= time.monotonic() - before < 2
    eventually(lambda: not session_of(leader))
    assert not lives(child)


def test_a_job_that_heeds_sigterm_ends_before_its_time_is_over(tmp_path, make):
    executor = make(grace=60)
    executor.submit(job(tmp_path / "a", "waits"))
    number_in(tmp_path / "a" / "pid")
    executor.cancel("a")
    executor.cancel("a")
    found = outcome(executor)
    assert (found.cause, found.status) == ("cancelled", -15)


def test_children_that_a_job_leaves_behind_end_with_it(tmp_path, make):
    executor = make()
    executor.submit(job(tmp_path / "a", "leaves_a_child"))
    assert outcome(executor).status == 0
    eventually(lambda: not lives(number_in(tmp_path / "a" / "child")))


def test_children_in_a_group_of_their_own_end_with_a_cancelled_job(tmp_path, make):
    executor = make(grace=60)
    executor.submit(job(tmp_path / "a", "leaves_a_child_in_a_group_of_its_own"))
    number_in(tmp_path / "a" / "pid")
    executor.cancel("a")
    outcome(executor)
    eventually(lambda: not lives(number_in(tmp_path / "a" / "child")))


def test_a_job_that_ended_before_it_was_cancelled_has_ended_by_itself(tmp_path, make):
    executor = make()
    executor.submit(job(tmp_path / "a", "exits", "0"))
    eventually(lambda: "follows" in (tmp_path / "a" / "log.txt").read_text())
    time.sleep(0.2)
    executor.cancel("a")
    assert outcome(executor).cause == "exit"


def test_a_program_that_is_not_there_is_told(tmp_path, make):
    executor = make()
    with pytest.raises(ExecutorError, match=r"a run cannot be started: no such file.*`/no/python`"):
        executor.submit(Job("a", ("/no/python", str(tmp_path)), tmp_path))
    assert executor.capacity() == 2


def test_a_log_that_cannot_be_written_is_told(tmp_path, make):
    (tmp_path / "log.txt").mkdir()
    with pytest.raises(ExecutorError, match=r"is a directory \(`.*log.txt`\)"):
        make().submit(job(tmp_path, "exits", "0"))


def test_each_job_sees_devices_of_its_own_and_gives_them_back(tmp_path, make):
    executor = make(3, gpus=("0", "5", "7"))
    executor.submit(job(tmp_path / "a", "tells", gpu=2))
    executor.submit(job(tmp_path / "b", "tells", gpu=1))
    with pytest.raises(ExecutorError, match=r"a run asks for 1 gpu, and of this machine's 0 are free"):
        executor.submit(job(tmp_path / "c", "tells", gpu=1))
    found: list[Outcome] = []
    eventually(lambda: found.extend(executor.poll()) or len(found) == 2)
    seen = [(tmp_path / name / "told").read_text().split() for name in "ab"]
    assert seen == [["0,5"], ["7"]]
    executor.submit(job(tmp_path / "c", "tells", gpu=3))
    outcome(executor)
    assert (tmp_path / "c" / "told").read_text().split() == ["0,5,7"]


def test_parts_of_one_device_leave_the_others_whole():
    devices = Devices(("0", "1"))
    first, second = devices.take(0.5), devices.take(0.5)
    assert first == second == {"0": 0.5}
    assert devices.take(2) is None
    assert devices.take(1) == {"1": 1.0}
    assert devices.take(0.1) is None
    assert first is not None
    devices.give_back(first)
    assert devices.take(0.5) == {"0": 0.5}
    assert devices.take(0) == {}


@pytest.mark.parametrize(
    ("environment", "found"),
    [
        ({"CUDA_VISIBLE_DEVICES": "2, 3"}, ("2", "3")),
        ({"CUDA_VISIBLE_DEVICES": ""}, ()),
        ({"CUDA_VISIBLE_DEVICES": "-1"}, ()),
        ({}, ("0", "1")),
    ],
    ids=str,
)
def test_devices_are_found_without_a_library(tmp_path, environment, found):
    for name in ("0000:01:00.0", "0000:02:00.0"):
        (tmp_path / name).mkdir()
    assert visible_gpus(environment, driver=tmp_path) == found
    assert visible_gpus({}, driver=tmp_path / "none") == ()
