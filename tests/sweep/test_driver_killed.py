"""A driver that is killed loses nothing that was done, and repeats at most what was under way."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from fake_sweep import document

from modelspec.ledger.values import folder_name

KILLED = Path(__file__).with_name("killed_sweep.py")


def killed(folder: Path, points: int, *asked: str, parallel: int = 2, **settings: object) -> dict[str, int]:
    """Kill a sweep as it is asked, and hold it to the same one left alone; how often, for each way."""
    (folder.parent / "net.yaml").write_text(document(points, run={"parallel": parallel}, **settings))
    done = subprocess.run(
        [sys.executable, str(KILLED), str(folder.parent), *asked],
        stdout=subprocess.PIPE,
        check=True,
        timeout=3000,
    )
    data = json.loads(done.stdout)
    runs = data["undisturbed"]["runs"]
    assert {run["state"] for run in runs} == {"DONE"}
    for way, found in data["found"].items():
        assert found["ledger"] == data["undisturbed"], way
        assert len(found["starts"]) <= len(runs) + len(found["kills"]) * parallel, way
        assert {(number, seed) for number, seed, *_ in found["starts"]} == {
            (run["variant"], run["seed"]) for run in runs
        }, way
        for kill in found["kills"]:
            later = {
                folder_name(number, seed) for number, seed, _, when in found["starts"] if when > kill["time"]
            }
            assert not later & {*kill["finished"]}, way
    return {way: len(found["kills"]) for way, found in data["found"].items()}


def test_at_random_times_and_at_some_steps_it_is_killed_and_its_sweep_ends_the_same(folder: Path) -> None:
    seeds = [f"random:{seed}" for seed in (1, 2, 3)]
    # Before and after the ledger is there, before `sweep.json`, while points are noted and runs begun.
    steps = [f"step:{step}" for step in (4, 9, 20, 26, 44, 75)]
    kills = killed(folder, 4, *seeds, *steps)
    assert [kills[step] for step in steps] == [1] * len(steps)
    assert sum(kills[seed] for seed in seeds) > 2


@pytest.mark.slow
@pytest.mark.parametrize("method", ["random", "bayes"])
def test_points_that_are_drawn_or_searched_for_are_the_same_however_often_it_is_killed(
    folder: Path, method: str
) -> None:
    if method == "bayes":
        pytest.importorskip("optuna")
    kills = killed(
        folder,
        60,
        *(f"random:{seed}" for seed in range(200, 206)),
        parallel=1 if method == "bayes" else 3,
        method=method,
        budget={"variants": 8},
        repeats={"seeds": [0, 1], "aggregate": "mean"},
    )
    assert sum(kills.values()) > 6


@pytest.mark.slow
def test_at_more_random_times_it_is_killed_and_its_sweep_ends_the_same(folder: Path) -> None:
    killed(folder, 8, *(f"random:{seed}" for seed in range(100, 130)))


@pytest.mark.slow
def test_at_every_step_it_is_killed_and_its_sweep_ends_the_same(folder: Path) -> None:
    kills = killed(folder, 3, *(f"step:{step}" for step in range(1, 150)))
    assert (kills["step:1"], kills["step:149"]) == (1, 0)
