"""One process drives a sweep; a second one says which, and one that is dead is in nobody's way."""

from __future__ import annotations

import os
import re
import signal
import socket
import time
from pathlib import Path

import pytest
from fake_sweep import command, document, eventually, run_fake, runs_of, said, starts, tell

from modelspec.archive.exclusive import holder_of
from modelspec.ledger.folder import SweepFolder


def test_a_second_driver_ends_at_once_and_names_the_first_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder.parent / "net.yaml").write_text(document(2))
    tell(folder, monkeypatch, all={"seconds": 60.0})
    driver = command(folder, "sweep", "run", "net.yaml", "-o", "sweep")
    eventually(lambda: starts(folder))
    for again in (("run", "net.yaml", "-o", "sweep"), ("resume", "sweep")):
        status, out, err = said(command(folder, "sweep", *again))
        assert (status, out) == (4, "")
        who = f"process {driver.pid} on {re.escape(socket.gethostname())}"
        assert re.search(rf"error\[sweep-locked\]: {who} drives the sweep in `sweep`", err)
    # Whoever reads is in nobody's way.
    assert [run.state for run in runs_of(folder)] == ["RUNNING", "PENDING"]
    assert said(command(folder, "sweep", "status", "sweep"))[0] == 0
    os.kill(driver.pid, signal.SIGKILL)
    driver.communicate()
    assert SweepFolder(folder).lock.exists()
    assert holder_of(SweepFolder(folder).lock) is None
    tell(folder, monkeypatch)
    assert run_fake(folder).count("DONE") == 2


def test_who_asks_for_the_driver_keeps_none_from_starting(folder: Path) -> None:
    run_fake(folder, document(1))
    asker = os.fork()
    if asker == 0:
        while True:
            holder_of(SweepFolder(folder).lock)
    try:
        end = time.monotonic() + 1.0
        while time.monotonic() < end:
            assert run_fake(folder).why == "done"
    finally:
        os.kill(asker, signal.SIGKILL)
        os.waitpid(asker, 0)
