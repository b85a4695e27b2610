"""Many points seen through on all cores: in processes of their own, each of which reads the sweep once.

Points beside each other mostly have the same layers, so each process gets a stretch of the sweep, and is told
with each piece of it what the others have found of layers by then.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from modelspec.compiler.sweeping.planning.values import Variant
from modelspec.compiler.sweeping.planning.variants import Swept, is_recalled, variant_of
from modelspec.compiler.sweeping.planning.worker import Found, begin, see
from modelspec.compiler.values import Options, Text
from modelspec.diagnostics import Report

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

FEW = 24
"""So few points that were not planned before take less time than processes take to start."""
_CHUNK = 8


def variants_of(
    swept: Swept,
    count: int,
    text: Text,
    options: Options,
    report: Report,
    *,
    earlier: tuple[tuple[Text, int], ...] = (),
    workers: int | None = None,
) -> Iterator[Variant]:
    """The first points of a sweep, seen through, in their order.

    Args:
        earlier: see `read_swept`.
        workers: how many processes; by default one for each core, none where few points are new.

    Raises:
        SpecError: with `worker-lost`, where a process was ended from outside.
    """
    if workers is None:
        new = (n for n in range(1, count + 1) if not is_recalled(swept, swept.numbering.at(n)))
        workers = _cores() if next(islice(new, FEW, None), None) is not None else 1
    if workers < 2:
        try:
            for number in range(1, count + 1):
                yield variant_of(swept, swept.numbering.at(number))
        finally:
            swept.known.save()
        return
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    # Not forked: Keras' backends run threads, which a fork leaves behind.
    pool = ProcessPoolExecutor(workers, get_context("spawn"), begin, (text, options, earlier))
    try:
        yield from _spread(swept, count, pool, workers)
    except BrokenProcessPool:
        report.fail(
            "worker-lost",
            "a process that saw points through was ended from outside",
            swept.sweep.place,
            help="where memory ran out, look at fewer points at once with `--first`, or vary smaller models",
        )
    finally:
        swept.known.save()
        pool.shutdown(cancel_futures=True)


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS and Windows
        return os.cpu_count() or 1


def _spread(swept: Swept, count: int, pool: ProcessPoolExecutor, workers: int) -> Iterator[Variant]:
    """The points, in their order; in the order of several stretches they are seen through."""
    from concurrent.futures import FIRST_COMPLETED, wait

    waiting = _stretches(count, workers)
    learned: dict[str, object] = {}
    done: dict[int, list[Variant]] = {}
    running: dict[Future[Found], range] = {}
    next_one = 1
    while next_one <= count:
        while len(running) < workers and waiting:
            piece = _next_piece(waiting, [taken.start for taken in running.values()])
            running[pool.submit(see, piece, learned)] = piece
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            variants, found = future.result()
            done[running.pop(future).start] = variants
            swept.known.learn(found)
            # Another dict: one that is on its way to a process must not change.
            learned = {**learned, **found}
        while next_one in done:
            variants = done.pop(next_one)
            next_one += len(variants)
            yield from variants


def _stretches(count: int, workers: int) -> list[list[range]]:
    """The numbers of all points, in pieces; a list of neighbouring pieces for each process."""
    pieces = [range(first, min(first + _CHUNK, count + 1)) for first in range(1, count + 1, _CHUNK)]
    size = -(-len(pieces) // workers)
    return [pieces[first : first + size] for first in range(0, len(pieces), size)]


def _next_piece(waiting: list[list[range]], running: list[int]) -> range:
    """Take the next piece of a stretch that nobody is at, or else the last of the longest."""
    idle = [one for one in waiting if not any(one[0].start - _CHUNK <= at < one[-1].stop for at in running)]
    stretch = max(idle or waiting, key=len)
    piece = stretch.pop(0 if idle else -1)
    if not stretch:
        waiting.remove(stretch)
    return piece
