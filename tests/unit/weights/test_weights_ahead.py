from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from modelspec.weights.ahead import Work, ahead


def test_results_come_in_order_and_no_more_are_made_than_the_bound() -> None:
    lock, open_weight, most = threading.Lock(), 0, 0

    def step(number: int, weight: int) -> Callable[[], int]:
        def make() -> int:
            nonlocal open_weight, most
            with lock:
                open_weight += weight
                most = max(most, open_weight)
            return number

        return make

    weights = [1, 4, 2, 9, 3, 3, 1] * 20
    found = []
    for number in ahead((Work(step(i, w), w) for i, w in enumerate(weights)), threads=3, bound=8):
        found.append(number)
        with lock:
            open_weight -= weights[number]
    assert found == list(range(len(weights)))
    # A step of 9 is made alone; the one just taken is still counted while the next is begun.
    assert most <= 9 + 4


def test_a_failing_step_fails_where_its_result_is_due() -> None:
    def fail() -> int:
        raise OverflowError("too much")

    results = ahead([Work(lambda: 1, 1), Work(fail, 1), Work(lambda: 3, 1)], threads=2, bound=2)
    assert next(results) == 1
    with pytest.raises(OverflowError, match="too much"):
        next(results)


def test_who_stops_early_leaves_no_thread() -> None:
    before = threading.active_count()
    results: Iterator[int] = ahead((Work(lambda: 1, 1) for _ in range(100)), threads=2, bound=4)
    assert next(results) == 1
    results.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before
