"""`weights.load`: a document's files matched with its model, and each variable told where its values lie."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from modelspec.diagnostics import Place, Report
from modelspec.frozen import dataclass
from modelspec.graph.model import Program
from modelspec.language.closed import Load
from modelspec.source.files import shown_path
from modelspec.weights.attach.plan import Plan, make_plan
from modelspec.weights.attach.rules import Problem, Rule
from modelspec.weights.attach.stored import Stored
from modelspec.weights.attach.targets import layer_names, targets_of

if TYPE_CHECKING:
    from modelspec.link.linked import Linked, Variable
    from modelspec.weights.checkpoint import Checkpoint


@dataclass(frozen=True, slots=True)
class Attached:
    """What the files of a document give to its model.

    Args:
        plan: what goes into each variable.
        assets: what layers take besides values, by its path below `assets/`.
    """

    plan: Plan
    assets: Mapping[str, bytes]


def loads_of(program: Program) -> tuple[tuple[str, Load], ...]:
    """The loads of a document, those of the documents it nests before its own, each with the model's path."""
    return tuple(_loads(program, ""))


def _loads(program: Program, prefix: str) -> Iterator[tuple[str, Load]]:
    for key, nested in program.nested:
        yield from _loads(nested, f"{prefix}{key}/")
    for load in program.spec.weights.loads:
        yield prefix, load


def plan_weights(linked: Linked, program: Program, report: Report) -> Attached | None:
    """What will be in each variable; `None` where the document loads nothing, or a file cannot be read.

    Files are opened for what they say of their tensors; no values are read, but for a `sha256`.
    """
    loads = [load for _, load in loads_of(program)]
    if not loads:
        return None
    with ExitStack() as stack:
        checkpoints = _opened(loads, stack, report)
        if report.has_errors:
            return None
        shown = {load.path: load.file for load in loads}
        plan = make_plan(
            targets_of(linked.groups, linked.variables),
            [
                (_rule(prefix, load), stored_of(checkpoints[load.path], shown[load.path]))
                for prefix, load in loads_of(program)
            ],
            layers=layer_names(linked.groups),
            told=lambda number, problem: _tell(loads[number], problem, report),
            assets=[path for path, _ in linked.assets],
        )
        warn_of_overrides(plan, [load.origin.place for load in loads], report)
        assets = {own: checkpoints[loads[number].path].asset(theirs) for number, theirs, own in plan.assets}
    return Attached(plan, assets)


def stored_of(checkpoint: Checkpoint, shown: str) -> Stored:
    """What matching knows of a file.

    Args:
        shown: how messages call it.
    """
    return Stored(
        shown,
        checkpoint.tensors,
        checkpoint.is_hdf5,
        checkpoint.layer_names,
        tuple(checkpoint.assets),
        checkpoint.is_ordered,
    )


def with_sources(linked: Linked, attached: Attached, program: Program) -> Linked:
    """The model, each variable that a file fills with the file and its place there."""
    loads, plan = loads_of(program), attached.plan
    variables = tuple(
        variable if at not in plan.given else _sourced(variable, loads[plan.given[at].load][1], plan, at)
        for at, variable in enumerate(linked.variables)
    )
    assets = tuple((path, attached.assets.get(path, content)) for path, content in linked.assets)
    return replace(linked, variables=variables, assets=assets)


def _sourced(variable: Variable, load: Load, plan: Plan, at: int) -> Variable:
    source = str(load.path), plan.given[at].tensor.key
    return replace(variable, source=source, initializer=None, value=None)


def _opened(loads: Sequence[Load], stack: ExitStack, report: Report) -> Mapping[Path, Checkpoint]:
    from modelspec.archive.checkpoint import open_checkpoint

    checkpoints: dict[Path, Checkpoint] = {}
    for load in loads:
        if load.path in checkpoints and load.sha256 is None:
            continue
        shown_as = Path(shown_path(load.path))
        checkpoint = open_checkpoint(shown_as, report, place=load.origin.place, sha256=load.sha256)
        if checkpoint is not None:
            checkpoints[load.path] = stack.enter_context(checkpoint)
    return checkpoints


def _rule(prefix: str, load: Load) -> Rule:
    """The rule of a load; of a nested document's, for the part of the whole model that it is."""
    into = f"{prefix}{load.into or ''}".rstrip("/") or None
    return Rule(
        source=load.source,
        into=into,
        match=load.match,
        rename=load.rename,
        only=_below(prefix, load.only),
        exclude=_below(prefix, load.exclude),
        missing=load.missing,
        unexpected=load.unexpected,
        mismatch=load.mismatch,
        optimizer=load.optimizer,
    )


def _below(prefix: str, patterns: Sequence[str]) -> tuple[str, ...]:
    return tuple(
        f"!{prefix}{pattern[1:]}" if pattern.startswith("!") else f"{prefix}{pattern}" for pattern in patterns
    )


def _tell(load: Load, problem: Problem, report: Report) -> None:
    origin = load.origin_of(problem.part)
    report.add(problem.code, problem.message, origin.place, help=problem.help, frames=origin.frames)


def warn_of_overrides(plan: Plan, places: Sequence[Place | None], report: Report) -> None:
    """Tell of each file that takes variables over from an earlier one.

    Args:
        places: where each load is written.
    """
    for (later, earlier), count in sorted(plan.overridden.items()):
        what = "1 variable" if count == 1 else f"{count:,} variables"
        report.add(
            "weights-overridden",
            f"`{plan.files[later]}` takes {what} over from `{plan.files[earlier]}`",
            places[later],
            help="`except` in one of the two says which it shall be",
        )
