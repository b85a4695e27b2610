"""Which number the points of a sweep have after its space has changed."""

from __future__ import annotations

import pytest
from sweeping import sweep_from, values

from modelspec.sweep.numbering import Numbering
from modelspec.sweep.points import random_point
from modelspec.sweep.values import Sweep

MOST = 1000


def grid(space: str) -> Sweep:
    return sweep_from(f"method: grid\nspace: {{{space}}}")


def listed(numbering: Numbering) -> list[tuple[object, ...]]:
    return [tuple(values(numbering.at(n)).values()) for n in range(1, numbering.size(most=MOST) + 1)]


NARROW = grid("vars.a: [1, 2], vars.b: [x, y]")
WIDE = grid("vars.a: [0, 1, 2], vars.b: [x, y]")


def test_a_grid_goes_on_with_the_points_that_were_not_there_and_the_others_keep_their_numbers():
    found = listed(Numbering(WIDE, ((NARROW, 4),)))
    assert found == [(1, "x"), (1, "y"), (2, "x"), (2, "y"), (0, "x"), (0, "y")]
    numbers = [Numbering(WIDE, ((NARROW, 4),)).at(n).number for n in (6, 2)]
    assert numbers == [6, 2]


def test_a_grid_that_was_not_seen_through_to_its_end_has_the_rest_in_the_new_order():
    assert listed(Numbering(WIDE, ((NARROW, 3),))) == [
        (1, "x"),
        (1, "y"),
        (2, "x"),
        (0, "x"),
        (0, "y"),
        (2, "y"),
    ]


def test_points_that_the_new_space_does_not_have_stay():
    other = grid("vars.a: [3], vars.b: [y, z]")
    assert listed(Numbering(other, ((NARROW, 4),)))[4:] == [(3, "y"), (3, "z")]


def test_a_space_may_change_several_times():
    third = grid("vars.b: [x, z], vars.a: [0, 2]")  # in another order, too
    found = listed(Numbering(third, ((NARROW, 4), (WIDE, 5))))
    assert found == [*listed(Numbering(WIDE, ((NARROW, 4),)))[:5], ("z", 0), ("z", 2)]


def test_a_new_parameter_makes_every_point_another():
    found = Numbering(grid("vars.a: [1, 2], vars.b: [x, y], vars.c: [5]"), ((NARROW, 4),))
    assert found.size(most=MOST) == 8


def test_points_drawn_by_chance_follow_from_their_numbers_and_the_space_that_there_was():
    few, many = (sweep_from(f"method: random\nspace: {{vars.a: {{int: [1, {high}]}}}}") for high in (9, 9000))
    numbering = Numbering(many, ((few, 3),))
    assert [numbering.at(n) for n in (1, 3)] == [random_point(few, n) for n in (1, 3)]
    assert numbering.at(4) == random_point(many, 4)


@pytest.mark.parametrize("earlier", [(), ((NARROW, 4),)])
def test_the_size_of_a_vast_grid_is_known_at_once(earlier):
    vast = grid(", ".join(f"vars.v{i}: {{int: [0, 9999], step: 1}}" for i in range(4)))
    numbering = Numbering(vast, earlier)
    assert numbering.size(most=MOST) >= 10**16
    assert numbering.at(5).number == 5
