"""Whoever is started by a driver is gone with it: real processes, real signals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from processes import eventually, lives, number_in, running, session_of

from modelspec.executors import guard
from modelspec.executors.leash import VARIABLE, Leash

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no sessions, no signals")
DRIVER = Path(__file__).with_name("driver.py")


@pytest.fixture
def start(tmp_path):
    """Starts a driver with one job; at the end nothing of it is left."""
    started = []

    def start_driver(does: str) -> subprocess.Popen:
        driver = subprocess.Popen([sys.executable, str(DRIVER), does, str(tmp_path)], start_new_session=True)
        started.append(driver)
        eventually((tmp_path / "started").exists)
        return driver

    yield start_driver
    for driver in started:
        driver.kill()
        driver.wait()
    for name in ("pid", "child", "other"):
        if (tmp_path / name).exists():
            try:
                os.kill(number_in(tmp_path / name), signal.SIGKILL)
            except ProcessLookupError:
                continue


@pytest.mark.parametrize("does", ["is_stubborn", "leaves_a_child_in_a_group_of_its_own", "holds_the_lock"])
def test_a_job_and_its_children_are_gone_within_seconds_of_a_killed_driver(tmp_path, start, does):
    driver = start(does)
    leader, child = number_in(tmp_path / "pid"), number_in(tmp_path / "child")
    assert {leader, child} < {*session_of(leader)}
    driver.kill()
    eventually(lambda: not session_of(leader), seconds=5)
    assert not lives(child)
    assert lives(number_in(tmp_path / "other"))


def test_a_program_that_was_still_starting_when_its_driver_was_killed_ends_too(tmp_path, start):
    driver = start("waits")
    driver.kill()  # the interpreter takes longer to start than this test to get here
    driver.wait()
    eventually(lambda: not running(f"{tmp_path}"), seconds=5)


def test_what_a_crashed_program_leaves_is_ended_without_a_driver_that_looks(tmp_path):
    with Leash() as leash:
        program = "import os, signal, subprocess, sys; from modelspec.executors.guard import follow_driver\n"
        program += "follow_driver(); p = subprocess.Popen(['sleep', '60']); print(p.pid, flush=True)\n"
        program += "os.kill(os.getpid(), signal.SIGSEGV)"
        done = subprocess.Popen(
            [sys.executable, "-c", program],
            stdout=subprocess.PIPE,
            env={**os.environ, VARIABLE: str(leash.end)},
            pass_fds=(leash.end,),
            start_new_session=True,
        )
        assert done.stdout is not None
        child = int(done.stdout.readline())
        assert done.wait() == -signal.SIGSEGV
        eventually(lambda: not lives(child), seconds=5)
        assert not session_of(done.pid)
        done.stdout.close()


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "no driver started this program"),
        ("x", f"`{VARIABLE}` is `x`, which is no pipe of this program"),
        ("987", f"`{VARIABLE}` is `987`, which is no pipe of this program"),
        ("end", "this program leads no session of its own"),
    ],
    ids=str,
)
def test_a_program_that_cannot_follow_says_why(monkeypatch, value, reason):
    with Leash() as leash:
        if value is not None:
            monkeypatch.setenv(VARIABLE, str(leash.end) if value == "end" else value)
        assert guard.follow_driver() == reason
        assert VARIABLE not in os.environ


def test_on_windows_it_says_that_nothing_follows(monkeypatch):
    monkeypatch.setenv(VARIABLE, "3")
    monkeypatch.setattr(sys, "platform", "win32")
    assert guard.follow_driver() == "programs cannot follow their driver on Windows"


def test_a_fork_of_the_driver_does_not_hold_its_jobs():
    with Leash() as leash:
        child = os.fork()
        if child == 0:
            signal.pause()
        try:
            held = os.dup(leash.end)
            leash.close()
            assert os.read(held, 1) == b""  # would block while the fork holds the other end
            os.close(held)
        finally:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
