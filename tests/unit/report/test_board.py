from __future__ import annotations

from dataclasses import replace

import pytest
from sweep_rows import SWEEP, hostile_board, run, trained_board, trained_rows, variant

from modelspec.report.board import board_of, columns_of, labels_of, sorted_by


def test_the_best_stand_first_and_what_has_no_value_last():
    board = trained_board()
    ranked = [entry.rank for entry in board.entries if entry.rank is not None]
    assert ranked == list(range(1, 26))
    values = [entry.value for entry in board.entries[:25]]
    assert values == sorted(values, reverse=True)
    assert [(entry.state, entry.variant.number) for entry in board.entries[25:]] == [
        ("failed", 5),
        ("pruned", 9),
        ("running", 28),
        ("waiting", 29),
        ("waiting", 30),
        ("duplicate", 31),
        ("rejected", 32),
    ]


def test_why_a_variant_is_not_run_or_failed_is_said():
    notes = {entry.variant.number: entry.note for entry in trained_board().entries}
    assert notes[31] == "duplicate of #3"
    assert notes[32].startswith("digits.yaml:20:10: error[not-kept]")
    assert notes[5] == "the loss is no number after epoch 3"
    assert notes[1] == ""


@pytest.mark.parametrize(
    ("status", "told"), [(-9, "ended by signal 9"), (3, "exit status 3")], ids=["signal", "status"]
)
def test_a_run_without_a_message_tells_how_it_ended(status, told):
    failed = replace(run(1, 0, state="FAILED"), error={}, exit=status)
    (entry,) = board_of(SWEEP, [variant(1)], [failed]).entries
    assert entry.note == told


def test_the_mean_over_seeds_has_its_deviation_and_count():
    variants, runs = trained_rows(1)
    (entry, *_) = board_of(SWEEP, variants[:1], runs).entries
    first, second = (one.value for one in runs)
    assert first is not None
    assert second is not None
    assert entry.value == pytest.approx((first + second) / 2)
    assert entry.standing is not None
    assert entry.standing.deviation == pytest.approx(abs(first - second) / 2**0.5)
    assert entry.standing.count == 2


def test_the_less_is_the_better_where_the_sweep_says_so():
    board = board_of(replace(SWEEP, goal="minimize"), *trained_rows())
    values = [entry.value for entry in board.entries if entry.value is not None]
    assert values == sorted(values)


def test_a_parameter_is_called_by_the_shortest_end_that_only_it_has():
    assert labels_of(("vars.width", "a.Adam.rate", "b.Adam.rate", "train.fit.epochs", "name")) == {
        "vars.width": "width",
        "a.Adam.rate": "a.Adam.rate",
        "b.Adam.rate": "b.Adam.rate",
        "train.fit.epochs": "fit.epochs",
        "name": "name",
    }


def test_paths_that_only_variants_have_are_columns_too():
    one = replace(variant(1), values=(("vars.width", 8), ("vars.late", 1)))
    board = board_of(replace(SWEEP, parameters=("vars.width",)), [one], [])
    assert board.parameters == ("vars.width", "vars.late")


@pytest.mark.parametrize("column", ["params", "width", "vars.width", "time", "val_accuracy", "value"])
def test_a_column_of_numbers_sorts_from_the_least_and_what_has_none_goes_last(column):
    board = trained_board()
    read = columns_of(board)[column]
    for descending in (False, True):
        found = [read(entry) for entry in sorted_by(board, column, descending=descending)]
        known = [value for value in found if value is not None]
        assert found == known + [None] * (len(found) - len(known))
        assert known == sorted(known, reverse=descending)  # type: ignore[type-var]
        assert len(known) > 10


def test_a_column_of_numbers_and_texts_has_an_order():
    board = hostile_board()
    for column in columns_of(board):
        assert len(sorted_by(board, column)) == len(board.entries)
