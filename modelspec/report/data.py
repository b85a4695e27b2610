"""What the page's figures and details are drawn from, as JSON values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from modelspec.ledger.values import Primitive, RunRow
from modelspec.report.axes import Axis, axis_of
from modelspec.report.board import Board, Entry, failure_text, labels_of, shown
from modelspec.report.curves import Curves
from modelspec.report.difference import difference
from modelspec.report.importance import importances
from modelspec.report.words import (
    count_text,
    duration_text,
    hash_text,
    moment_text,
    number_writer,
    shape_text,
    size_text,
    value_text,
)

Json = Mapping[str, object]


def page_data(board: Board, curves: Mapping[str, Curves]) -> Json:
    """All of it.

    Args:
        curves: of each run, by its folder.
    """
    sweep = board.sweep
    numbered = sorted(board.entries, key=lambda entry: entry.variant.number)
    axes = _axes(board)
    start = min((run.started for run in _runs(board) if run.started is not None), default=None)
    write = number_writer(entry.value for entry in board.entries)
    return {
        "objective": sweep.metric,
        "goal": sweep.goal,
        "ranked": sum(entry.rank is not None for entry in board.entries),
        "axes": [_axis_data(label, axis) for label, axis, _ in axes],
        "importance": [
            {
                "label": labels_of(board.parameters)[one.key],
                "key": one.key,
                "share": round(one.share, 4),
                "among": one.among,
            }
            for one in importances(board)
            if one.share is not None
        ],
        "variants": [_variant(board, entry, axes, start=start, write=write) for entry in numbered],
        "curves": _curves(board, curves),
    }


def has_values(board: Board) -> bool:
    """Whether anything can be drawn against the objective."""
    return board.best is not None


_Axis = tuple[str, Axis, Callable[[Entry], Primitive]]


def _axes(board: Board) -> list[_Axis]:
    """Those of the parallel coordinates: what varies, the size of the model, the objective."""
    ranked = [entry for entry in board.entries if entry.rank is not None]
    if not ranked:
        return []
    labels = labels_of(board.parameters)
    found: list[_Axis] = []
    for key in board.parameters:
        values = [dict(entry.variant.values)[key] for entry in ranked if key in dict(entry.variant.values)]
        if values:
            found.append((labels[key], axis_of(values), _reader(key)))
    sizes = [entry.variant.params for entry in ranked if entry.variant.params is not None]
    if len(set(sizes)) > 1:
        found.append(("params", axis_of(sizes, scale=True), lambda entry: entry.variant.params))
    results = [entry.value for entry in ranked if entry.value is not None]
    found.append((board.sweep.metric or "value", axis_of(results, scale=True), lambda entry: entry.value))
    return found


def _reader(key: str) -> Callable[[Entry], Primitive]:
    return lambda entry: dict(entry.variant.values)[key]


def _axis_data(label: str, axis: Axis) -> Json:
    return {"label": label, "ticks": [[round(place, 4), text] for place, text in axis.ticks], "log": axis.log}


def _places(entry: Entry, axes: Sequence[_Axis]) -> list[float | None]:
    found: list[float | None] = []
    for _, axis, read in axes:
        try:
            found.append(round(axis.place(read(entry)), 4))
        except KeyError:  # it has none of this
            found.append(None)
    return found


def _variant(
    board: Board, entry: Entry, axes: Sequence[_Axis], *, start: float | None, write: Callable[[float], str]
) -> Json:
    variant, standing, labels = entry.variant, entry.standing, labels_of(board.parameters)
    runs = standing.runs if standing is not None else ()
    ended = [run.ended for run in runs if run.ended is not None]
    over = entry.state in ("done", "pruned", "failed") and start is not None and ended
    return {
        "n": variant.number,
        "name": variant.name,
        "state": entry.state,
        "rank": entry.rank,
        "value": entry.value,
        "deviation": standing.deviation if standing is not None else None,
        "shown": value_text(standing, write),
        "params": variant.params,
        "seconds": entry.seconds,
        "ended": round(max(ended) - start, 3) if over and start is not None else None,
        "values": [[labels[key], shown(value)] for key, value in variant.values],
        "places": _places(entry, axes) if entry.rank is not None else None,
        "facts": _facts(entry),
        "runs": [_run(run, write=write) for run in runs],
        "reasons": [entry.note] if entry.state == "duplicate" else list(variant.reasons),
        "document": variant.document,
        "difference": [[line.kind, line.text] for line in difference(board.sweep.document, variant.document)]
        if variant.document
        else [],
    }


def _facts(entry: Entry) -> list[list[str]]:
    facts = entry.variant.facts
    shape = facts.get("output_shape")
    found = [
        ["parameters", count_text(entry.variant.params)],
        ["trainable", _count(facts.get("trainable_params"))],
        ["layers", _count(facts.get("layers"))],
        ["memory", size_text(facts.get("memory"))],
        ["output", shape_text(shape)],
        ["hash", hash_text(facts.get("hash"))],
    ]
    return [row for row in found if row[1] != "–"]


def _count(value: object) -> str:
    return count_text(value if isinstance(value, int) else None)


def _run(run: RunRow, *, write: Callable[[float], str]) -> Json:
    rows = [
        ("seed", "" if run.seed is None else str(run.seed)),
        ("state", run.state.lower()),
        ("value", "" if run.value is None else write(run.value)),
        ("epochs", str(run.epochs) if run.epochs else ""),
        ("time", duration_text(run.spent) if run.spent else ""),
        ("attempts", str(run.attempt) if run.attempt > 1 else ""),
        ("ended", moment_text(run.ended) if run.ended is not None else ""),
        ("host", run.host or ""),
        ("folder", f"runs/{run.folder}"),
    ]
    log = run.error.get("log")
    lines = log if isinstance(log, str) else "\n".join(map(str, log)) if isinstance(log, list | tuple) else ""
    return {
        "facts": [[name, text] for name, text in rows if text],
        "error": failure_text(run) if run.state == "FAILED" else "",
        "log": lines,
    }


def _runs(board: Board) -> list[RunRow]:
    return [run for entry in board.entries if entry.standing is not None for run in entry.standing.runs]


def _curves(board: Board, curves: Mapping[str, Curves]) -> Json:
    runs = [(run, curves[run.folder]) for run in _runs(board) if run.folder in curves]
    runs = [(run, found) for run, found in runs if found.metrics]
    names = list(dict.fromkeys(name for _, found in runs for name in found.metrics))
    metric = board.sweep.metric
    first = metric if metric in names else next(iter(names), None)
    return {
        "metrics": names,
        "first": first,
        "runs": [
            {
                "n": run.variant,
                "seed": run.seed,
                "epochs": found.epochs,
                "values": dict(found.metrics),
            }
            for run, found in runs
        ],
    }
