"""One file matched with a model by a rule: by names, by addresses, or in Keras' order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from modelspec.diagnostics import nearest
from modelspec.weights.attach.coverage import (
    heads,
    named_source,
    targets_around,
    targets_covered,
    tensors_inside,
)
from modelspec.weights.attach.normal import renumbered
from modelspec.weights.attach.renaming import Renaming, rename_all
from modelspec.weights.attach.rules import Problem, Rule
from modelspec.weights.attach.stored import Stored
from modelspec.weights.attach.subtrees import address_of, common_group, relative, relative_names
from modelspec.weights.attach.targets import Target
from modelspec.weights.checkpoint import StoredTensor
from modelspec.weights.names import names_of

_OF_GENERATORS = "seed_generator"


@dataclass(frozen=True, slots=True)
class Matching:
    """Which tensor goes with which variable, by name alone: shapes are not looked at.

    Args:
        pairs: positions of tensors and of targets, in the targets' order.
        covered: the targets that the rule is about.
        left: the tensors that it is about and that no target wants, covered or not.
        names: what each tensor is called after renaming, its best name.
        problems: what is wrong with the rule itself; there are no pairs then.
    """

    pairs: tuple[tuple[int, int], ...] = ()
    covered: tuple[int, ...] = ()
    left: tuple[int, ...] = ()
    names: Mapping[int, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class _Case:
    """What one rule is about.

    Args:
        inside: positions of the tensors below `source`.
        around: positions of the targets below `into`, those that patterns take out included.
        covered: positions of those that patterns leave.
    """

    rule: Rule
    stored: Stored
    targets: Sequence[Target]
    layers: Mapping[str, str]
    renamings: Mapping[int, Renaming]
    inside: tuple[int, ...]
    around: tuple[int, ...]
    covered: tuple[int, ...]


def match(
    rule: Rule,
    stored: Stored,
    targets: Sequence[Target],
    *,
    layers: Mapping[str, str],
    renamings: Mapping[int, Renaming],
    beside: Sequence[Sequence[str]] = (),
) -> Matching:
    """Match what a file holds with the variables of a model.

    Args:
        rule: how.
        stored: the file.
        targets: the variables.
        layers: of the model: names by the address of their group.
        renamings: those rules of its `rename` that can be read, by position.
        beside: names of what has no variables and patterns may choose, each thing's.
    """
    problems: list[Problem] = []
    rule = named_source(rule, stored)
    inside = tensors_inside(rule, stored, problems)
    around = targets_around(rule, targets, problems)
    covered = targets_covered(rule, targets, around, problems, beside=beside)
    case = _Case(rule, stored, targets, layers, renamings, inside, around, covered)
    # Whatever is wrong with patterns, the rest of the rule is looked at too.
    pairs, names = _WAYS[rule.match](case, problems) if inside or not problems else ([], {})
    if problems:
        return Matching(problems=tuple(problems))
    wanted = frozenset(covered)
    taken = {tensor for tensor, _ in pairs}
    return Matching(
        pairs=tuple(sorted((pair for pair in pairs if pair[1] in wanted), key=lambda pair: pair[1])),
        covered=covered,
        left=tuple(one for one in inside if one not in taken and not _is_state(stored.tensors[one])),
        names=names,
    )


def match_optimizer(stored: Stored, targets: Sequence[Target]) -> tuple[tuple[int, int], ...]:
    """The optimizer's variables that both have, by their numbers: they have no names in a file."""
    by_address = {
        target.address: position for position, target in enumerate(targets) if target.role == "optimizer"
    }
    return tuple(
        (position, by_address[tensor.key])
        for position, tensor in enumerate(stored.tensors)
        if tensor.key in by_address
    )


_Pairs = tuple[list[tuple[int, int]], Mapping[int, str]]


def _by_name(case: _Case, problems: list[Problem]) -> _Pairs:
    stored, rule = case.stored, case.rule
    if stored.is_hdf5 and case.inside and not any(stored.tensors[at].names for at in case.inside):
        problems.append(
            Problem(
                "no-names",
                f"`{stored.shown}` does not say what its layers are called, so nothing is found by name",
                "`match: order` takes them as Keras does, `match: path` by their addresses in the file",
                ("match",),
            )
        )
        return [], {}
    known = {
        position: relative_names(stored.tensors[position].names, rule.source) for position in case.inside
    }
    flat = [(position, name) for position, names in known.items() for name in names]
    # A rule may be about a layer that has a vocabulary and no variables.
    others = (names_of(path, stored.layers) for path in stored.assets)
    beside = [name for names in others for name in relative_names(names, rule.source)]
    positions = list(case.renamings)
    renamed = rename_all(list(case.renamings.values()), [*(name for _, name in flat), *beside])
    for idle in (positions[rank] for rank in renamed.idle):
        written = rule.rename[idle][0]
        near = nearest(written, dict.fromkeys(heads((name,) for _, name in flat)))
        problems.append(
            Problem(
                "idle-pattern",
                f"`{written}` of `rename` matches nothing in `{stored.shown}`",
                f"did you mean `{near}`?"
                if near
                else f"`modelspec weights show {stored.shown}` lists the names",
                ("rename", idle),
            )
        )
    new: dict[int, list[str]] = {}
    for (position, _), name in zip(flat, renamed.names, strict=False):
        new.setdefault(position, []).append(name)
    _check_collisions(case, known, new, problems)
    every = {at: relative_names(case.targets[at].names, rule.into) for at in case.around}
    in_keras = {at: relative_names(case.targets[at].in_keras, rule.into) for at in case.around}
    pairs = _paired(new, every, in_keras)
    return pairs, {position: names[0] for position, names in new.items()}


def _check_collisions(
    case: _Case,
    known: Mapping[int, Sequence[str]],
    new: Mapping[int, Sequence[str]],
    problems: list[Problem],
) -> None:
    """Report tensors that renaming gave one name, by their best names."""
    first: dict[str, int] = {}
    for position, names in new.items():
        if not names:
            continue
        other = first.setdefault(names[0], position)
        if other == position or not case.renamings:
            continue
        renamed = position if known[position][0] != names[0] else other
        rules = case.renamings.items()
        part = next((n for n, rule in rules if rule.renamed(known[renamed][0]) is not None), 0)
        problems.append(
            Problem(
                "rename-collision",
                f"`rename` makes one name, `{names[0]}`, of `{known[other][0]}` and `{known[position][0]}`",
                "let each become a name of its own, or leave one out with `from`",
                ("rename", part),
            )
        )


def _paired(
    tensors: Mapping[int, Sequence[str]],
    targets: Mapping[int, Sequence[str]],
    in_keras: Mapping[int, Sequence[str]],
) -> list[tuple[int, int]]:
    """Tensors and targets that share a name: the best name of a tensor first, then the others.

    A name that several targets, or several tensors, go by is nobody's, but of targets one that goes by it in
    Keras comes before those whose paths read so.
    """
    pairs: list[tuple[int, int]] = []
    free = dict(targets)
    waiting = dict(tensors)
    for rank in range(max((len(names) for names in tensors.values()), default=0)):
        owners = Counter(name for names in free.values() for name in names)
        by_name = {name: at for at, names in free.items() for name in names if owners[name] == 1}
        known = Counter(name for at in free for name in in_keras[at])
        by_name |= {name: at for at in free for name in in_keras[at] if known[name] == 1}
        claims = Counter(names[rank] for names in waiting.values() if len(names) > rank)
        for position, names in list(waiting.items()):
            at = by_name.get(names[rank]) if len(names) > rank and claims[names[rank]] == 1 else None
            if at is not None and at in free:
                pairs.append((position, at))
                del free[at], waiting[position]
    return pairs


def _refuse_renaming(case: _Case, problems: list[Problem]) -> None:
    """Report rules that rename where no names are looked at."""
    if case.rule.rename:
        message = f"`rename` is for `match: name`, and names do not count with `match: {case.rule.match}`"
        problems.append(Problem("bad-rename", message, "take one of the two away", ("rename",)))


def _by_path(case: _Case, problems: list[Problem]) -> _Pairs:
    _refuse_renaming(case, problems)
    return _by_address(case, renumber=False)


def _in_order(case: _Case, problems: list[Problem]) -> _Pairs:
    _refuse_renaming(case, problems)
    if case.stored.is_hdf5:
        return _by_address(case, renumber=True)
    if not case.stored.is_ordered:
        problems.append(
            Problem(
                "no-order",
                f"the tensors of `{case.stored.shown}` are sorted by dtype and name, so they have no order",
                "`match: name` finds them by their names, which `rename` can change",
                ("match",),
            )
        )
        return [], {}
    ranks = {at: rank for at in case.covered if (rank := case.targets[at].rank) is not None}
    wanted = sorted(ranks, key=ranks.__getitem__)
    if len(wanted) != len(case.inside):
        problems.append(
            Problem(
                "unequal-counts",
                f"`{case.stored.shown}` has {len(case.inside):,} tensors, and {len(wanted):,} variables of"
                " this model are to be filled in order",
                "`only` and `except` choose variables, `from` tensors; names say more: `match: name`",
                ("match",),
            )
        )
        return [], {}
    return list(zip(case.inside, wanted, strict=True)), {}


def _by_address(case: _Case, *, renumber: bool) -> _Pairs:
    """By addresses below `source` and `into`; renumbered, those that patterns take out do not count."""
    keys = {at: case.stored.tensors[at].key for at in case.inside}
    own = {at: case.targets[at].address for at in (case.covered if renumber else case.around)}
    rule = case.rule
    pairs = _equal_addresses(
        _relative(keys, rule.source, case.stored.layers),
        _relative(own, rule.into, case.layers),
        renumber=renumber,
    )
    if not pairs and (rule.source is None) is not (rule.into is None):
        # A part that is no model of its own is a layer, or a few, against all of the other side.
        pairs = _equal_addresses(
            _relative(keys, rule.source or "", case.stored.layers),
            _relative(own, rule.into or "", case.layers),
            renumber=renumber,
        )
    return pairs, {}


def _equal_addresses(
    keys: Mapping[int, str], own: Mapping[int, str], *, renumber: bool
) -> list[tuple[int, int]]:
    if renumber:
        new_keys, new_own = renumbered(keys.values()), renumbered(own.values())
        keys = {at: new_keys[key] for at, key in keys.items()}
        own = {at: new_own[address] for at, address in own.items()}
    by_address = {address: at for at, address in own.items()}
    return [(position, by_address[key]) for position, key in keys.items() if key in by_address]


def _relative(addresses: dict[int, str], subtree: str | None, layers: Mapping[str, str]) -> dict[int, str]:
    """Addresses below a subtree, or below what all are in where it is no group; `None` is all there is."""
    if subtree is None:
        return addresses
    group = address_of(subtree, addresses.values(), layers) if subtree else None
    group = group or common_group(addresses.values())
    return {at: relative(address, group) for at, address in addresses.items()}


def _is_state(tensor: StoredTensor) -> bool:
    """Whether a tensor is the state of a generator of random numbers, which no model need want."""
    return _OF_GENERATORS in tensor.key.split("/")


_WAYS: Mapping[str, Callable[[_Case, list[Problem]], _Pairs]] = MappingProxyType(
    {"name": _by_name, "path": _by_path, "order": _in_order}
)
