"""What every executor does alike: one suite, each time with real processes and real signals."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from engines import ENGINES
from processes import eventually, lives, number_in, session_of

from modelspec.executors.protocol import Executor, Job, Outcome

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no sessions, no signals")
TRAINER = Path(__file__).with_name("trainer.py")
GRACE = 0.5
SECONDS = 30.0

Submit = Callable[..., Path]


SLOW = {"ray"}  # to start; its jobs are as quick as others


@pytest.fixture(
    scope="module",
    params=[pytest.param(name, marks=[pytest.mark.slow] if name in SLOW else []) for name in ENGINES],
)
def engine(request, tmp_path_factory) -> Iterator[Callable[..., Executor]]:
    with ENGINES[request.param](tmp_path_factory.mktemp("engine")) as make:
        yield make


@pytest.fixture
def executor(engine) -> Iterator[Executor]:
    made = engine(2, grace=GRACE)
    yield made
    made.close()


@pytest.fixture
def submit(executor, tmp_path) -> Submit:
    def submit_job(key: str, *does: str, **environment: str) -> Path:
        folder = tmp_path / f"the run {key}"
        folder.mkdir()
        command = (sys.executable, str(TRAINER), *does, str(folder))
        executor.submit(Job(key, command, folder, environment=environment))
        return folder

    return submit_job


def outcomes(executor: Executor, count: int = 1) -> dict[str, Outcome]:
    found: list[Outcome] = []
    eventually(lambda: found.extend(executor.poll()) or len(found) >= count, seconds=SECONDS)
    assert executor.poll() == ()
    assert len({outcome.key for outcome in found}) == len(found)
    return {outcome.key: outcome for outcome in found}


@pytest.mark.parametrize(
    ("does", "status"),
    [
        (("exits", "0"), 0),
        (("exits", "3"), 3),
        (("leaves",), 3),
        (("is_killed",), -signal.SIGKILL),
        (("crashes",), -signal.SIGSEGV),
    ],
    ids=lambda does: does[0] if isinstance(does, tuple) else "",
)
def test_the_status_of_a_program_is_told_and_of_a_signal_it_is_negative(executor, submit, does, status):
    submit("a", *does)
    found = outcomes(executor)["a"]
    assert (found.cause, found.status) == ("exit", status)
    assert found.host


def test_what_a_program_prints_and_writes_is_in_its_folder_and_its_variables_are_the_jobs(executor, submit):
    folder = submit("a", "tells", TOLD="a word")
    assert outcomes(executor)["a"].status == 0
    assert (folder / "told").read_text().splitlines()[0] == "a word"
    log = (folder / "log.txt").read_text().splitlines()
    assert log[0].endswith("follows its driver: yes")
    assert sorted(log[1:]) == ["complained", "printed"]
    assert sorted(path.name for path in folder.iterdir()) == ["log.txt", "told"]


def test_a_second_attempt_adds_to_the_log(executor, submit, tmp_path):
    folder = submit("a", "exits", "1")
    outcomes(executor)
    executor.submit(Job("a", (sys.executable, str(TRAINER), "tells", str(folder)), folder))
    assert outcomes(executor)["a"].status == 0
    assert (folder / "log.txt").read_text().count("follows its driver") == 2


def test_two_jobs_run_at_once_and_no_more_are_taken(executor, submit):
    assert executor.capacity() == 2
    folders = [submit(key, "waits") for key in "ab"]
    assert executor.capacity() == 0
    leaders = [number_in(folder / "pid") for folder in folders]
    assert all(lives(leader) for leader in leaders)
    assert executor.poll() == ()
    executor.cancel("a")
    assert outcomes(executor)["a"].cause == "cancelled"
    assert executor.capacity() == 1
    assert not lives(leaders[0])
    assert lives(leaders[1])


def test_a_job_that_is_cancelled_ends_with_its_children_though_they_ignore_sigterm(executor, submit):
    folder = submit("a", "is_stubborn")
    leader, child = number_in(folder / "pid"), number_in(folder / "child")
    executor.cancel("a")
    executor.cancel("a")
    assert outcomes(executor)["a"].cause == "cancelled"
    eventually(lambda: not session_of(leader), seconds=5)
    assert not lives(child)


def test_a_key_that_is_not_there_is_cancelled_without_an_error(executor, submit):
    executor.cancel("nobody")
    submit("a", "exits", "0")
    outcomes(executor)
    executor.cancel("a")
    assert executor.poll() == ()


def test_closing_ends_all_jobs_with_their_children(engine, tmp_path):
    made = engine(2, grace=GRACE)
    command = (sys.executable, str(TRAINER), "is_stubborn", str(tmp_path))
    made.submit(Job("a", command, tmp_path))
    leader, child = number_in(tmp_path / "pid"), number_in(tmp_path / "child")
    made.close()
    eventually(lambda: not session_of(leader), seconds=5)
    assert not lives(child)
