"""Two points that are built and trained alike are run once."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from fake_sweep import run_fake, starts

from modelspec.compiler.sweeping.running.run import Ran

OBJECTIVE = {"metric": "score", "goal": "maximize"}
NET = {
    "modelspec": 1,
    "vars": {"units": 4, "unused": 0, "depth": 1, "inner": 3, "extra": None},
    "inputs": {"x": [2]},
    "layers": [
        {"Dense": {"units": "$inner"}, "repeat": "$(depth - 1)"},
        {"Dense": {"units": "$units", "kernel_regularizer": "$extra"}, "name": "out"},
    ],
    "compile": {"optimizer": "sgd", "loss": "mse"},
    "train": {"data": {"file": "data.npz", "x": "x", "y": "y"}, "fit": {"epochs": 1}},
}


def run_space(folder: Path, space: dict[str, object], **settings: object) -> Ran:
    sweep = {"method": "grid", "space": space, "objective": OBJECTIVE, **settings}
    return run_fake(folder, json.dumps({**NET, "sweep": sweep}))


def states(ran: Ran) -> list[tuple[str, int | None]]:
    return [(variant.state, variant.duplicate_of) for variant in ran.variants]


@pytest.mark.parametrize(
    ("space", "expected"),
    [
        pytest.param({"vars.unused": [1, 2]}, [None, 1], id="a variable that nothing reads"),
        pytest.param(
            {"layers.out.activity_regularizer": [{"L2": {"l2": 1}}, {"L2": {"l2": 1.0}}]},
            [None, 1],
            id="1 and 1.0",
        ),
        pytest.param(
            {"vars.extra": [{"L1L2": {"l1": 0.1, "l2": 0.2}}, {"L1L2": {"l2": 0.2, "l1": 0.1}}]},
            [None, 1],
            id="the same keys in another order",
        ),
        pytest.param(
            {"vars.depth": [1, 2], "vars.inner": [3, 5]},
            [None, 1, None, None],
            id="what only layers have that are repeated no times",
        ),
    ],
)
def test_it_is_run_once(folder: Path, space: dict[str, object], expected: list[int | None]) -> None:
    ran = run_space(folder, space)
    assert states(ran) == [("distinct" if of is None else "duplicate", of) for of in expected]
    assert [number for number, _, _ in starts(folder)] == [
        number for number, of in enumerate(expected, 1) if of is None
    ]


def test_with_four_at_once_and_two_seeds_none_is_run_twice(folder: Path) -> None:
    space = {"vars.unused": [1, 2, 3], "vars.units": [2, 4, 2], "vars.inner": [3, 5]}
    repeats = {"seeds": [0, 1]}
    ran = run_space(folder, space, run={"parallel": 4}, repeats=repeats)
    assert (len(ran.variants), ran.count("DONE")) == (18, 4)
    assert sorted(starts(folder)) == [(1, 0, 1), (1, 1, 1), (3, 0, 1), (3, 1, 1)]


@pytest.mark.parametrize("seed", range(3))
def test_there_are_as_many_runs_as_there_are_fingerprints(folder: Path, seed: int) -> None:
    chance = random.Random(seed)
    space = {
        f"vars.{name}": [chance.choice(values) for _ in range(chance.randint(1, 3))]
        for name, values in {"units": [2, 3], "unused": [1, 2], "depth": [1, 2], "inner": [3, 5]}.items()
    }
    ran = run_space(folder, space, run={"parallel": 3})
    prints = {variant.fingerprint for variant in ran.variants}
    assert len(ran.runs) == len(starts(folder)) == len(prints)
    assert all(variant.state != "rejected" for variant in ran.variants)
    by_number = {variant.number: variant for variant in ran.variants}
    for variant in ran.variants:
        if variant.duplicate_of is not None:
            assert by_number[variant.duplicate_of].fingerprint == variant.fingerprint
            assert variant.duplicate_of < variant.number
