"""The points of a space: how many, in which order, and which values."""

from __future__ import annotations

import pytest
from sweeping import sweep_from, values

from modelspec.sweep.points import grid_point, grid_size, point_of

BRANCHES = """\
method: grid
space:
  vars.width: [8, 16, 32]
  vars.depth: {int: [2, 5], step: 1}
  body:
    choose:
      plain: {set: {vars.unit: residual}}
      bottleneck: {set: {vars.unit: bottleneck}, space: {vars.expand: [2, 4]}}
"""


def grid(domain: str) -> list[object]:
    sweep = sweep_from(f"method: grid\nspace: {{vars.a: {domain}}}")
    return [values(grid_point(sweep.space, n))["vars.a"] for n in range(1, grid_size(sweep.space) + 1)]


def test_each_alternative_has_the_product_of_its_own_parameters():
    space = sweep_from(BRANCHES).space
    points = [grid_point(space, number) for number in range(1, grid_size(space) + 1)]
    plain = [point for point in points if values(point)["body"] == "plain"]
    assert (len(plain), len(points)) == (12, 36)
    assert all("vars.expand" not in values(point) for point in plain)
    assert len({point.values for point in points}) == 36


def test_the_last_parameter_changes_fastest():
    space = sweep_from("method: grid\nspace: {vars.a: [1, 2], vars.b: [x, y]}").space
    found = [tuple(values(grid_point(space, n)).values()) for n in range(1, 5)]
    assert found == [(1, "x"), (1, "y"), (2, "x"), (2, "y")]


def test_a_grid_of_any_size_gives_any_of_its_points_at_once():
    lines = "\n".join(f"  vars.v{i}: {{int: [0, 99999], step: 1}}" for i in range(4))
    space = sweep_from(f"method: grid\nspace:\n{lines}").space
    assert grid_size(space) == 10**20
    assert list(values(grid_point(space, 10**20)).values()) == [99_999] * 4


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("{int: [2, 5], step: 1}", [2, 3, 4, 5]),
        ("{int: [2, 5], step: 2}", [2, 4]),
        ("{int: [1, 9], points: 3}", [1, 5, 9]),
        ("{int: [1, 3], points: 9}", [1, 2, 3]),
        ("{int: [1, 100], points: 3, log: true}", [1, 10, 100]),
        ("{float: [0.1, 0.4], step: 0.1}", [0.1, 0.2, 0.3, 0.4]),
        ("{float: [0, 1], points: 5}", [0.0, 0.25, 0.5, 0.75, 1.0]),
        ("{float: [1e-3, 1e-1], points: 3, log: true}", [0.001, 0.01, 0.1]),
        ("{float: [2, 3], points: 1}", [2.0]),
        ("[a, null, 1.5, true]", ["a", None, 1.5, True]),
        ("{choice: [[1, 2], {L2: {l2: 0.1}}]}", ["[1, 2]", "{L2: {l2: 0.1}}"]),
    ],
)
def test_a_domain_has_these_values_in_a_grid(domain, expected):
    assert grid(domain) == expected


def test_paths_that_move_together_are_rows():
    sweep = sweep_from("method: grid\nspace: {size: {zip: {vars.a: [1, 2], vars.b: [x, y]}}}")
    points = [grid_point(sweep.space, n) for n in range(1, grid_size(sweep.space) + 1)]
    assert [values(point) for point in points] == [
        {"size": 0, "vars.a": 1, "vars.b": "x"},
        {"size": 1, "vars.a": 2, "vars.b": "y"},
    ]
    assert [setting.path.text for setting in points[0].settings] == ["vars.a", "vars.b"]


RANDOM = "method: random\nseed: 7\nspace:\n  vars.a: {float: [0, 1]}\n  vars.b: {int: [1, 1000], log: true}\n"


def test_these_are_the_values_for_these_seeds():
    """They are what a resumed sweep would try: a change of them is a change of what sweeps mean."""
    sweep = sweep_from(RANDOM)
    found = [round(float(str(values(point_of(sweep, n))["vars.a"])), 6) for n in (1, 2, 3)]
    assert found == [0.70969, 0.913375, 0.018641]


def test_a_point_to_start_from_comes_first_and_moves_none():
    plain = sweep_from(RANDOM)
    begun = sweep_from(RANDOM + "start: [{vars.a: 0.5}]\n")
    first = values(point_of(begun, 1))
    assert first["vars.a"] == 0.5
    assert isinstance(first["vars.b"], int)
    assert [point_of(begun, n + 1).values for n in (1, 2, 3)] == [
        point_of(plain, n).values for n in (1, 2, 3)
    ]


def test_every_integer_of_a_range_is_about_as_likely():
    sweep = sweep_from("method: random\nspace: {vars.a: {int: [1, 4]}}")
    found = [values(point_of(sweep, n))["vars.a"] for n in range(1, 2001)]
    assert set(found) == {1, 2, 3, 4}
    assert all(400 < found.count(n) < 600 for n in (1, 2, 3, 4))


def test_half_of_a_logarithmic_range_lies_below_its_geometric_mean():
    sweep = sweep_from("method: random\nspace: {vars.a: {float: [1e-4, 1], log: true}}")
    found = [float(str(values(point_of(sweep, n))["vars.a"])) for n in range(1, 1001)]
    assert 430 < sum(value < 1e-2 for value in found) < 570
    assert 1e-4 <= min(found) <= max(found) <= 1


def test_a_normal_distribution_has_its_mean_and_deviation():
    sweep = sweep_from("method: random\nspace: {vars.a: {normal: [5, 2]}}")
    found = [float(str(values(point_of(sweep, n))["vars.a"])) for n in range(1, 1001)]
    mean = sum(found) / 1000
    deviation = (sum((value - mean) ** 2 for value in found) / 1000) ** 0.5
    assert abs(mean - 5) < 0.25
    assert abs(deviation - 2) < 0.2


def test_a_stepped_range_is_drawn_from_its_steps():
    sweep = sweep_from("method: random\nspace: {vars.a: {int: [2, 8], step: 3}}")
    assert {values(point_of(sweep, n))["vars.a"] for n in range(1, 100)} == {2, 5, 8}
