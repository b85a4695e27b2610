"""What was tried, as a study in a database of Optuna: for its dashboard, and for programs that read such."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import field
from typing import Any, Literal

from modelspec.frozen import dataclass
from modelspec.search.library import optuna
from modelspec.source.tree import Primitive


class ExportError(Exception):
    """The database does not take the study; the message says why, in one line."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A point that was run.

    Args:
        values: of each part that the point has, by its key.
        value: of the objective; `None` where it failed.
        steps: of the objective after each epoch, of the first seed.
        notes: whatever else is known of it, as JSON values.
    """

    values: tuple[tuple[str, Primitive], ...]
    state: Literal["done", "pruned", "failed"]
    value: float | None
    steps: Mapping[int, float] = field(default_factory=dict)
    notes: Mapping[str, object] = field(default_factory=dict)


def export_study(
    address: str, points: Sequence[Ended], *, name: str, goal: str, log: Collection[str] = ()
) -> None:
    """Write a study with a trial for each point.

    Args:
        address: of the database, as SQLAlchemy has it: `sqlite:///optuna.db`.
        name: of the study, which must not be there.
        goal: `maximize` or `minimize`.
        log: the keys whose values are spread by their logarithm.

    Raises:
        MissingLibraryError: Optuna cannot be used.
        ExportError: the database cannot be written, or has such a study.
    """
    library = optuna()
    distributions = _distributions(library.distributions, points, frozenset(log))
    try:
        study = library.create_study(storage=address, study_name=name, direction=goal)
        study.add_trials([_trial(library.trial, point, distributions) for point in points])
    except library.exceptions.DuplicatedStudyError:
        raise ExportError(f"`{address}` has a study `{name}` already") from None
    except Exception as error:  # of the database's driver, whichever that is
        first = str(error).strip().partition("\n")[0]
        raise ExportError(f"`{address}` takes no study: {first}") from None


def _trial(trial: Any, point: Ended, distributions: Mapping[str, Any]) -> Any:
    states = trial.TrialState
    state = {"done": states.COMPLETE, "pruned": states.PRUNED, "failed": states.FAIL}[point.state]
    return trial.create_trial(
        state=state,
        value=point.value if point.state == "done" else None,
        params=dict(point.values),
        distributions={key: distributions[key] for key, _ in point.values},
        intermediate_values=dict(point.steps),
        user_attrs=dict(point.notes),
    )


def _distributions(module: Any, points: Sequence[Ended], log: frozenset[str]) -> dict[str, Any]:
    """What each key may be, by what it was: a space may have been widened since."""
    seen: dict[str, list[Primitive]] = {}
    for point in points:
        for key, value in point.values:
            seen.setdefault(key, []).append(value)
    return {key: _distribution(module, values, log=key in log) for key, values in seen.items()}


def _distribution(module: Any, values: list[Primitive], *, log: bool) -> Any:
    numbers = [one for one in values if isinstance(one, int | float) and not isinstance(one, bool)]
    if len(numbers) < len(values):
        return module.CategoricalDistribution(tuple(dict.fromkeys(values)))
    low, high = min(numbers), max(numbers)
    log = log and low > 0
    if all(isinstance(one, int) for one in numbers):
        return module.IntDistribution(low, high, log=log)
    return module.FloatDistribution(float(low), float(high), log=log)
