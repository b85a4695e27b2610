from __future__ import annotations

import random
from collections.abc import Callable, Mapping

import pytest
from sweep_rows import SWEEP, run, variant

from modelspec.ledger.values import Primitive
from modelspec.report.board import Board, board_of
from modelspec.report.importance import FEWEST, Importance, importances

Point = Mapping[str, Primitive]


def board(points: list[Point], value: Callable[[Point], float]) -> Board:
    from dataclasses import replace

    keys = tuple(dict.fromkeys(key for point in points for key in point))
    variants = [
        replace(variant(number), values=tuple(point.items())) for number, point in enumerate(points, 1)
    ]
    runs = [replace(run(number, None), value=value(point)) for number, point in enumerate(points, 1)]
    return board_of(replace(SWEEP, parameters=keys, seeds=()), variants, runs)


def by_key(board: Board) -> dict[str, Importance]:
    return {one.key: one for one in importances(board)}


def points(count: int, seed: int = 0) -> list[Point]:
    draw = random.Random(seed)
    return [
        {"x": draw.random(), "kind": draw.choice("abc"), "flag": draw.random() < 0.5, "n": draw.randint(1, 4)}
        for _ in range(count)
    ]


def test_what_alone_decides_has_all_and_the_rest_nothing():
    found = by_key(board(points(200), lambda point: {"a": 0.0, "b": 1.0, "c": 5.0}[str(point["kind"])]))
    assert found["kind"].share == 1.0
    assert max(found[key].share or 0 for key in ("x", "flag", "n")) < 0.05


def test_the_greatest_stands_first():
    found = importances(
        board(points(300), lambda point: 3 * float(point["x"] or 0) + float(point["n"] or 0) / 4)
    )
    assert [one.key for one in found][:2] == ["x", "n"]
    shares = [one.share for one in found]
    assert shares == sorted(shares, reverse=True)  # type: ignore[type-var]


def test_chance_explains_nothing_on_the_average():
    """Without the correction six groups of forty would explain an eighth."""
    found = []
    for seed in range(40):
        draw = random.Random(1000 + seed)
        found.append(by_key(board(points(40, seed), lambda _, draw=draw: draw.random()))["x"].share or 0.0)
    assert sum(found) / len(found) < 0.06


def test_a_curve_with_its_best_in_the_middle_is_seen():
    """A correlation would be none."""
    found = by_key(board(points(200), lambda point: -abs(float(point["x"] or 0) - 0.5)))
    assert (found["x"].share or 0) > 0.8


def test_one_run_that_diverged_changes_nearly_nothing():
    drawn = points(100)
    calm = by_key(board(drawn, lambda point: float(point["x"] or 0)))["x"].share or 0
    first = drawn[0]
    wild = (
        by_key(board(drawn, lambda point: 1e12 if point is first else float(point["x"] or 0)))["x"].share or 0
    )
    assert wild == pytest.approx(calm, abs=0.1)


def test_equal_numbers_are_one_value_whatever_their_type():
    drawn: list[Point] = [{"n": value} for value in (1, 1.0, 2, 2.0) * 5]
    found = by_key(board(drawn, lambda point: float(point["n"] or 0)))
    assert found["n"].share == 1.0


def test_true_is_another_value_than_one():
    drawn: list[Point] = [{"n": value} for value in (1, True) * 6]
    found = by_key(board(drawn, lambda point: 1.0 if point["n"] is True else 0.0))
    assert found["n"].share == 1.0


def test_only_variants_that_have_a_parameter_count_for_it():
    drawn: list[Point] = [
        {"body": "plain"} if number % 2 else {"body": "bottleneck", "expand": number % 4}
        for number in range(40)
    ]
    found = by_key(board(drawn, lambda point: float(point.get("expand") or 0)))
    assert found["expand"].among == 20
    assert found["expand"].share == 1.0
    assert found["body"].among == 40


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (lambda number: "same", "all variants have the same value"),
        (lambda number: f"own {number}", "nearly every variant has a value of its own"),
    ],
    ids=["same", "own"],
)
def test_what_cannot_be_told_is_said(value, reason):
    drawn: list[Point] = [{"x": number, "kind": value(number)} for number in range(12)]
    found = by_key(board(drawn, lambda point: float(point["x"] or 0)))
    assert (found["kind"].share, found["kind"].reason) == (None, reason)
    assert found["x"].share is not None


def test_too_few_variants_tell_nothing():
    assert importances(board(points(FEWEST - 1), lambda point: float(point["x"] or 0))) == ()
    assert importances(board(points(FEWEST), lambda point: float(point["x"] or 0))) != ()


def test_results_that_are_all_equal_have_no_cause():
    assert {one.share for one in importances(board(points(30), lambda _: 0.5))} == {0.0}
