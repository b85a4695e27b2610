"""The plan of a model's weights as a table: every variable, what will be in it, and what is not used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Literal

from modelspec.compiler.values import Compiled
from modelspec.link.linked import Variable
from modelspec.weights.attach.plan import Plan
from modelspec.weights.attach.targets import Target, targets_of
from modelspec.weights.keras_order import of_optimizer

Status = Literal["loaded", "initialised", "kept", "skipped", "mismatched", "missing", "unused"]


@dataclass(frozen=True, slots=True)
class WeightsRow:
    """One variable of the model, or one tensor that no variable takes.

    Args:
        path: the variable's graph path; empty for a tensor that is not used.
        shape: sizes; of the tensor where it is not used.
        dtype: as Keras names it.
        status: what becomes of it.
        file: the file it comes from, or would; as the document names it.
        tensor: what it is called there.
        stored: shape and dtype there, where they differ.
        initializer: the class that draws it; empty where none does.
        over: the file whose values it takes the place of.
        because: for what is skipped, the variable whose shape differs.
    """

    path: str
    shape: tuple[int, ...]
    dtype: str
    status: Status
    file: str = ""
    tensor: str = ""
    stored: str = ""
    initializer: str = ""
    over: str = ""
    because: str = ""

    @property
    def params(self) -> int:
        """How many numbers it holds."""
        return prod(self.shape)


def weights_rows(compiled: Compiled, *, optimizer: bool = False) -> tuple[WeightsRow, ...]:
    """The rows of the model's variables in their order, and behind them what the files have besides.

    Args:
        optimizer: whether the optimizer's variables are among them; those that are loaded always are.
    """
    linked, plan = compiled.linked, compiled.plan
    targets = plan.targets if plan is not None else targets_of(linked.groups, linked.variables)
    return tuple(
        row
        for row in rows_of(linked.variables, targets, plan)
        if optimizer or row.status == "loaded" or not of_optimizer(row.path)
    )


def rows_of(
    variables: Sequence[Variable], targets: Sequence[Target], plan: Plan | None
) -> tuple[WeightsRow, ...]:
    """The rows of variables, and behind them what the files of a plan have besides.

    Args:
        variables: of a model.
        targets: the same, as they are matched.
        plan: what is put into them; `None` for nothing.
    """
    rows = [
        _row(at, target, variable, plan)
        for at, (target, variable) in enumerate(zip(targets, variables, strict=True))
    ]
    if plan is not None:
        rows += (
            WeightsRow(
                "", one.tensor.shape, one.tensor.dtype, "unused", plan.files[one.load], one.tensor.shown
            )
            for one in plan.unused
        )
    return tuple(rows)


def _row(at: int, target: Target, variable: Variable, plan: Plan | None) -> WeightsRow:
    if plan is not None:
        found: tuple[tuple[Status, object], ...] = (
            ("loaded", plan.given.get(at)),
            ("mismatched", plan.misfits.get(at)),
            ("skipped", plan.skipped.get(at)),
        )
        for status, one in found:
            if one is not None:
                return _of_file(at, target, status, plan)
    drawn = variable.initializer["class_name"] if variable.initializer is not None else ""
    file, tensor = variable.source or ("", "")
    return WeightsRow(
        target.path,
        target.shape,
        target.dtype,
        _without_load(at, variable, plan),
        file=Path(file).name,
        tensor=tensor,
        initializer=str(drawn),
    )


def _without_load(at: int, variable: Variable, plan: Plan | None) -> Status:
    """What becomes of a variable that no load gives anything."""
    if plan is not None and at in plan.missing:
        return "missing"
    # It has a value where it lies in a nested archive, and in a model that is there already.
    return "initialised" if variable.initializer is not None or variable.value is not None else "kept"


def _of_file(at: int, target: Target, status: Status, plan: Plan) -> WeightsRow:
    given = plan.given.get(at) or plan.misfits.get(at)
    skipped = plan.skipped.get(at)
    one = given or skipped
    assert one is not None
    over = given.over if given is not None else None
    return WeightsRow(
        target.path,
        target.shape,
        target.dtype,
        status,
        file=plan.files[one.load],
        tensor=one.tensor.shown,
        stored=_difference(one.tensor.shape, one.tensor.dtype, target),
        over=plan.files[over] if over is not None else "",
        because=skipped.because if skipped is not None and given is None else "",
    )


def _difference(shape: tuple[int, ...], dtype: str, target: Target) -> str:
    parts = [
        f"[{', '.join(map(str, shape))}]" if shape != target.shape else "",
        dtype if dtype != target.dtype else "",
    ]
    return " ".join(filter(None, parts))
