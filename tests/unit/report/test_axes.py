from __future__ import annotations

import pytest

from modelspec.report.axes import axis_of


def test_few_values_stand_at_even_distances_in_their_order():
    axis = axis_of([64, 8, 16, 8])
    assert axis.ticks == ((0.0, "8"), (0.5, "16"), (1.0, "64"))
    assert axis.place(16) == 0.5


def test_one_value_stands_in_the_middle():
    assert axis_of(["plain"]).ticks == ((0.5, "plain"),)
    assert axis_of([0.25, 0.25], scale=True).ticks == ((0.5, "0.25"),)


def test_texts_truths_and_null_are_values():
    axis = axis_of([None, True, "a", 1])
    assert [text for _, text in axis.ticks] == ["1", "a", "null", "true"]
    assert axis.place(1) != axis.place(True)


def test_many_numbers_are_a_scale_with_round_ticks():
    axis = axis_of([place / 10 for place in range(11)])
    assert not axis.log
    assert axis.place(0.5) == pytest.approx(0.5)
    assert [text for _, text in axis.ticks] == ["0", "0.2", "0.4", "0.6", "0.8", "1"]
    assert all(place == pytest.approx(float(text)) for place, text in axis.ticks)


def test_numbers_over_many_sizes_stand_by_their_ratio():
    axis = axis_of([10.0**power for power in range(-8, 1)])
    assert axis.log
    assert axis.place(1e-4) == pytest.approx(0.5)
    assert axis.ticks[0] == (0.0, "1e-08")


def test_results_are_a_scale_even_if_they_are_few():
    axis = axis_of([0.9, 0.95, 0.91], scale=True)
    assert axis.place(0.91) == pytest.approx(0.2)


@pytest.mark.parametrize(
    "values", [[1e300, -1e300], [1, 1 + 1e-15], [0.0, 5e-324], [1e15, 1e15 + 1]], ids=str
)
def test_no_numbers_are_too_far_apart_or_too_near(values):
    axis = axis_of(values, scale=True)
    assert all(0 <= axis.place(value) <= 1 for value in values)
    assert all(-1e-6 <= place <= 1 + 1e-6 for place, _ in axis.ticks)
    assert len(axis.ticks) < 20


def test_great_counts_are_written_short():
    axis = axis_of([100_000, 500_000], scale=True)
    assert [text for _, text in axis.ticks] == ["100k", "200k", "300k", "400k", "500k"]
