"""Runs that promise little are told from those that do not, however few epochs they had."""

from __future__ import annotations

import pytest

from modelspec.sweep.values import Objective, Prune

pytest.importorskip("optuna")

from modelspec.search.pruning import Pruner

UP, DOWN = Objective("score", "maximize", "last"), Objective("loss", "minimize", "last")


def ended_at(pruner: Pruner, number: int, values: list[float]) -> int | None:
    """The epoch in which a run is ended; `None` where it comes to its end."""
    for epoch, value in enumerate(values, 1):
        if pruner.epoch(number, epoch, value=value):
            pruner.ended(number, "pruned", value)
            return epoch
    pruner.ended(number, "done", values[-1])
    return None


def rising(slope: float, epochs: int = 9) -> list[float]:
    return [slope * epoch for epoch in range(1, epochs + 1)]


@pytest.mark.parametrize("by", ["hyperband", "median"])
@pytest.mark.parametrize(("objective", "sign"), [(UP, 1), (DOWN, -1)])
def test_of_runs_that_grow_worse_most_are_ended_early_and_none_before_its_time(by, objective, sign):
    pruner = Pruner(Prune(by, 2, 9), objective, epochs=None)
    found = [ended_at(pruner, number, rising(sign / (number + 1))) for number in range(20)]
    assert found[0] is None
    early = [epoch for epoch in found if epoch is not None]
    assert len(early) >= 10
    assert min(early) == 2


@pytest.mark.parametrize("by", ["hyperband", "median"])
def test_a_run_that_is_the_best_so_far_is_not_ended(by):
    pruner = Pruner(Prune(by, 1, 9), UP, epochs=None)
    assert [ended_at(pruner, number, rising(number + 1.0)) for number in range(12)] == [None] * 12


def test_where_the_best_epoch_counts_a_run_that_falls_back_keeps_its_best():
    values = [1.0, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1]

    def found(reduce: str) -> int | None:
        pruner = Pruner(Prune("hyperband", 3, 9), Objective("score", "maximize", reduce), epochs=None)  # type: ignore[arg-type]
        for number in range(12):
            ended_at(pruner, number, [0.5] * 9)
        return ended_at(pruner, 12, values)

    assert found("best") is None
    assert found("last") == 3


def test_an_epoch_that_is_trained_again_says_nothing_new():
    pruner = Pruner(Prune("median", 1, None), UP, epochs=None)
    for number in range(6):
        ended_at(pruner, number, rising(1.0))
    assert not pruner.epoch(6, 3, value=3.0)
    assert not pruner.epoch(6, 3, value=0.0)
    assert not pruner.epoch(6, 2, value=0.0)
    assert pruner.epoch(6, 4, value=3.0)


@pytest.mark.parametrize(("most", "epochs"), [(None, 9), (None, None), (9, None), (None, 1)])
def test_how_long_a_run_is_comes_from_the_sweep_the_document_or_the_first_runs(most, epochs):
    pruner = Pruner(Prune("hyperband", 2, most), UP, epochs=epochs)
    found = [ended_at(pruner, number, rising(1 / (number + 1))) for number in range(20)]
    assert found[0] is None
    assert {epoch for epoch in found if epoch is not None} >= {2}
