"""A model of 10 GB, or as many as asked for: built, attached to, extracted from and sharded.

Everything is held against `cp` of as many bytes. modelspec waits until the disk has what it wrote (fsync),
which `cp` does not: so `cp` stands there alone, as the bar has it, and with the same wait. Files are
removed before the next is written: two and a half times the archive's size is on the disk at the most.
"""

from __future__ import annotations

import math
import shutil
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.children import Child, Run, modelspec, run_child, script, side_by_side
from benchmarks.rows import Row, megabytes, seconds

DEFAULT_GIGABYTES = 10.0
_MEMORY = 1e9  # bytes
_SHARE = 0.5  # of the throughput of `cp`
_LOOK = 0.5  # seconds
_WIDTH = 4096  # a kernel of this width and height has 64 MiB
_ROWS = 65_536  # of the embedding, which has 1 GiB then
_ROOM = 2.6  # archives
_REPEATED_BELOW = 4.0  # gigabytes; what is larger is measured once

_DOCUMENT = """\
modelspec: 1
name: large
inputs:
  tokens: {{shape: [16], dtype: int32}}
layers:
  - Embedding: {{input_dim: {rows}, output_dim: {width}}}
    name: embedding
  - GlobalAveragePooling1D
  - Dense: {{units: {wide}}}
    name: wide
  - Dense: {{units: {width}}}
    name: narrow
  - Dense: {{units: {width}}}
    name: first
    repeat: {first}
  - Dense: {{units: {width}}}
    name: second
    repeat: {second}
"""


@dataclass(frozen=True, slots=True)
class _Job:
    """A process that writes files.

    Args:
        what: it does, in a few words.
        arguments: of modelspec.
        writes: their names, as a pattern in the folder.
        stays: whether they are needed afterwards.
    """

    what: str
    arguments: tuple[str, ...]
    writes: str = "w*"
    stays: bool = False


def measure_large(folder: Path, *, gigabytes: float, runs: int) -> Iterator[Row]:
    """Memory and throughput of all that writes weights, and what it costs to look at them."""
    work = folder / "large"
    room = _ROOM * gigabytes * 1e9
    if shutil.disk_usage(folder).free < room:
        note = f"skipped, {folder} has no {megabytes(room)} free"
        yield Row("", f"{gigabytes:g} GB of weights", "", bar=megabytes(_MEMORY), note=note)
        return
    work.mkdir()
    try:
        (work / "large.yaml").write_text(large_document(gigabytes))
        for name, weights in (("alone", "{seed: 0}"), ("loading", "{load: [{file: large.keras}]}")):
            (work / f"{name}.yaml").write_text(f"{large_document(gigabytes)}weights: {weights}\n")
        yield from _measure_writing(work, 1 if gigabytes >= _REPEATED_BELOW else min(runs, 3))
        yield from _measure_looking(work, runs)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _measure_writing(folder: Path, runs: int) -> Iterator[Row]:
    archive = folder / "large.keras"
    build = _Job("build", ("build", str(folder / "large.yaml"), "-o", str(archive)), archive.name, stays=True)
    run, size = _run(build, folder)
    yield from _rows(build, [run], size=size)
    for job in _jobs(folder, archive):
        done, copies, size = [], [], 0
        for _ in range(runs):
            copies.append(_copied(archive, folder / "copy"))
            run, size = _run(job, folder)
            done.append(run)
        yield from _rows(job, done, size=size, copies=copies, copied=archive.stat().st_size)


def _jobs(folder: Path, archive: Path) -> Iterator[_Job]:
    """Everything that is held against `cp`, in order: what comes later reads what an earlier one leaves."""
    target, half = str(folder / "w"), str(folder / "half.safetensors")
    extract = ("weights", "extract", str(archive), "-o")
    yield _Job("extract to `.safetensors`", (*extract, f"{target}.safetensors"))
    yield _Job("extract to `.weights.h5`", (*extract, f"{target}.weights.h5"))
    yield _Job("extract to `.npz`", (*extract, f"{target}.npz"))
    yield _Job("extract to shards", (*extract, f"{target}.weights.json", "--shard-size", "2GB"))
    yield _Job("build with `weights.load`", ("build", str(folder / "loading.yaml"), "-o", f"{target}.keras"))
    yield _Job("extract a part", (*extract, half, "--only", "second*/**"), "half*", stays=True)
    attach = ("weights", "attach", str(archive), "--from", half, "--missing", "init", "-o", f"{target}.keras")
    yield _Job("attach the part, keep the rest", attach)


def _run(job: _Job, folder: Path) -> tuple[Run, int]:
    """Run a job; how it went and how many bytes it wrote."""
    run = run_child(Child(modelspec(*job.arguments, "--quiet"), cache=folder / "cache"))
    written = list(folder.glob(job.writes))
    size = sum(path.stat().st_size for path in written)
    for path in () if job.stays else written:
        path.unlink()
    return run, size


def _copied(source: Path, target: Path) -> tuple[float, float, float]:
    """Seconds that `cp` took, without and with the wait for the disk, and processor time."""
    run = run_child(Child(script("copy_file", str(source), str(target))))
    target.unlink()
    plain, synced = map(float, run.said.split())
    return plain, synced, run.processor


def _rows(
    job: _Job,
    runs: Sequence[Run],
    *,
    size: int,
    copies: Sequence[tuple[float, float, float]] = (),
    copied: int = 1,
) -> Iterator[Row]:
    took = statistics.median(run.seconds for run in runs)
    work = statistics.median(run.processor for run in runs)
    speed = f"{seconds(took)}, {size / took / 1e9:.2f} GB/s"
    if copies:
        part = size / copied
        plain, synced, copying = (part * statistics.median(column) for column in zip(*copies, strict=True))
        yield Row(
            "",
            f"{job.what}, {size / 1e9:.1f} GB",
            speed,
            f"cp {seconds(plain)}, with fsync {seconds(synced)}",
            f"{plain / took:.2f}x cp, {synced / took:.2f}x with fsync",
            f"{_SHARE}x",
            plain / took >= _SHARE,
            f"{seconds(work)}, {copying / work:.2f}x cp",
        )
    peak = max(run.peak for run in runs)
    yield Row(
        "",
        f"{job.what}, {size / 1e9:.1f} GB: peak memory",
        megabytes(peak),
        bar=megabytes(_MEMORY),
        met=peak <= _MEMORY,
        note="" if copies else speed,
    )


def _measure_looking(folder: Path, runs: int) -> Iterator[Row]:
    """What a source of that size costs `check` and `weights plan`, over `check` of a document without it."""
    cache, loading = folder / "cache", str(folder / "loading.yaml")
    done = side_by_side(
        {
            "alone": Child(modelspec("check", str(folder / "alone.yaml")), cache=cache),
            "check": Child(modelspec("check", loading), cache=cache),
            "weights plan": Child(modelspec("weights", "plan", loading, "--quiet"), cache=cache),
        },
        runs=runs,
    )
    alone = done["alone"]
    for name in ("check", "weights plan"):
        more = done[name].seconds - alone.seconds
        yield Row(
            "",
            f"{name} with a source of {(folder / 'large.keras').stat().st_size / 1e9:.1f} GB",
            seconds(done[name].seconds),
            f"check without {seconds(alone.seconds)}",
            f"{more:+.2f} s",
            f"+{_LOOK} s",
            more <= _LOOK,
            f"{seconds(done[name].processor)}, {done[name].processor - alone.processor:+.2f} s",
        )


def large_document(gigabytes: float) -> str:
    """A document with an embedding of 1 GiB, two kernels of 256 MiB and as many of 64 MiB as are needed.

    Below 4 GB the embedding is smaller.
    """
    rows = min(_ROWS, math.ceil(_ROWS * gigabytes / 4))
    wide = 4 * _WIDTH if gigabytes >= 4 else _WIDTH
    rest = gigabytes * 1e9 / 4 - rows * _WIDTH - 2 * _WIDTH * wide
    count = max(2, round(rest / (_WIDTH * (_WIDTH + 1))))
    return _DOCUMENT.format(rows=rows, width=_WIDTH, wide=wide, first=count - count // 2, second=count // 2)
