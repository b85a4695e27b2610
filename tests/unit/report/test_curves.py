from __future__ import annotations

from modelspec.report.curves import MOST_POINTS, curves_of


def test_a_metric_has_a_point_for_each_epoch():
    found = curves_of([{"epoch": 1, "loss": 2.0, "seconds": 1}, {"epoch": 2, "loss": 1.5, "seconds": 1}])
    assert (found.epochs, found.metrics, found.length) == ((1, 2), {"loss": (2.0, 1.5)}, 2)


def test_a_metric_that_comes_later_has_gaps_and_what_is_no_number_is_one():
    lines = [
        {"epoch": 1, "loss": float("nan"), "note": "text"},
        {"epoch": 2, "loss": None, "val_loss": 3},
        {"epoch": 3, "loss": float("inf"), "val_loss": True},
        {"no": "epoch"},
    ]
    found = curves_of(lines)
    assert found.metrics == {"loss": (None, None, None), "val_loss": (None, 3.0, None)}


def test_an_epoch_that_was_trained_again_counts_as_it_was_last():
    found = curves_of([{"epoch": 1, "loss": 2.0}, {"epoch": 2, "loss": 9.0}, {"epoch": 2, "loss": 1.0}])
    assert found.metrics == {"loss": (2.0, 1.0)}


def test_a_long_run_is_thinned_and_keeps_its_ends():
    found = curves_of([{"epoch": epoch, "loss": 1 / epoch} for epoch in range(1, 5001)])
    assert len(found.epochs) == MOST_POINTS
    assert (found.epochs[0], found.epochs[-1], found.length) == (1, 5000, 5000)
    steps = {later - earlier for earlier, later in zip(found.epochs, found.epochs[1:], strict=False)}
    assert steps <= {16, 17}


def test_no_lines_are_no_curves():
    assert curves_of([]).metrics == {}
