"""What a sweep says beside its space: what it looks for, how often, and what that may cost."""

from __future__ import annotations

import re
from typing import Any, get_args, get_type_hints

from modelspec.diagnostics import Report
from modelspec.source.tree import Entry, Mapping, Scalar, Sequence
from modelspec.sweep.scalars import (
    entries_of,
    read_bytes,
    read_integer,
    read_number,
    read_seconds,
    read_text,
    read_word,
)
from modelspec.sweep.shown import plain
from modelspec.sweep.values import Artifacts, Budget, Objective, OnFailure, Placement, Prune, Repeats

OBJECTIVE_KEYS = ("metric", "goal", "reduce")
REPEATS_KEYS = ("seeds", "aggregate")
PRUNE_KEYS = ("by", "min_epochs", "max_epochs")
BUDGET_KEYS = ("variants", "wall", "gpu_hours", "run_timeout", "disk_free")
ON_FAILURE_KEYS = ("retries", "stop_after_consecutive")
RUN_KEYS = ("executor", "parallel", "resources", "address", "options")
TRACK_KEYS = ("mlflow",)
ARTIFACTS_KEYS = ("keep", "always")

_BEST = re.compile(r"best ([0-9]+)")


def words_of(cls: type[Any], name: str) -> tuple[str, ...]:
    """The words that a field of a class takes."""
    return get_args(get_type_hints(cls)[name])


def read_objective(entry: Entry | None, report: Report) -> Objective | None:
    """`objective`; `None` where there is none, or a wrong one, which is reported."""
    if entry is None:
        return None
    example = "objective: {metric: val_accuracy, goal: maximize}"
    found = entries_of(entry.value, OBJECTIVE_KEYS, "`objective`", report, example=example)
    values: dict[str, Any] = {"reduce": "best"}
    for key in ("metric", "goal"):
        if key not in found and isinstance(entry.value, Mapping):
            report.add(
                "missing-key", f"`objective` needs `{key}`", entry.key.place, help=f"for example `{example}`"
            )
            return None
    for key, one in found.items():
        if key == "metric":
            values[key] = read_text(one.value, "`metric`", report, example="metric: val_accuracy")
        else:
            values[key] = read_word(one.value, words_of(Objective, key), f"`{key}`", report)
    return None if None in values.values() or len(values) < len(OBJECTIVE_KEYS) else Objective(**values)


def read_repeats(entry: Entry | None, report: Report) -> Repeats | None:
    """`repeats`; `None` where there is none, or a wrong one, which is reported."""
    if entry is None:
        return None
    example = "repeats: {seeds: [0, 1, 2], aggregate: mean}"
    found = entries_of(entry.value, REPEATS_KEYS, "`repeats`", report, example=example)
    aggregate: Any = "mean"
    if "aggregate" in found:
        aggregate = read_word(found["aggregate"].value, words_of(Repeats, "aggregate"), "`aggregate`", report)
    node = found["seeds"].value if "seeds" in found else None
    if not isinstance(node, Sequence) or not node.items:
        if isinstance(entry.value, Mapping):
            report.add(
                "missing-key" if node is None else "wrong-kind",
                "`repeats` needs a list of `seeds`",
                entry.key.place if node is None else node.place,
                help=f"for example `{example}`",
            )
        return None
    seeds = [read_integer(item, "a seed", report, low=0) for item in node.items]
    given = [seed for seed in seeds if seed is not None]
    if len(set(given)) < len(given):
        report.add(
            "given-twice", "a seed of `repeats` is there twice", node.place, help="equal seeds train equally"
        )
    return Repeats(tuple(given), aggregate) if aggregate and len(given) == len(seeds) else None


def read_prune(entry: Entry | None, report: Report) -> Prune | None:
    """`prune`; `None` where there is none, or a wrong one, which is reported."""
    if entry is None:
        return None
    example = "prune: {by: hyperband, min_epochs: 3, max_epochs: 30}"
    found = entries_of(entry.value, PRUNE_KEYS, "`prune`", report, example=example)
    if "by" not in found:
        if isinstance(entry.value, Mapping):
            report.add("missing-key", "`prune` needs `by`", entry.key.place, help=f"for example `{example}`")
        return None
    by: Any = read_word(found["by"].value, words_of(Prune, "by"), "`by`", report)
    epochs = {
        key: read_integer(found[key].value, f"`{key}`", report, low=1)
        for key in ("min_epochs", "max_epochs")
        if key in found
    }
    least, most = epochs.get("min_epochs", 1), epochs.get("max_epochs")
    if least is not None and most is not None and least > most:
        report.add(
            "wrong-value",
            f"`max_epochs` is below `min_epochs`, which is {least}",
            found["max_epochs"].value.place,
            help="let runs have more epochs, or judge them earlier",
        )
        return None
    return Prune(by, least, most) if by and least is not None else None


def read_budget(entry: Entry | None, report: Report) -> Budget | None:
    """`budget`; `None` where there is none."""
    if entry is None:
        return None
    example = "budget: {variants: 60, wall: 8h}"
    found = entries_of(entry.value, BUDGET_KEYS, "`budget`", report, example=example)
    values: dict[str, Any] = {}
    for key, one in found.items():
        match key:
            case "variants":
                values[key] = read_integer(one.value, "`variants`", report, low=1)
            case "gpu_hours":
                values[key] = read_number(one.value, "`gpu_hours`", report, low=0)
            case "disk_free":
                size = read_bytes(one.value, "`disk_free`", report)
                values[key] = None if size is None else int(size)
            case _:
                values[key] = read_seconds(one.value, f"`{key}`", report)
    return Budget(**values)


def read_on_failure(entry: Entry | None, report: Report) -> OnFailure | None:
    """`on_failure`; `None` where there is none."""
    if entry is None:
        return None
    example = "on_failure: {retries: 2, stop_after_consecutive: 5}"
    found = entries_of(entry.value, ON_FAILURE_KEYS, "`on_failure`", report, example=example)
    read = {
        key: read_integer(one.value, f"`{key}`", report, low=0 if key == "retries" else 1)
        for key, one in found.items()
    }
    return OnFailure(read.get("retries") or 0, read.get("stop_after_consecutive"))


def read_placement(entry: Entry | None, report: Report) -> Placement | None:
    """`run`; `None` where there is none, or a wrong one, which is reported."""
    if entry is None:
        return None
    example = "run: {executor: local, parallel: 4, resources: {gpu: 1}}"
    found = entries_of(entry.value, RUN_KEYS, "`run`", report, example=example)
    executor: Any = "local"
    parallel: int | None = 1
    resources: list[tuple[str, float]] = []
    if "executor" in found:
        executor = read_word(found["executor"].value, words_of(Placement, "executor"), "`executor`", report)
    if "parallel" in found:
        parallel = read_integer(found["parallel"].value, "`parallel`", report, low=1)
    if "resources" in found:
        node = found["resources"].value
        names = ("cpu", "gpu", "memory")
        for key, one in entries_of(
            node, names, "`resources`", report, example="resources: {gpu: 1, cpu: 4}"
        ).items():
            read = read_bytes if key == "memory" else read_number
            amount = read(one.value, f"`{key}`", report)
            if amount is not None:
                resources.append((key, amount))
    address = None
    if "address" in found:
        address = read_text(found["address"].value, "`address`", report, example='address: "10.0.0.1:6379"')
    options = _options(found["options"], report) if "options" in found else ()
    return (
        Placement(executor, parallel, tuple(resources), address, options) if executor and parallel else None
    )


def _options(entry: Entry, report: Report) -> tuple[tuple[str, object], ...]:
    """What an engine is told by its own names, which only the engine knows."""
    if not isinstance(entry.value, Mapping):
        report.add(
            "wrong-kind",
            "`options` is a mapping of what the executor's engine takes",
            entry.value.place,
            help="for example `options: {slurm_partition: gpu, timeout_min: 600}`",
        )
        return ()
    return tuple((one.key.text, plain(one.value)) for one in entry.value.entries)


def read_track(entry: Entry | None, report: Report) -> tuple[tuple[str, str], ...]:
    """`track`: the trackers and their addresses."""
    if entry is None:
        return ()
    example = 'track: {mlflow: "sqlite:///mlflow.db"}'
    found = entries_of(entry.value, TRACK_KEYS, "`track`", report, example=example)
    read = [(key, read_text(one.value, f"`{key}`", report, example=example)) for key, one in found.items()]
    return tuple((key, address) for key, address in read if address is not None)


def read_artifacts(entry: Entry | None, report: Report) -> Artifacts | None:
    """`artifacts`; `None` where there is none, or a wrong one, which is reported."""
    if entry is None:
        return None
    example = "artifacts: {keep: best 5, always: [metrics.jsonl]}"
    found = entries_of(entry.value, ARTIFACTS_KEYS, "`artifacts`", report, example=example)
    best, always = None, []
    if "keep" in found:
        node = found["keep"].value
        match node:
            case Scalar(value="all"):
                pass
            case Scalar(value=str() as text) if kept := _BEST.fullmatch(text):
                best = int(kept[1])
            case _:
                report.add(
                    "wrong-value",
                    "`keep` of `artifacts` is `all`, or `best` and a number",
                    node.place,
                    help="for example `keep: best 5`",
                )
    if "always" in found:
        node = found["always"].value
        for item in node.items if isinstance(node, Sequence) else (node,):
            name = read_text(item, "a file of `always`", report, example="always: [metrics.jsonl]")
            if name is not None:
                always.append(name)
    return Artifacts(best, tuple(always))
