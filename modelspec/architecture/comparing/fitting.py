"""Which values of a file of weights of the first model still fit the second: by name, and in Keras' order.

Keras finds values by addresses that count the layers of each class (`keras.src.saving.saving_lib`,
`_save_container_state`), whatever they are called; modelspec finds them by the names of layers. Either may
find values that were another layer's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Literal

from modelspec.architecture.comparing.sides import NodePath, Variable
from modelspec.frozen import dataclass

Status = Literal["kept", "reshaped", "misplaced", "new", "gone"]

STATUSES: tuple[Status, ...] = ("kept", "reshaped", "misplaced", "new", "gone")


@dataclass(frozen=True, slots=True)
class Fit:
    """What becomes of each variable.

    Args:
        variables: each of the second model with what it gets: `kept` its own values, `reshaped` values of
            another shape, `misplaced` those of another layer, `new` none; then those of the first that nobody
            gets, `gone`. With the variable of the first where one is found.
    """

    variables: tuple[tuple[Status, Variable, Variable | None], ...]

    def count(self, status: Status) -> int:
        """How many variables have a status."""
        return sum(found == status for found, _, _ in self.variables)

    @property
    def layers(self) -> tuple[int, int]:
        """How many layers of the second get all of their own values, and how many there are with any."""
        whole: dict[NodePath, bool] = {}
        for status, variable, _ in self.variables:
            if status != "gone":
                whole[variable.layer] = whole.get(variable.layer, True) and status == "kept"
        return sum(whole.values()), len(whole)

    @property
    def first_misfit(self) -> NodePath | None:
        """The first layer of the second that does not get all of its own values."""
        return next((variable.layer for status, variable, _ in self.variables if status != "kept"), None)


@dataclass(frozen=True, slots=True)
class Fits:
    """The verdicts.

    Args:
        by_name: as `match: name` finds values.
        by_order: as Keras' `load_weights` does.
        renamed: how many variables more fit by name once layers that were renamed are renamed in the file.
    """

    by_name: Fit
    by_order: Fit
    renamed: int


def fits(
    before: tuple[Variable, ...],
    after: tuple[Variable, ...],
    paths: Mapping[NodePath, NodePath],
) -> Fits:
    """Which variables of the second the values of the first fit.

    Args:
        paths: of the layers of the second by those of the first that they are.
    """
    by_name = _fit(before, after, paths, lambda variable: (variable.layer, variable.below))
    by_order = _fit(before, after, paths, lambda variable: variable.address)
    own = {(paths.get(variable.layer), variable.below): variable.shape for variable in before}
    renamed = sum(
        status != "kept" and own.get((variable.layer, variable.below)) == variable.shape
        for status, variable, _ in by_name.variables
        if status != "gone"
    )
    return Fits(by_name, by_order, renamed)


def _fit(
    before: tuple[Variable, ...],
    after: tuple[Variable, ...],
    paths: Mapping[NodePath, NodePath],
    key: Callable[[Variable], object],
) -> Fit:
    known = {key(variable): variable for variable in before}
    wanted = {key(variable) for variable in after}
    found: list[tuple[Status, Variable, Variable | None]] = [
        (_status(known.get(key(variable)), variable, paths), variable, known.get(key(variable)))
        for variable in after
    ]
    found += [("gone", variable, variable) for variable in _without(before, wanted, key)]
    return Fit(tuple(found))


def _without(
    variables: Iterable[Variable], wanted: set[object], key: Callable[[Variable], object]
) -> list[Variable]:
    return [variable for variable in variables if key(variable) not in wanted]


def _status(stored: Variable | None, variable: Variable, paths: Mapping[NodePath, NodePath]) -> Status:
    if stored is None:
        return "new"
    if stored.shape != variable.shape:
        return "reshaped"
    own = paths.get(stored.layer) == variable.layer and stored.below == variable.below
    return "kept" if own else "misplaced"
