"""Weights for a model that is there already: planned, then read whole, then put into it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from modelspec.archive.checkpoint import checkpoint_of_arrays, open_checkpoint
from modelspec.compiler.weights.document import stored_of
from modelspec.compiler.weights.nan_weights import warn_of_nans
from modelspec.compiler.weights.table import WeightsRow, rows_of
from modelspec.diagnostics import Diagnostic, Report
from modelspec.link.live import LiveModel, put_assets, put_values, read_live
from modelspec.weights.attach.plan import Plan, make_plan
from modelspec.weights.attach.rules import Rule
from modelspec.weights.attach.targets import layer_names, targets_of
from modelspec.weights.casting import as_dtype
from modelspec.weights.checkpoint import Checkpoint
from modelspec.weights.dtypes import stored_dtype
from modelspec.weights.nan_watch import NanWatch

if TYPE_CHECKING:
    Given = str | os.PathLike[str] | Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AttachPlan:
    """What goes into each variable of a model.

    Args:
        rows: the variables in Keras' order, and behind them what the file has besides.
        diagnostics: what does not fit, and warnings.
    """

    rows: tuple[WeightsRow, ...]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def fits(self) -> bool:
        """Whether nothing keeps the weights from being attached."""
        return all(item.severity != "error" for item in self.diagnostics)


def plan_live(model: Any, weights: Given, options: Mapping[str, Any]) -> AttachPlan:
    """What would go into each variable. Raises `SpecError` where the file cannot be read."""
    report = Report()
    with _opened(weights, options, report) as checkpoint:
        live = read_live(model, with_assets=bool(checkpoint.assets))
        plan = _planned(live, checkpoint, options, report)
    return _shown(live, plan, report)


def attach_live(model: Any, weights: Given, options: Mapping[str, Any]) -> AttachPlan:
    """Put values into a model; raises `SpecError`, and leaves the model as it is, on any error."""
    report = Report()
    with _opened(weights, options, report) as checkpoint:
        live = read_live(model, with_assets=bool(checkpoint.assets))
        plan = _planned(live, checkpoint, options, report)
        report.raise_if_errors()
        # All are read before the first is given: a file that breaks off changes nothing.
        watch = NanWatch()
        values = {
            live.variables[at].address: watch.watched(
                as_dtype(checkpoint.values(given.tensor), stored_dtype(live.variables[at].dtype)),
                plan.files[given.load],
                plan.targets[at].path,
            ).array()
            for at, given in plan.given.items()
        }
        assets = {path: checkpoint.asset(theirs) for _, theirs, path in plan.assets}
    put_values(live, values)
    put_assets(live, assets)
    warn_of_nans(watch, report)
    return _shown(live, plan, report)


def _shown(live: LiveModel, plan: Plan, report: Report) -> AttachPlan:
    return AttachPlan(rows_of(live.variables, plan.targets, plan), tuple(report.diagnostics))


def _opened(weights: Given, options: Mapping[str, Any], report: Report) -> Checkpoint:
    if isinstance(weights, Mapping):
        checkpoint: Checkpoint | None = checkpoint_of_arrays(weights, shown="the arrays")
    else:
        checkpoint = open_checkpoint(Path(weights), report, sha256=options.get("sha256"))
    report.raise_if_errors()
    assert checkpoint is not None
    return checkpoint


def _planned(live: LiveModel, checkpoint: Checkpoint, options: Mapping[str, Any], report: Report) -> Plan:
    stored = stored_of(checkpoint, str(checkpoint.path))
    return make_plan(
        targets_of(live.groups, live.variables),
        [(_rule(options), stored)],
        layers=layer_names(live.groups),
        told=lambda number, problem: report.add(problem.code, problem.message, None, help=problem.help),
        assets=live.assets,
    )


_CHOICES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "match": ("name", "path", "order"),
        "missing": ("error", "init"),
        "unexpected": ("error", "ignore"),
        "mismatch": ("error", "skip"),
    }
)


def _rule(options: Mapping[str, Any]) -> Rule:
    """The options as a rule. Raises `ValueError` for a word that none of them takes."""
    known = {key: value for key, value in options.items() if key != "sha256"}
    for key, choices in _CHOICES.items():
        if known.get(key, choices[0]) not in choices:
            raise ValueError(f"`{key}` is one of {', '.join(choices)}, not {known[key]!r}")
    for key in ("only", "exclude"):
        if key in known:
            known[key] = (known[key],) if isinstance(known[key], str) else tuple(known[key])
    if "rename" in known:
        known["rename"] = tuple(known["rename"].items())
    return Rule(**known)
