"""What only a Dask cluster does: workers that go away, a driver that is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from processes import eventually, lives, number_in, session_of

from modelspec.executors.dask import DaskExecutor
from modelspec.executors.protocol import ExecutorError, Job, Outcome

distributed = pytest.importorskip("distributed")
HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> Iterator[str]:
    folder = str(tmp_path_factory.mktemp("dask"))
    shape = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": ":0"}
    with distributed.LocalCluster(**shape, silence_logs=50, local_directory=folder) as cluster:
        yield cluster.scheduler_address


def job(folder: Path, *does: str) -> Job:
    folder.mkdir(exist_ok=True)
    return Job(folder.name, (sys.executable, str(HERE / "trainer.py"), *does, str(folder)), folder)


def outcome(executor: DaskExecutor) -> Outcome:
    (found,) = eventually(executor.poll, seconds=40)
    return found


def test_a_job_and_its_children_are_gone_within_seconds_of_a_killed_driver(tmp_path, address):
    command = [sys.executable, str(HERE / "driver.py"), "is_stubborn", address, str(tmp_path)]
    driver = subprocess.Popen(command, start_new_session=True)
    try:
        leader, child = number_in(tmp_path / "pid", seconds=40), number_in(tmp_path / "child")
    finally:
        driver.kill()
        driver.wait()
    eventually(lambda: not session_of(leader), seconds=5)
    assert not lives(child)
    os.kill(number_in(tmp_path / "other"), signal.SIGKILL)


def test_a_job_goes_on_elsewhere_when_its_worker_is_killed(tmp_path, address):
    executor = DaskExecutor(address, 1, grace=0.5)
    executor.submit(job(tmp_path / "a", "waits"))
    first = number_in(tmp_path / "a" / "pid")
    (tmp_path / "a" / "pid").unlink()
    worker = int(Path("/proc", str(first), "stat").read_bytes().rpartition(b") ")[2].split()[1])
    os.kill(worker, signal.SIGKILL)
    second = number_in(tmp_path / "a" / "pid", seconds=40)
    eventually(lambda: not session_of(first), seconds=5)
    assert lives(second)
    executor.cancel("a")
    assert outcome(executor).cause == "cancelled"
    assert not lives(second)
    executor.close()


def test_threads_of_this_process_do_where_there_is_no_cluster(tmp_path):
    executor = DaskExecutor(None, 2, grace=0.5)
    executor.submit(job(tmp_path / "a", "exits", "3"))
    assert outcome(executor).status == 3
    executor.submit(job(tmp_path / "b", "is_stubborn"))
    leader = number_in(tmp_path / "b" / "pid")
    executor.close()
    eventually(lambda: not session_of(leader), seconds=5)


def test_a_scheduler_that_is_not_there_is_told():
    with pytest.raises(ExecutorError, match="Dask cannot be used: ") as caught:
        DaskExecutor("tcp://127.0.0.1:1", 1, options={"timeout": 0.5})
    assert caught.value.help == "is there a scheduler at `tcp://127.0.0.1:1`?"
