"""What only Slurm has: what is asked of it, what it says of jobs that left nothing, drivers that are gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from fake_slurm import install
from processes import eventually, lives, number_in, session_of

from modelspec.executors import slurm
from modelspec.executors.protocol import ExecutorError, Job, Outcome
from modelspec.executors.slurm import SlurmExecutor

pytest.importorskip("submitit")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no sessions, no signals")
HERE = Path(__file__).parent


@pytest.fixture
def cluster(tmp_path, monkeypatch) -> Path:
    """The folder with the states of a cluster's jobs."""
    import submitit

    state = tmp_path / "state"
    (tmp_path / "bin").mkdir()
    state.mkdir()
    install(tmp_path / "bin", state)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(slurm, "_SELDOM", 0.05)
    monkeypatch.setattr(slurm, "_LATE", 0.5)
    submitit.SlurmJob.watcher.clear()
    return state


def job(folder: Path, *does: str, **resources: float) -> Job:
    folder.mkdir(exist_ok=True)
    command = (sys.executable, str(HERE / "trainer.py"), *does, str(folder))
    return Job(folder.name, command, folder, resources=resources)


def outcome(executor: SlurmExecutor) -> Outcome:
    (found,) = eventually(executor.poll, seconds=30)
    return found


def test_what_a_job_asks_for_is_asked_of_slurm_and_its_status_comes_back(tmp_path, cluster):
    options = {"slurm_partition": "long", "timeout_min": 90}
    executor = SlurmExecutor(tmp_path / "slurm", "slurm", 1, options=options)
    executor.submit(job(tmp_path / "a", "exits", "3", cpu=4, gpu=1.5, memory=3 * 2**30))
    assert executor.capacity() == 0
    assert outcome(executor).status == 3
    script = (cluster / "7000.sh").read_text().splitlines()
    asked = {line.removeprefix("#SBATCH --") for line in script if line.startswith("#SBATCH")}
    assert {"cpus-per-task=4", "gpus-per-node=2", "mem=3GB", "partition=long", "time=90"} <= asked
    assert "job-name=modelspec-a" in asked


@pytest.mark.parametrize(
    ("state", "cause", "status"),
    [
        ("NODE_FAIL", "lost", None),
        ("CANCELLED by 0", "cancelled", None),
        ("OUT_OF_MEMORY", "exit", -signal.SIGKILL),
        ("TIMEOUT", "exit", None),
    ],
)
def test_what_slurm_says_of_a_job_that_left_nothing_is_how_it_ended(tmp_path, cluster, state, cause, status):
    executor = SlurmExecutor(tmp_path / "slurm", "slurm", 1)
    executor.submit(job(tmp_path / "a", "waits"))
    leader = number_in(tmp_path / "a" / "pid")
    (cluster / "7000").write_text(state)
    os.killpg(number_in(cluster / "7000.pid"), signal.SIGKILL)
    found = outcome(executor)
    assert (found.cause, found.status) == (cause, status)
    assert f"Slurm says: {state.split()[0]}" in (tmp_path / "a" / "log.txt").read_text()
    eventually(lambda: not session_of(leader), seconds=5)


def test_a_cancelled_job_is_taken_from_slurm_with_its_children(tmp_path, cluster):
    executor = SlurmExecutor(tmp_path / "slurm", "slurm", 1, grace=0.3)
    executor.submit(job(tmp_path / "a", "is_stubborn"))
    leader, child = number_in(tmp_path / "a" / "pid"), number_in(tmp_path / "a" / "child")
    executor.cancel("a")
    assert outcome(executor).cause == "cancelled"
    assert (cluster / "7000").read_text() == "CANCELLED by 0\n"
    eventually(lambda: not session_of(leader), seconds=5)
    assert not lives(child)


def test_a_job_ends_when_its_driver_is_silent(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    program = (
        "import sys, time; from pathlib import Path; from modelspec.executors.protocol import Job;"
        "from modelspec.executors.slurm import SlurmExecutor;"
        "e = SlurmExecutor(Path(sys.argv[1]), 'local', 1, silence=1); f = Path(sys.argv[2]);"
        "e.submit(Job('a', (sys.executable, sys.argv[3], 'is_stubborn', str(f)), f))\n"
        "while True: assert not e.poll(); time.sleep(0.05)"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "slurm"), str(folder), str(HERE / "trainer.py")]
    driver = subprocess.Popen(command)
    try:
        leader = number_in(folder / "pid")
        assert lives(leader)
    finally:
        driver.kill()
        driver.wait()
    eventually(lambda: not session_of(leader), seconds=6)
    assert not lives(number_in(folder / "child"))


def test_what_slurm_refuses_is_told(tmp_path, cluster):
    executor = SlurmExecutor(tmp_path / "slurm", "slurm", 1)
    (tmp_path / "bin" / "sbatch").write_text("#!/bin/sh\necho 'invalid partition' >&2; exit 1\n")
    with pytest.raises(ExecutorError, match="Slurm does not take a run: "):
        executor.submit(job(tmp_path / "a", "waits"))
    assert executor.capacity() == 1
