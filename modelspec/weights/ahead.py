"""Steps made by threads some way ahead of whoever takes their results, in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")


def ahead(steps: Iterable[tuple[Callable[[], Result], int]], *, threads: int, bound: int) -> Iterator[Result]:
    """The results of steps, in their order, while later ones are made.

    Args:
        steps: what makes each result, and its weight.
        threads: how many make them.
        bound: the weight that may be made but not yet taken; a heavier step is made alone.
    """
    with ThreadPoolExecutor(threads, thread_name_prefix="modelspec-draw") as pool:
        pending: deque[tuple[Future[Result], int]] = deque()
        weight = 0
        try:
            for make, heft in steps:
                while pending and weight + heft > bound:
                    made, taken = pending.popleft()
                    yield made.result()
                    weight -= taken
                pending.append((pool.submit(make), heft))
                weight += heft
            while pending:
                yield pending.popleft()[0].result()
        finally:
            for made, _ in pending:
                made.cancel()
