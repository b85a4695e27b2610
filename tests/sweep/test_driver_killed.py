"""A driver that is killed loses nothing that was done, and repeats at most what was under way."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from fake_sweep import document

KILLED = Path(__file__).with_name("killed_sweep.py")
PARALLEL = 2


def killed(folder: Path, points: int, *asked: str) -> dict[str, int]:
    """Kill a sweep as it is asked, and hold it to the same one left alone; how often, for each way."""
    (folder.parent / "net.yaml").write_text(document(points, run={"parallel": PARALLEL}))
    done = subprocess.run(
        [sys.executable, str(KILLED), str(folder.parent), *asked],
        stdout=subprocess.PIPE,
        check=True,
        timeout=3000,
    )
    data = json.loads(done.stdout)
    assert [run["state"] for run in data["undisturbed"]["runs"]] == ["DONE"] * points
    for way, found in data["found"].items():
        assert found["ledger"] == data["undisturbed"], way
        assert len(found["starts"]) <= points + len(found["kills"]) * PARALLEL, way
        assert {number for number, *_ in found["starts"]} == {*range(1, points + 1)}, way
        for kill in found["kills"]:
            later = {number for number, _, _, when in found["starts"] if when > kill["time"]}
            assert not later & {int(name) for name in kill["finished"]}, way
    return {way: len(found["kills"]) for way, found in data["found"].items()}


def test_at_random_times_and_at_some_steps_it_is_killed_and_its_sweep_ends_the_same(folder: Path) -> None:
    seeds = [f"random:{seed}" for seed in (1, 2, 3)]
    # Before and after the ledger is there, before `sweep.json`, while points are noted and runs begun.
    steps = [f"step:{step}" for step in (4, 9, 20, 26, 44, 75)]
    kills = killed(folder, 4, *seeds, *steps)
    assert [kills[step] for step in steps] == [1] * len(steps)
    assert sum(kills[seed] for seed in seeds) > 2


@pytest.mark.slow
def test_at_more_random_times_it_is_killed_and_its_sweep_ends_the_same(folder: Path) -> None:
    killed(folder, 8, *(f"random:{seed}" for seed in range(100, 130)))


@pytest.mark.slow
def test_at_every_step_it_is_killed_and_its_sweep_ends_the_same(folder: Path) -> None:
    kills = killed(folder, 3, *(f"step:{step}" for step in range(1, 150)))
    assert (kills["step:1"], kills["step:149"]) == (1, 0)
