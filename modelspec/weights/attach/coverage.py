"""Which tensors of a file, and which variables of a model, a rule is about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from modelspec.diagnostics import nearest
from modelspec.weights.attach.named import LONGEST_NAME, named
from modelspec.weights.attach.rules import Problem, Rule
from modelspec.weights.attach.stored import Stored
from modelspec.weights.attach.subtrees import is_below
from modelspec.weights.attach.targets import Target
from modelspec.weights.keras_order import of_optimizer
from modelspec.weights.names import steps_of
from modelspec.weights.patterns import match_either

_LISTED = "`modelspec weights plan` lists the variables of a document, `weights show` those of an archive"


def named_source(rule: Rule, stored: Stored) -> Rule:
    """The rule with its `source`, where that is an HDF5 address, as names."""
    source = rule.source
    if source is None or not stored.is_hdf5 or not any(is_below(one.key, source) for one in stored.tensors):
        return rule
    return replace(rule, source="/".join(steps_of(source, stored.layers)))


def tensors_inside(rule: Rule, stored: Stored, problems: list[Problem]) -> tuple[int, ...]:
    """Positions of the tensors below `source`, never the optimizer's; a `source` that is nothing is told."""
    found = tuple(
        position
        for position, tensor in enumerate(stored.tensors)
        if not (stored.is_hdf5 and of_optimizer(tensor.key))
        and (rule.source is None or any(is_below(name, rule.source) for name in (*tensor.names, tensor.key)))
    )
    if not found and rule.source is not None:
        near = nearest(
            rule.source[:LONGEST_NAME], heads(tensor.names or (tensor.key,) for tensor in stored.tensors)
        )
        problems.append(
            Problem(
                "unknown-subtree",
                f"`{stored.shown}` has nothing below {named(rule.source)}",
                f"did you mean {named(near)}?"
                if near
                else f"`modelspec weights show {stored.shown}` lists it",
                ("from",),
            )
        )
    return found


def targets_around(rule: Rule, targets: Sequence[Target], problems: list[Problem]) -> tuple[int, ...]:
    """Positions of the variables below `into`, never the optimizer's; an `into` that is nothing is told."""
    found = tuple(
        position
        for position, target in enumerate(targets)
        if target.role != "optimizer"
        and (rule.into is None or any(is_below(name, rule.into) for name in (target.path, *target.names)))
    )
    if not found and rule.into is not None:
        near = nearest(rule.into[:LONGEST_NAME], heads((target.path,) for target in targets))
        problems.append(
            Problem(
                "unknown-subtree",
                f"this model has no variable below {named(rule.into)}",
                f"did you mean {named(near)}?" if near else _LISTED,
                ("into",),
            )
        )
    return found


def heads(names: Iterable[Sequence[str]]) -> list[str]:
    """Every path that something is below."""
    found: dict[str, None] = {}
    for group in names:
        for name in group:
            steps = name.split("/")[:-1]
            found.update(dict.fromkeys("/".join(steps[:count]) for count in range(1, len(steps) + 1)))
    return list(found)


def targets_covered(
    rule: Rule,
    targets: Sequence[Target],
    around: tuple[int, ...],
    problems: list[Problem],
    *,
    beside: Sequence[Sequence[str]] = (),
) -> tuple[int, ...]:
    """Those of the variables `around` that `only` and `exclude` leave; idle patterns are told.

    Args:
        beside: names of what has no variables and patterns may choose, each thing's.
    """
    paths = [*((targets[position].path, targets[position].layer) for position in around), *beside]
    chosen = set(range(len(paths)))
    if rule.only:
        chosen &= set(_chosen("only", rule.only, paths, problems))
    if rule.exclude:
        chosen -= set(_chosen("except", rule.exclude, paths, problems))
    return tuple(position for number, position in enumerate(around) if number in chosen)


def _chosen(
    key: str, patterns: Sequence[str], paths: Sequence[Sequence[str]], problems: list[Problem]
) -> tuple[int, ...]:
    chosen, idle = match_either(patterns, paths)
    for position in idle:
        near = nearest(
            patterns[position].removeprefix("!").removesuffix("/**")[:LONGEST_NAME],
            dict.fromkeys(path for names in paths for path in names),
        )
        problems.append(
            Problem(
                "idle-pattern",
                f"the pattern {named(patterns[position])} of `{key}` matches no variable and no layer",
                f"did you mean {named(near)}?" if near else _LISTED,
                (key, position),
            )
        )
    return chosen
