"""The next point of a search: what it follows from, and that it is better than one drawn by chance."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from searching import sweep_from

from modelspec.search.values import Tried
from modelspec.sweep.points import random_point
from modelspec.sweep.values import Point, Sweep

pytest.importorskip("optuna")

from modelspec.search.asking import Asker

SPACE = """\
method: bayes
seed: 3
space:
  lr: {path: a.lr, float: [1e-5, 1.0], log: true}
  width: {path: a.w, int: [8, 128], log: true}
  momentum: {path: a.m, float: [0, 1], points: 21}
  body:
    choose:
      plain: {}
      wide: {space: {expand: {path: a.e, int: [1, 8]}}}
"""
Values = dict[str, object]


def score(values: Values) -> float:
    """A smooth hill, whose top is in the alternative `wide`."""
    lr, width, momentum = (float(values[key]) for key in ("lr", "width", "momentum"))  # type: ignore[arg-type]
    at = -((math.log10(lr) + 2.3) ** 2) - (math.log2(width) - 5.5) ** 2 / 4 - 4 * (momentum - 0.7) ** 2
    return at - (abs(float(values["expand"]) - 5) / 5 if values["body"] == "wide" else 1.5)  # type: ignore[arg-type]


def searched(sweep: Sweep, count: int, judge: Callable[[Point], Tried]) -> list[Tried]:
    asker, tried = Asker(sweep), []
    for _ in range(count):
        tried.append(judge(asker.ask(tried)))
    return tried


def done(point: Point) -> Tried:
    return Tried(point.values, "done", score(dict(point.values)))


@pytest.fixture(scope="module")
def found() -> list[Tried]:
    return searched(sweep_from(SPACE), 40, done)


def test_a_search_beats_chance(found):
    sweep = sweep_from(SPACE.replace("bayes", "random"))
    chance = [score(dict(random_point(sweep, number).values)) for number in range(1, 41)]
    best = [one.value for one in found]
    assert max(best) > max(chance)
    assert sum(best[20:]) / 20 > sum(chance) / 40 + 1


def test_parameters_of_an_alternative_are_asked_for_where_it_is_chosen_alone(found):
    for one in found:
        values = dict(one.values)
        assert ("expand" in values) == (values["body"] == "wide")
    assert {dict(one.values)["body"] for one in found} == {"plain", "wide"}


def test_a_search_that_is_gone_on_with_asks_for_the_same_points(found):
    asker = Asker(sweep_from(SPACE))
    for known in (0, 7, 11, 25, 39):
        assert asker.ask(found[:known]).values == found[known].values


def test_a_point_follows_from_its_number_the_seed_and_what_is_known(found):
    asker = Asker(sweep_from(SPACE))
    other = Asker(sweep_from(SPACE.replace("seed: 3", "seed: 4")))
    changed = [*found[:19], Tried(found[19].values, "failed")]
    points = [
        asker.ask(found[:20]),
        asker.ask(found[:21]),
        asker.ask(found[:20], again=1),
        other.ask(found[:20]),
        asker.ask(changed),
    ]
    assert len({point.values for point in points}) == 5
    assert points[0].number == 21


def test_points_to_start_from_come_first_and_as_a_plan_shows_them():
    sweep = sweep_from(SPACE + "start: [{lr: 0.5, body: wide, expand: 3}, {momentum: 0.333}]\n")
    asker = Asker(sweep)
    first = asker.ask([])
    assert first == random_point(sweep, 1)
    assert {"lr": 0.5, "body": "wide", "expand": 3}.items() <= dict(first.values).items()
    second = asker.ask([done(first)])
    assert dict(second.values)["momentum"] == 0.333
    tried = [done(first), done(second)]
    for number in range(3, 16):  # 0.333 is none of the 21 points, and goes on to count as the nearest
        assert asker.ask(tried).number == number
        tried.append(done(asker.ask(tried)))


def test_points_that_are_rejected_are_fewer_where_many_are():
    def judge(point: Point) -> Tried:
        width = dict(point.values)["width"]
        assert isinstance(width, int)
        return Tried(point.values, "rejected") if width > 16 else done(point)

    tried = searched(sweep_from(SPACE), 60, judge)  # three quarters of the space are
    share = [
        sum(one.state == "rejected" for one in part) / 20 for part in (tried[:20], tried[20:40], tried[40:])
    ]
    assert share[2] < share[0] / 2


def test_a_search_that_only_rejects_and_fails_still_asks():
    states = ("rejected", "failed")
    tried = searched(
        sweep_from(SPACE),
        30,
        lambda point: Tried(point.values, states[point.number % 2]),  # type: ignore[arg-type]
    )
    assert len({one.values for one in tried}) == 30


def test_a_search_asks_while_others_are_open_and_after_some_were_pruned(found):
    asker = Asker(sweep_from(SPACE))
    opened = [*found[:20], *(Tried(one.values, "open") for one in found[20:24])]
    pruned = [*found[:20], *(Tried(one.values, "pruned", one.value, 3) for one in found[20:24])]
    asked = {asker.ask(found[:24]).values, asker.ask(opened).values, asker.ask(pruned).values}
    assert len(asked) == 3


def test_where_less_is_better_a_search_goes_down():
    sweep = sweep_from(
        "method: bayes\nspace: {vars.x: {float: [0, 1]}}\nobjective: {metric: loss, goal: minimize}"
    )
    tried = searched(
        sweep, 30, lambda point: Tried(point.values, "done", (float(dict(point.values)["vars.x"]) - 0.2) ** 2)
    )
    assert min(one.value for one in tried) < 1e-3
    assert sum(abs(float(dict(one.values)["vars.x"]) - 0.2) < 0.15 for one in tried[15:]) > 7
