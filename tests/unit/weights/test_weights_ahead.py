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


def test_late_steps_are_made_in_their_turn_by_who_takes_them() -> None:
    made: list[tuple[int, str]] = []

    def step(number: int) -> Callable[[], int]:
        def make() -> int:
            made.append((number, threading.current_thread().name))
            return number

        return make

    here = threading.current_thread().name
    steps = [Work(step(number), 1, late=number % 2 == 1) for number in range(20)]
    for number in ahead(steps, threads=2, bound=6):
        late = [(found, name) for found, name in made if found % 2]
        assert late == [(found, here) for found in range(1, number + 1, 2)]
    assert sorted(number for number, _ in made) == list(range(20))
    assert all(name != here for number, name in made if number % 2 == 0)


def test_who_stops_early_leaves_no_thread() -> None:
    before = threading.active_count()
    results: Iterator[int] = ahead((Work(lambda: 1, 1) for _ in range(100)), threads=2, bound=4)
    assert next(results) == 1
    results.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before
