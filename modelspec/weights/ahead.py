"""Steps made by threads some way ahead of whoever takes their results, in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Work(Generic[Result]):
    """A step.

    Args:
        make: gives its result.
        weight: of the result.
        late: whether it is made only when it is taken, by who takes it: to copy a block is less work than to
            hand it from thread to thread.
    """

    make: Callable[[], Result]
    weight: int
    late: bool = False


def ahead(steps: Iterable[Work[Result]], *, threads: int, bound: int) -> Iterator[Result]:
    """The results of steps, in their order, while later ones are made.

    Args:
        steps: see `Work`.
        threads: how many make them.
        bound: the weight that may be made but not yet taken; a heavier step is made alone.
    """
    with ThreadPoolExecutor(threads, thread_name_prefix="modelspec-draw") as pool:
        pending: deque[tuple[Work[Result], Future[Result] | None]] = deque()
        weight = 0
        try:
            for step in steps:
                while pending and weight + step.weight > bound:
                    taken, made = pending.popleft()
                    yield taken.make() if made is None else made.result()
                    weight -= taken.weight
                pending.append((step, None if step.late else pool.submit(step.make)))
                weight += step.weight
            while pending:
                taken, made = pending.popleft()
                yield taken.make() if made is None else made.result()
        finally:
            for _, made in pending:
                if made is not None:
                    made.cancel()
