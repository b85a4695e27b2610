"""The command: measure what is asked for on each backend, and print the table."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.attach import measure_attach
from benchmarks.builds import MODELS, measure_builds
from benchmarks.children import ChildError
from benchmarks.keep import measure_keep
from benchmarks.large_weights import DEFAULT_GIGABYTES, measure_large
from benchmarks.machine import BACKENDS, describe, installed_backends
from benchmarks.memory import measure_memory
from benchmarks.mistakes import measure_mistakes
from benchmarks.rows import Row
from benchmarks.scaling import measure_scaling
from benchmarks.sweeps import measure_sweep
from benchmarks.unchanged import measure_unchanged

PARTS = ("mistakes", "unchanged", "builds", "scaling", "memory", "attach", "keep", "sweep", "large")
_QUICK = ("mistakes", "unchanged", "builds")


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; 1 where a bar is missed."""
    asked = _parser().parse_args(arguments)
    installed = installed_backends()
    backends = installed if asked.backend == "all" else (asked.backend,)
    if missing := [name for name in backends if name not in installed]:
        print(f"not installed: {', '.join(missing)}", file=sys.stderr)
        return 2
    parts = tuple(asked.only or (_QUICK if asked.quick else PARTS))
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="modelspec-benchmarks-", dir=asked.folder) as folder:
        try:
            for row in _measure(parts, backends, Path(folder), asked=asked):
                print(f"{row.backend or '-'}: {row.what}: {row.figure} {row.ratio}", file=sys.stderr)
                rows.append(row)
        except ChildError as error:
            print(error, file=sys.stderr)
            return 1
    from benchmarks.table import markdown, print_table

    if asked.markdown:
        print(markdown(rows, describe()))
    else:
        print_table(rows, describe())
    return 1 if any(row.met is False for row in rows) else 0


def _measure(
    parts: tuple[str, ...], backends: tuple[str, ...], folder: Path, *, asked: argparse.Namespace
) -> Iterator[Row]:
    runs = asked.runs
    if "mistakes" in parts:
        yield from measure_mistakes(folder, runs=runs)
    if "unchanged" in parts:
        yield from measure_unchanged(folder)
    for backend in backends:
        if "builds" in parts:
            for model in MODELS:
                yield from measure_builds(model, backend, folder, runs=runs)
        if "scaling" in parts:
            yield from measure_scaling(backend, folder, runs=runs, quick=asked.quick)
        if "memory" in parts:
            yield from measure_memory(backend, folder)
        if "attach" in parts:
            yield from measure_attach(backend, folder, runs=runs)
        if "keep" in parts:
            yield from measure_keep(backend, folder, runs=runs)
        if "sweep" in parts:
            yield from measure_sweep(backend, folder, runs=runs)
    if "large" in parts:
        yield from measure_large(folder, gigabytes=asked.gigabytes, runs=runs)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--backend", choices=["all", *BACKENDS], default="all", help="all that are installed")
    parser.add_argument("--runs", type=int, default=5, help="of each process; the median counts (default: 5)")
    parser.add_argument("--quick", action="store_true", help="leave out all that takes long")
    parser.add_argument("--only", choices=PARTS, action="append", help="a part of the table; repeatable")
    parser.add_argument(
        "--gigabytes",
        type=float,
        default=DEFAULT_GIGABYTES,
        help=f"how many weights the part `large` has (default: {DEFAULT_GIGABYTES:g})",
    )
    parser.add_argument("--markdown", action="store_true", help="the table as the page holds it")
    parser.add_argument(
        "--folder", type=Path, help="where files are written meanwhile (default: the system's)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
