"""What will be in every variable, and where it comes from: shown, and checked, before anything is written."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from modelspec.weights.attach.assets import Assets, match_assets
from modelspec.weights.attach.conversion import is_convertible
from modelspec.weights.attach.findings import (
    misfit_problems,
    missing_problems,
    no_optimizer_state,
    nothing_fits,
    nothing_matches,
    optimizer_problem,
    unexpected_problems,
)
from modelspec.weights.attach.matching import Matching, match, match_optimizer
from modelspec.weights.attach.renaming import RenameError, Renaming, read_rule
from modelspec.weights.attach.rules import Problem, Rule
from modelspec.weights.attach.stored import Stored
from modelspec.weights.attach.targets import Target
from modelspec.weights.checkpoint import StoredTensor
from modelspec.weights.keras_order import of_optimizer

_RENAME_HELP = "plain text renames first steps, `*` stands for a part of one, and `(...)` goes where `\\1` is"


@dataclass(frozen=True, slots=True)
class Given:
    """Where a variable's values come from.

    Args:
        load: which of the loads, from 0.
        tensor: of its file.
        over: the load that had given it values before; `None` for none.
    """

    load: int
    tensor: StoredTensor
    over: int | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """A variable that a load would have filled but for shapes that differ, in it or elsewhere in its layer.

    Args:
        load: which of the loads, from 0.
        tensor: what the file has for it.
        because: the graph path of the variable whose shape differs.
    """

    load: int
    tensor: StoredTensor
    because: str


@dataclass(frozen=True, slots=True)
class Unused:
    """A tensor of a file that no variable takes.

    Args:
        load: which of the loads, from 0.
        tensor: the tensor.
    """

    load: int
    tensor: StoredTensor


@dataclass(frozen=True, slots=True)
class Plan:
    """Every variable of a model and what will be in it.

    Args:
        targets: the variables, in the model's order.
        given: by position: where values come from.
        skipped: by position: why values do not.
        misfits: by position: what the file has for a variable that cannot take it.
        missing: positions of the variables that must be given and are not.
        unused: what is left in the files, though it is in what the loads take.
        files: how messages call the file of each load.
        assets: of each load, what layers take besides values: a path in its file, and one of the model.
        failed: loads that could not be matched at all; what they would give is not known.
    """

    targets: tuple[Target, ...]
    given: Mapping[int, Given]
    skipped: Mapping[int, Skipped]
    misfits: Mapping[int, Given]
    missing: frozenset[int]
    unused: tuple[Unused, ...]
    files: tuple[str, ...]
    assets: tuple[tuple[int, str, str], ...] = ()
    failed: frozenset[int] = frozenset()

    @property
    def overridden(self) -> Mapping[tuple[int, int], int]:
        """How many variables a load takes over from an earlier one, by (later, earlier)."""
        counts: dict[tuple[int, int], int] = {}
        for one in self.given.values():
            if one.over is not None:
                key = (one.load, one.over)
                counts[key] = counts.get(key, 0) + 1
        return counts


Told = Callable[[int, Problem], None]
"""Told of a problem of the load at a position."""


def make_plan(
    targets: Sequence[Target],
    loads: Sequence[tuple[Rule, Stored]],
    *,
    layers: Mapping[str, str],
    told: Told,
    assets: Sequence[str] = (),
) -> Plan:
    """Match every load with a model, in order; a later one goes over an earlier one.

    Args:
        targets: the variables of the model.
        loads: rules, each with its file.
        layers: of the model: names by the address of their group.
        told: hears of every problem; with one, the plan is good for showing only.
        assets: paths of what layers of the model save besides variables.
    """
    given: dict[int, Given] = {}
    skipped: dict[int, Skipped] = {}
    unfit: dict[int, Given] = {}
    missed: set[int] = set()
    unused: list[Unused] = []
    covers: list[tuple[int, Matching]] = []
    failed: set[int] = set()
    own = Assets(assets, layers)
    for number, (rule, stored) in enumerate(loads):
        found = _matched(number, rule, stored, targets, own, told)
        if found is None:
            failed.add(number)
            continue
        covers.append((number, found))
        misfits = tuple(pair for pair in found.pairs if not _fits(stored.tensors[pair[0]], targets[pair[1]]))
        fitting = [pair for pair in found.pairs if pair not in frozenset(misfits)]
        state = _optimizer(number, stored, targets, told) if rule.optimizer else []
        if rule.mismatch == "skip":
            fitting = _in_whole_layers(fitting, misfits, targets)
            skipped |= _skipped(number, found.pairs, fitting, misfits, stored, targets)
            if found.pairs and not fitting and not state:
                told(number, nothing_fits(stored))
        else:
            unfit |= {at: Given(number, stored.tensors[tensor]) for tensor, at in misfits}
            _tell(number, misfit_problems(stored, targets, misfits), told)
        for tensor, at in [*fitting, *state]:
            before = given.get(at)
            given[at] = Given(number, stored.tensors[tensor], before.load if before is not None else None)
            skipped.pop(at, None)
        unused.extend(Unused(number, stored.tensors[one]) for one in found.left)
        if rule.unexpected == "error":
            _tell(number, unexpected_problems(stored, targets, found), told)
    for number, missing in _missing(covers, loads, targets, filled={*given, *skipped}):
        missed.update(missing)
        _tell(number, missing_problems(loads[number][1], targets, missing, dict(covers)[number]), told)
    return Plan(
        tuple(targets),
        given,
        skipped,
        {at: one for at, one in unfit.items() if at not in given},
        frozenset(missed),
        _left(unused, given, loads),
        tuple(stored.shown for _, stored in loads),
        tuple(
            (number, theirs, path) for number, _ in covers for theirs, path in _assets_of(*loads[number], own)
        ),
        frozenset(failed),
    )


def _left(
    unused: Sequence[Unused], given: Mapping[int, Given], loads: Sequence[tuple[Rule, Stored]]
) -> tuple[Unused, ...]:
    """What no load of the same file takes."""
    taken = {(loads[one.load][1].shown, one.tensor.key) for one in given.values()}
    left = {(loads[one.load][1].shown, one.tensor.key): one for one in unused}
    return tuple(one for place, one in left.items() if place not in taken)


def _assets_of(rule: Rule, stored: Stored, own: Assets) -> tuple[tuple[str, str], ...]:
    if not stored.assets or not own.paths:
        return ()
    renamings = [read_rule(written, to) for written, to in rule.rename]
    return match_assets(rule, renamings, Assets(stored.assets, stored.layers), own)


def _tell(number: int, problems: Iterable[Problem], told: Told) -> None:
    for problem in problems:
        told(number, problem)


def _matched(
    number: int,
    rule: Rule,
    stored: Stored,
    targets: Sequence[Target],
    own: Assets,
    told: Told,
) -> Matching | None:
    """What goes with what; `None`, and told, where the rule is wrong or nothing goes with anything."""
    renamings = _read_rules(number, rule, told)
    found = match(
        rule,
        stored,
        targets,
        layers=own.layers,
        renamings=renamings,
        beside=[own.owners(path) for path in own.paths],
    )
    _tell(number, found.problems, told)
    if found.problems or len(renamings) < len(rule.rename):
        return None
    if not found.pairs and not (rule.optimizer and match_optimizer(stored, targets)):
        told(number, nothing_matches(rule, stored, targets, found))
        return None
    return found


def _read_rules(number: int, rule: Rule, told: Told) -> Mapping[int, Renaming]:
    """The rules of `rename` that can be read, by position; the others are told."""
    found: dict[int, Renaming] = {}
    for position, (written, to) in enumerate(rule.rename):
        try:
            found[position] = read_rule(written, to)
        except RenameError as error:
            message = f"`{written}` of `rename`: {error}"
            told(number, Problem("bad-rename", message, _RENAME_HELP, ("rename", position)))
    return found


def _fits(tensor: StoredTensor, target: Target) -> bool:
    # Backends keep the state of a generator as whole numbers of different kinds.
    same_kind = is_convertible(tensor.dtype, target.dtype) or target.role == "state"
    return tensor.shape == target.shape and same_kind


def _in_whole_layers(
    fitting: Sequence[tuple[int, int]], misfits: Sequence[tuple[int, int]], targets: Sequence[Target]
) -> list[tuple[int, int]]:
    """The pairs of layers all of whose pairs fit: a new kernel beside an old bias is no layer of anyone's."""
    broken = {targets[at].layer for _, at in misfits}
    return [pair for pair in fitting if targets[pair[1]].layer not in broken]


def _skipped(
    number: int,
    pairs: Sequence[tuple[int, int]],
    fitting: Sequence[tuple[int, int]],
    misfits: Sequence[tuple[int, int]],
    stored: Stored,
    targets: Sequence[Target],
) -> dict[int, Skipped]:
    causes = {targets[at].layer: targets[at].path for _, at in reversed(misfits)}
    loaded = {at for _, at in fitting}
    return {
        at: Skipped(number, stored.tensors[tensor], causes[targets[at].layer])
        for tensor, at in pairs
        if at not in loaded
    }


def _optimizer(number: int, stored: Stored, targets: Sequence[Target], told: Told) -> list[tuple[int, int]]:
    """The optimizer's state, whole or not at all: its variables have numbers, not names."""
    pairs = match_optimizer(stored, targets)
    wanted = sum(target.role == "optimizer" for target in targets)
    has = sum(of_optimizer(tensor.key) for tensor in stored.tensors)
    if not wanted or not has:
        told(number, no_optimizer_state(stored, has=bool(has)))
        return []
    misfits = [pair for pair in pairs if not _fits(stored.tensors[pair[0]], targets[pair[1]])]
    if len(pairs) == wanted == has and not misfits:
        return list(pairs)
    told(number, optimizer_problem(stored, targets, misfits, has=has, wanted=wanted))
    return []


def _missing(
    covers: Sequence[tuple[int, Matching]],
    loads: Sequence[tuple[Rule, Stored]],
    targets: Sequence[Target],
    *,
    filled: Container[int],
) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Of each load, the variables that it is the last to cover and that nothing fills."""
    last = {at: number for number, found in covers for at in found.covered}
    for number, found in covers:
        if loads[number][0].missing == "init":
            continue
        paired = {at for _, at in found.pairs}  # those that do not fit are told of already
        missing = tuple(
            at
            for at in found.covered
            if last[at] == number and at not in paired and at not in filled and targets[at].role != "state"
        )
        if missing:
            yield number, missing
