"""What only a Ray cluster does: two nodes on this machine, one that goes away, a driver that is killed."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from clusters import joined, two_nodes
from processes import eventually, lives, number_in, session_of

from modelspec.executors.protocol import ExecutorError, Job, Outcome
from modelspec.executors.ray import RayExecutor

pytest.importorskip("ray")
pytestmark = pytest.mark.slow

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def cluster() -> Iterator:
    with two_nodes() as made:
        yield made


def job(folder: Path, *does: str, **resources: float) -> Job:
    folder.mkdir(exist_ok=True)
    command = (sys.executable, str(HERE / "trainer.py"), *does, str(folder))
    return Job(folder.name, command, folder, resources=resources)


def outcome(executor: RayExecutor) -> Outcome:
    (found,) = eventually(executor.poll, seconds=40)
    return found


@pytest.mark.parametrize("where", ["cluster", "alone"])
def test_a_job_and_its_children_are_gone_within_seconds_of_a_killed_driver(tmp_path, cluster, where):
    address = cluster.address if where == "cluster" else where
    command = [sys.executable, str(HERE / "driver.py"), "is_stubborn", address, str(tmp_path)]
    driver = subprocess.Popen(command, start_new_session=True)
    try:
        leader, child = number_in(tmp_path / "pid", seconds=40), number_in(tmp_path / "child")
    finally:
        driver.kill()
        driver.wait()
    eventually(lambda: not session_of(leader), seconds=5)
    assert not lives(child)
    subprocess.run(["kill", str(number_in(tmp_path / "other"))], check=True)


def test_who_leaves_the_cluster_takes_its_jobs_along_and_keeps_its_signals(tmp_path, cluster):
    def handler(number, frame):
        raise AssertionError

    before = signal.signal(signal.SIGTERM, handler)
    try:
        executor = RayExecutor(cluster.address, 1)
        assert signal.getsignal(signal.SIGTERM) is handler
        executor.submit(job(tmp_path / "a", "is_stubborn"))
        leader = number_in(tmp_path / "a" / "pid", seconds=40)
        executor.close()
        eventually(lambda: not session_of(leader), seconds=5)
        assert signal.getsignal(signal.SIGTERM) is handler
    finally:
        signal.signal(signal.SIGTERM, before)


def test_a_folder_that_a_machine_does_not_share_travels_there_and_back(tmp_path, cluster):
    with joined(cluster.address):
        executor = Apart(cluster.address, 1, limit=1000)
        (tmp_path / "a").mkdir()
        (tmp_path / "a" / "given").write_text("by the driver")
        (tmp_path / "a" / "passing").write_text("taken away by the run")
        executor.submit(job(tmp_path / "a", "travels"))
        found = outcome(executor)
        (tmp_path / "a" / "large").write_bytes(bytes(1001))
        executor.submit(job(tmp_path / "a", "travels"))
        again = outcome(executor)
        executor.close()
    assert (found.cause, found.status) == ("exit", 0)
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert names == ["given", "large", "log.txt", "result.json"]
    assert (tmp_path / "a" / "result.json").read_text() == "by the driver"
    log = (tmp_path / "a" / "log.txt").read_text()
    assert "`model.keras` (5,000 bytes) was too large to be sent from" in log
    assert (again.cause, again.status) == ("exit", 127)
    assert "does not share the run's folder, and it is larger than 1,000 bytes" in log


class Apart(RayExecutor):
    """One whose token no machine finds."""

    def _start(self, task, job):
        (job.folder / ".driver").write_text("of another folder with this name")
        return super()._start(task, job)


def test_a_program_that_is_not_there_fails_with_a_line_in_the_log(tmp_path, cluster):
    with joined(cluster.address):
        executor = RayExecutor(cluster.address, 1)
        executor.submit(Job("a", ("/no/python", str(tmp_path)), tmp_path))
        found = outcome(executor)
        executor.close()
    assert (found.cause, found.status) == ("exit", 127)
    assert "`/no/python` cannot be started on" in (tmp_path / "log.txt").read_text()


def test_a_job_in_the_queue_is_cancelled_without_having_run(tmp_path, cluster):
    with joined(cluster.address):
        executor = RayExecutor(cluster.address, 2)
        executor.submit(job(tmp_path / "a", "exits", "0", cpu=64))
        executor.cancel("a")
        found = outcome(executor)
        executor.close()
    assert (found.cause, found.status, found.host) == ("cancelled", None, None)
    assert not (tmp_path / "a" / "log.txt").exists()


@pytest.mark.parametrize(
    ("address", "reason"),
    [("127.0.0.1:1", "[Errno 111] Connection refused"), ("auto", "no cluster was started on this machine")],
)
def test_a_cluster_that_is_not_there_is_told_at_once(tmp_path, monkeypatch, address, reason):
    monkeypatch.setenv("RAY_TMPDIR", str(tmp_path))
    with pytest.raises(ExecutorError) as caught:
        RayExecutor(address, 1)
    assert str(caught.value) == f"the cluster at `{address}` cannot be used: {reason}"
    assert caught.value.help == "`ray start --head` starts one"


# Last, since the cluster is smaller afterwards.
def test_a_job_is_lost_with_its_node_and_the_others_go_on(tmp_path, cluster):
    with joined(cluster.address):
        executor = RayExecutor(cluster.address, 2, grace=0.5)
        executor.submit(job(tmp_path / "lost", "is_stubborn", cpu=3))
        executor.submit(job(tmp_path / "kept", "waits", cpu=1))
        leader, other = (number_in(tmp_path / name / "pid", seconds=40) for name in ("lost", "kept"))
        cluster.remove_node(cluster.second, allow_graceful=False)
        found = outcome(executor)
        assert (found.key, found.cause, found.status) == ("lost", "lost", None)
        eventually(lambda: not session_of(leader), seconds=5)
        assert lives(other)
        executor.submit(job(tmp_path / "again", "exits", "0", cpu=1))
        assert outcome(executor).status == 0
        executor.close()
