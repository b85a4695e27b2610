"""The section `sweep`: its tree to a typed sweep, every mistake at its line."""

from __future__ import annotations

from modelspec.diagnostics import Report
from modelspec.language.expressions import ExpressionError, parse_template
from modelspec.language.words import SWEEP_KEYS
from modelspec.source.tree import Entry, Mapping, Node, Scalar, Sequence
from modelspec.sweep.conditions import placed
from modelspec.sweep.read_settings import (
    read_artifacts,
    read_budget,
    read_objective,
    read_on_failure,
    read_placement,
    read_prune,
    read_repeats,
    read_track,
)
from modelspec.sweep.read_space import read_space
from modelspec.sweep.read_start import read_start
from modelspec.sweep.scalars import entries_of, read_integer, read_word
from modelspec.sweep.values import Artifacts, Budget, Condition, Method, OnFailure, Placement, Space, Sweep

METHODS = ("grid", "random", "bayes")
_EXAMPLE = "sweep: {method: grid, space: {vars.width: [8, 16]}}"


def read_sweep(section: Entry, report: Report) -> Sweep:
    """A sweep; what is wrong in it is reported, and left out."""
    place = section.key.place
    node = section.value
    if isinstance(node, Mapping) and (train := node.entry("train")):
        report.add(
            "unknown-key",
            "how each variant is trained stands beside `sweep`, not in it",
            train.key.place,
            help="move `train` to the document, or write the sweep as a file of its own",
        )
        node = Mapping(tuple(entry for entry in node.entries if entry is not train), node.place)
    found = entries_of(node, SWEEP_KEYS, "`sweep`", report, example=_EXAMPLE)
    method = _method(found.get("method"), section, report)
    seed = read_integer(found["seed"].value, "`seed`", report, low=0) if "seed" in found else 0
    space = Space()
    if "space" in found:
        space = read_space(found["space"].value, method, report)
    elif isinstance(node, Mapping):
        report.add("missing-key", "a sweep needs a `space`", place, help=f"for example `{_EXAMPLE}`")
    sweep = Sweep(
        method=method,
        seed=seed or 0,
        space=space,
        place=place,
        keep=_keep(found.get("keep"), report),
        name=_condition(found["name"].value, "`name`", report) if "name" in found else None,
        objective=read_objective(found.get("objective"), report),
        start=read_start(found.get("start"), space, method, report),
        repeats=read_repeats(found.get("repeats"), report),
        prune=read_prune(found.get("prune"), report),
        budget=read_budget(found.get("budget"), report) or Budget(),
        on_failure=read_on_failure(found.get("on_failure"), report) or OnFailure(),
        run=read_placement(found.get("run"), report) or Placement(),
        track=read_track(found.get("track"), report),
        artifacts=read_artifacts(found.get("artifacts"), report) or Artifacts(),
    )
    for key, what in (("method", "a search by `bayes`"), ("prune", "`prune`")):
        needs = method == "bayes" if key == "method" else sweep.prune is not None
        if needs and "objective" not in found:
            report.add(
                "missing-key",
                f"{what} needs an `objective`",
                found[key].key.place,
                help="write `objective: {metric: val_accuracy, goal: maximize}`",
            )
    return sweep


def _method(entry: Entry | None, section: Entry, report: Report) -> Method:
    if entry is None:
        if isinstance(section.value, Mapping):
            report.add(
                "missing-key",
                "a sweep needs a `method`",
                section.key.place,
                help="write `method: grid`, `random` or `bayes`",
            )
        return "random"
    match read_word(entry.value, METHODS, "`method`", report):
        case "grid":
            return "grid"
        case "bayes":
            return "bayes"
        case _:
            return "random"


def _keep(entry: Entry | None, report: Report) -> tuple[Condition, ...]:
    if entry is None:
        return ()
    nodes = entry.value.items if isinstance(entry.value, Sequence) else (entry.value,)
    found = (_condition(node, "a condition of `keep`", report) for node in nodes)
    return tuple(condition for condition in found if condition is not None)


def _condition(node: Node, what: str, report: Report) -> Condition | None:
    """A text with `$…`, whose names may have dots."""
    example = "$(plan.params < 1000000)" if "keep" in what else "w$(vars.width)"
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        report.add("wrong-kind", f"{what} must be a text", node.place, help=f"for example `{example}`")
        return None
    condition = Condition(node.value, node.place, quoted=not node.plain)
    try:
        template = parse_template(node.value, dotted=True)
    except ExpressionError as error:
        report.add(error.code, error.message, placed(condition, error), help=error.help)
        return None
    if "keep" in what and (template is None or len(template.parts) != 1):
        report.add(
            "wrong-value",
            f"`{node.value}` is no condition",
            node.place,
            help=f"write `$({node.value})`" if template is None else f"for example `{example}`",
        )
        return None
    return condition
