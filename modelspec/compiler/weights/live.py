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
from modelspec.diagnostics import Diagnostic, Report, nearest
from modelspec.link.live import LiveModel, put_assets, put_values, read_live
from modelspec.weights.attach.plan import Plan, make_plan
from modelspec.weights.attach.rules import Rule
from modelspec.weights.attach.targets import layer_names, targets_of
from modelspec.weights.casting import as_dtype
from modelspec.weights.checkpoint import Checkpoint
from modelspec.weights.dtypes import stored_dtype
from modelspec.weights.nan_watch import NanWatch

if TYPE_CHECKING:
    Weights = str | os.PathLike[str] | Mapping[str, Any]


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


def plan_live(model: Any, weights: Weights, options: Mapping[str, Any]) -> AttachPlan:
    """What would go into each variable. Raises `SpecError` where the file cannot be read."""
    report, rule = Report(), _rule(options)
    with _opened(weights, options, report) as checkpoint:
        live = read_live(model, with_assets=bool(checkpoint.assets))
        plan = _planned(live, checkpoint, rule, report)
    return _shown(live, plan, report)


def attach_live(model: Any, weights: Weights, options: Mapping[str, Any]) -> AttachPlan:
    """Put values into a model; raises `SpecError`, and leaves the model as it is, on any error."""
    report, rule = Report(), _rule(options)
    with _opened(weights, options, report) as checkpoint:
        live = read_live(model, with_assets=bool(checkpoint.assets))
        plan = _planned(live, checkpoint, rule, report)
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


def _opened(weights: Weights, options: Mapping[str, Any], report: Report) -> Checkpoint:
    if isinstance(weights, Mapping):
        if options.get("sha256") is not None:
            raise TypeError("`sha256` is of a file, and arrays have none")
        checkpoint: Checkpoint | None = checkpoint_of_arrays(weights, shown="the arrays")
    else:
        checkpoint = open_checkpoint(Path(weights), report, sha256=options.get("sha256"))
    report.raise_if_errors()
    assert checkpoint is not None
    return checkpoint


def _planned(live: LiveModel, checkpoint: Checkpoint, rule: Rule, report: Report) -> Plan:
    stored = stored_of(checkpoint, str(checkpoint.path))
    return make_plan(
        targets_of(live.groups, live.variables),
        [(rule, stored)],
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
_TEXTS = ("sha256", "source", "into")
_PATTERNS = ("only", "exclude")
_OPTIONS = (*_CHOICES, *_TEXTS, *_PATTERNS, "rename", "optimizer")


def _rule(options: Mapping[str, Any]) -> Rule:
    """The options as a rule.

    Raises:
        TypeError: there is no such option, or it takes another kind of value.
        ValueError: a word that the option does not take.
    """
    for name, value in options.items():
        if name not in _OPTIONS:
            near = nearest(name, _OPTIONS)
            raise TypeError(f"there is no option `{name}`{f'; did you mean `{near}`?' if near else ''}")
        wrong = _wrong_kind(name, value)
        if wrong is not None:
            raise TypeError(f"`{name}` is {wrong}, not {value!r}")
        if name in _CHOICES and value not in _CHOICES[name]:
            raise ValueError(f"`{name}` is one of {', '.join(_CHOICES[name])}, not {value!r}")
    known = {name: value for name, value in options.items() if name != "sha256" and value is not None}
    for key in _PATTERNS:
        if key in known:
            known[key] = (known[key],) if isinstance(known[key], str) else tuple(known[key])
    if "rename" in known:
        known["rename"] = tuple(known["rename"].items())
    return Rule(**known)


def _wrong_kind(name: str, value: Any) -> str | None:
    """What an option is, where its value is something else."""
    if value is None and name in (*_TEXTS, *_PATTERNS, "rename"):
        return None
    if name == "optimizer":
        return None if isinstance(value, bool) else "true or false"
    if name == "rename":
        texts = isinstance(value, Mapping) and all(
            isinstance(key, str) and isinstance(to, str) for key, to in value.items()
        )
        return None if texts else "a mapping of texts to texts"
    if name in _PATTERNS:
        listed = isinstance(value, list | tuple) and all(isinstance(one, str) for one in value)
        return None if isinstance(value, str) or listed else "a pattern or a list of some"
    return None if isinstance(value, str) else "a text"
