"""What a search may choose for each kind of domain, and back from what a ledger says of a point."""

from __future__ import annotations

import json

import pytest
from searching import sweep_from

from modelspec.search.dimensions import Numbers, Positions, chosen_in, dimension_of, taken
from modelspec.sweep.points import chosen_point, grid_point, grid_size, random_point
from modelspec.sweep.shown import shown_value
from modelspec.sweep.values import Part, Point, Sweep

BODY = """\
body:
    choose:
      plain: {set: {vars.unit: residual}}
      wide: {set: {vars.unit: wide}, space: {vars.expand: [2, 4], lr: {path: a.lr, float: [0.1, 0.5]}}}
      deep: {space: {vars.expand: {int: [1, 9]}, inner: {choose: {x: {}, y: {space: {vars.z: [1, 2]}}}}}}
"""


def space_of(line: str, method: str = "bayes") -> Sweep:
    return sweep_from(f"method: {method}\nspace:\n  {line}")


def read_back(sweep: Sweep, point: Point) -> Point:
    """The point made anew of what a ledger keeps of it."""
    dimensions = {part.id: dimension_of(part) for part in sweep.space.walk()}
    kept = dict(json.loads(json.dumps(point.values)))
    chosen = {one.name: value for one, value in chosen_in(sweep.space, kept, dimensions)}

    def choose(part: Part) -> object:
        return taken(dimensions[part.id], chosen.pop(part.id))

    made = chosen_point(sweep.space, point.number, choose)  # type: ignore[arg-type]
    assert chosen == {}
    return made


def same(one: Point, other: Point) -> bool:
    return one.values == other.values and [
        (setting.path.text, shown_value(setting.value), type(shown_value(setting.value)))
        for setting in one.settings
    ] == [
        (setting.path.text, shown_value(setting.value), type(shown_value(setting.value)))
        for setting in other.settings
    ]


@pytest.mark.parametrize(
    "line",
    [
        "vars.a: [8, 16, 32]",
        "vars.a: [1, 1.0, true, '1', null, [1, 2], {Adam: {learning_rate: 1e-3}}]",
        "vars.a: {choice: [relu, gelu]}",
        "vars.a: {int: [2, 8]}",
        "vars.a: {int: [2, 9], step: 2}",
        "vars.a: {int: [1, 1000], log: true}",
        "vars.a: {int: [1, 1000], log: true, points: 7}",
        "vars.a: {float: [-0.5, 0.5]}",
        "vars.a: {float: [0.1, 1.0], step: 0.1}",
        "vars.a: {float: [1e-5, 1e-1], log: true}",
        "vars.a: {float: [1e-5, 1e-1], log: true, points: 9}",
        "vars.a: {float: [0.25, 0.25]}",
        "lr: {path: vars.a, float: [0, 1]}",
        "size: {zip: {vars.width: [8, 16, 8], vars.depth: [2, 4, 4]}}",
        BODY,
    ],
)
def test_a_point_is_read_back_exactly(line):
    sweep = space_of(line)
    for number in range(1, 60):
        point = random_point(sweep, number)
        assert same(read_back(sweep, point), point)


def test_every_point_of_a_grid_is_read_back_and_no_two_are_one():
    domains = "vars.w: [1, 1.0, 2]\n  vars.d: {float: [0, 1], points: 5}\n"
    sweep = space_of(
        domains + "  body: {choose: {p: {}, q: {space: {vars.e: {int: [1, 9], step: 4}}}}}", "grid"
    )
    points = [grid_point(sweep.space, number) for number in range(1, grid_size(sweep.space) + 1)]
    assert all(same(read_back(sweep, point), point) for point in points)
    assert len(points) == 3 * 5 * 4


def test_steps_and_points_are_positions_in_order_and_choices_are_not():
    def dimension(line: str) -> object:
        return dimension_of(space_of(line).space.parts[0])

    assert dimension("vars.a: {float: [0.1, 0.4], step: 0.1}") == Positions(
        "vars.a", (0.1, 0.2, 0.3, 0.4), ordered=True
    )
    assert dimension("vars.a: {int: [1, 100], points: 3, log: true}") == Positions(
        "vars.a", (1, 10, 100), ordered=True
    )
    assert dimension("vars.a: [4, 8]") == Positions("vars.a", (4, 8))
    found = dimension("vars.a: {int: [1, 100], log: true}")
    assert isinstance(found, Numbers)
    assert (found.low, found.high, found.whole, found.log) == (1, 100, True, True)


def test_equal_keys_of_two_alternatives_are_two_dimensions():
    names = [dimension_of(part).name for part in space_of(BODY).space.walk()]
    assert len(set(names)) == len(names) == 6
    assert {"vars.expand@body.wide", "vars.expand@body.deep"} < set(names)


def test_what_a_space_does_not_have_any_more_is_left_out():
    sweep = space_of("vars.a: [8, 16]\n  vars.b: {int: [1, 4]}\n  body: {choose: {p: {}, q: {}}}")
    dimensions = {part.id: dimension_of(part) for part in sweep.space.walk()}

    def found(**values: object) -> dict[str, object]:
        kept = {f"vars.{key}" if key in "ab" else key: value for key, value in values.items()}
        return {one.name: value for one, value in chosen_in(sweep.space, kept, dimensions)}  # type: ignore[arg-type]

    assert found(a=16, b=2, body="q") == {"vars.a": 1, "vars.b": 2, "body": 1}
    assert found(a=32, b=2, body="r") == {"vars.b": 2}
    assert found(b=9) == {}


def test_a_start_between_two_values_is_the_nearer_one():
    sweep = space_of("vars.a: {int: [0, 100], step: 10}")
    dimensions = {part.id: dimension_of(part) for part in sweep.space.walk()}
    for value, position in ((0, 0), (14, 1), (16, 2), (100, 10)):
        assert [at for _, at in chosen_in(sweep.space, {"vars.a": value}, dimensions)] == [position]
