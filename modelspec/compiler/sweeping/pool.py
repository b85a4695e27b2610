"""Many points seen through on all cores: in processes of their own, each of which reads the sweep once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice

from modelspec.compiler.sweeping.values import Variant
from modelspec.compiler.sweeping.variants import Swept, is_recalled, read_swept, variant_of
from modelspec.compiler.values import Options, Text
from modelspec.diagnostics import Report
from modelspec.sweep.points import point_of

FEW = 24
"""So few points that were not planned before take less time than processes take to start."""
_CHUNK = 8

_swept: list[Swept] = []
"""Of a worker process: what it sees points through with."""


def variants_of(
    swept: Swept, count: int, text: Text, options: Options, report: Report, *, workers: int | None = None
) -> Iterator[Variant]:
    """The first points of a sweep, seen through, in their order.

    Args:
        workers: how many processes; by default one for each core, none where few points are new.

    Raises:
        SpecError: with `worker-lost`, where a process was ended from outside.
    """
    if workers is None:
        new = (n for n in range(1, count + 1) if not is_recalled(swept, point_of(swept.sweep, n)))
        workers = _cores() if next(islice(new, FEW, None), None) is not None else 1
    if workers < 2:
        for number in range(1, count + 1):
            yield variant_of(swept, point_of(swept.sweep, number))
        swept.known.save()
        return
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    # Not forked: Keras' backends run threads, which a fork leaves behind.
    pool = ProcessPoolExecutor(workers, get_context("spawn"), _begin, (text, options))
    try:
        for variant, found in pool.map(_see, range(1, count + 1), chunksize=_CHUNK):
            swept.known.learn(found)
            yield variant
        swept.known.save()
    except BrokenProcessPool:
        report.fail(
            "worker-lost",
            "a process that saw points through was ended from outside",
            swept.sweep.place,
            help="where memory ran out, look at fewer points at once with `--first`, or vary smaller models",
        )
    finally:
        pool.shutdown(cancel_futures=True)


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS and Windows
        return os.cpu_count() or 1


def _begin(text: Text, options: Options) -> None:
    _swept.append(read_swept(text, options, Report()))


def _see(number: int) -> tuple[Variant, dict[str, object]]:
    """A point seen through, and what was found of layers for it."""
    (swept,) = _swept
    return variant_of(swept, point_of(swept.sweep, number)), swept.known.taken()
