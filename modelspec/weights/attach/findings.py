"""What does not fit between a file and a model, in sentences that show both sides and what is nearest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from modelspec.weights.attach.conversion import is_quantized, kind_of
from modelspec.weights.attach.matching import Matching
from modelspec.weights.attach.named import LONGEST_NAME, named
from modelspec.weights.attach.rules import Problem, Rule
from modelspec.weights.attach.stored import Stored
from modelspec.weights.attach.targets import Target
from modelspec.weights.checkpoint import StoredTensor

_PARTS_HELP = "`from` and `into` name parts that correspond; `match: name` goes by names, and can rename"
_QUANTIZED_HELP = "give the layer the dtype policy that the file was saved with, or take other values"
# Of each kind so many are told one by one; the table of `weights plan` has all.
_MOST_TOLD = 8
# Names are compared with so many candidates at most.
_MOST_COMPARED = 2_000
_EXAMPLES = 3
# From here on, names of another shape are worth telling; 1 for equal ones.
_ALIKE = 0.6


def nothing_matches(rule: Rule, stored: Stored, targets: Sequence[Target], found: Matching) -> Problem:
    """That a file and a model have nothing in common."""
    if not targets:
        help = "a model that is not built has none yet: call it once, or give it an `Input`"
        return Problem("nothing-matches", "this model has no variables", help)
    wanted = [targets[at] for at in found.covered if targets[at].role == "value"]
    if not wanted:
        message = f"`only` and `except` leave no variable that `{stored.shown}` could fill"
        return Problem("nothing-matches", message, "`!` before a pattern takes back what one before it chose")
    theirs = [found.names.get(one, stored.tensors[one].shown) for one in found.left]
    message = (
        f"nothing in `{stored.shown}` goes with a variable of this model: it has {_examples(theirs)},"
        f" and the model {_examples([target.path for target in wanted])}"
    )
    if rule.match == "path" and not stored.is_hdf5:
        return Problem("nothing-matches", message, "it has names, not addresses: take `match: path` away")
    if rule.match != "name":
        return Problem("nothing-matches", message, _PARTS_HELP)
    near = _nearest_tensor(wanted[0], stored, found)
    rename = "`rename` gives names of the file to the model's, `from` and `into` name parts that correspond"
    return Problem(
        "nothing-matches", message, f"{f'to {named(wanted[0].path)}, {near}' if near else ''}{rename}"
    )


def _examples(names: Sequence[str]) -> str:
    if not names:
        return "nothing there"
    shown = ", ".join(named(name) for name in names[:_EXAMPLES])
    more = len(names) - _EXAMPLES
    return f"{shown} and {more:,} more" if more > 0 else shown


def nothing_fits(stored: Stored) -> Problem:
    """That every layer that a file has something for is of another shape there."""
    return Problem(
        "nothing-matches",
        f"every layer of this model that `{stored.shown}` has values for is of another shape there",
        "without `mismatch: skip`, the shapes are told",
    )


def missing_problems(
    stored: Stored, targets: Sequence[Target], missing: Sequence[int], found: Matching
) -> Iterator[Problem]:
    """Each variable that a file has nothing for, with the tensor that is nearest to it."""
    for number, at in enumerate(missing[:_MOST_TOLD]):
        target = targets[at]
        rest = _rest(number, len(missing), "variable")
        yield Problem(
            "missing-weights",
            f"`{stored.shown}` has nothing for {named(target.path)} {_size(target)}{rest}",
            f"{_nearest_tensor(target, stored, found)}`missing: init` leaves it as it is without the file",
        )


def unexpected_problems(stored: Stored, targets: Sequence[Target], found: Matching) -> Iterator[Problem]:
    """Each tensor that no variable takes."""
    for number, one in enumerate(found.left[:_MOST_TOLD]):
        tensor = stored.tensors[one]
        name = found.names.get(one, tensor.shown)
        renamed = "" if tensor.shown.endswith(name) else f", renamed to {named(name)}"
        rest = _rest(number, len(found.left), "tensor")
        yield Problem(
            "unexpected-weights",
            f"no variable of this model takes {named(tensor.shown)} {_size(tensor)} of `{stored.shown}`"
            f"{renamed}{rest}",
            "`unexpected: ignore` leaves it in the file",
        )


def misfit_problems(
    stored: Stored, targets: Sequence[Target], misfits: Sequence[tuple[int, int]]
) -> Iterator[Problem]:
    """Each tensor whose variable is of another shape, or of a dtype that means something else."""
    for number, (one, at) in enumerate(misfits[:_MOST_TOLD]):
        tensor, target = stored.tensors[one], targets[at]
        theirs = f"{named(tensor.shown)} in `{stored.shown}`"
        rest = _rest(number, len(misfits), "variable")
        if tensor.shape != target.shape:
            yield Problem(
                "mismatched-weights",
                f"{named(target.path)} is of shape {_shape(target.shape)}, and {theirs} of"
                f" {_shape(tensor.shape)}{rest}",
                f"`mismatch: skip` leaves the layer {named(target.layer)} as it is without the file",
            )
        else:
            yield Problem(
                "mismatched-weights",
                f"{named(target.path)} is {target.dtype}, and {theirs} is {tensor.dtype}:"
                f" a {kind_of(tensor.dtype)} is no {kind_of(target.dtype)}{rest}",
                _QUANTIZED_HELP
                if is_quantized(tensor.dtype) or is_quantized(target.dtype)
                else f"convert the values to {target.dtype} where they are made",
            )


def no_optimizer_state(stored: Stored, *, has: bool) -> Problem:
    """That an optimizer's state was asked for, and one of the two sides has none.

    Args:
        has: whether the file does.
    """
    message = (
        f"this model has no optimizer to take the state that `{stored.shown}` has"
        if has
        else f"`{stored.shown}` has no state of an optimizer"
    )
    return Problem("no-optimizer-state", message, "leave `optimizer` away", ("optimizer",))


def optimizer_problem(
    stored: Stored, targets: Sequence[Target], misfits: Sequence[tuple[int, int]], *, has: int, wanted: int
) -> Problem:
    """That the states of two optimizers are not of one form.

    Args:
        misfits: variables of both that differ.
        has: how many variables of the optimizer the file has.
        wanted: how many the model has.
    """
    differ = f"it has {has:,} variables there, and the model's optimizer {wanted:,}"
    if has == wanted and misfits:
        tensor, target = stored.tensors[misfits[0][0]], targets[misfits[0][1]]
        differ = f"{named(tensor.key)} is {_size(tensor)} there and {_size(target)} in the model"
    return Problem(
        "mismatched-weights",
        f"the optimizer's state in `{stored.shown}` does not fit: {differ}",
        "the same optimizer over the same trainable variables has it; else leave `optimizer` away",
        ("optimizer",),
    )


def _rest(number: int, total: int, noun: str) -> str:
    """Behind the last that is told: how many more there are."""
    more = total - _MOST_TOLD
    if more <= 0 or number + 1 < _MOST_TOLD:
        return ""
    return f"; so it is with {more:,} more {noun}{'s' if more > 1 else ''}"


def _nearest_tensor(target: Target, stored: Stored, found: Matching) -> str:
    """The unused tensor nearest by shape, then by name, as the beginning of a help; empty for none."""
    unused = found.left[:_MOST_COMPARED]
    fitting = [one for one in unused if stored.tensors[one].shape == target.shape]
    names = {one: found.names.get(one, stored.tensors[one].shown) for one in unused}
    likeness = {one: _likeness(names[one], target) for one in fitting or unused}
    if not likeness:
        return ""
    best = max(likeness, key=lambda one: (likeness[one], names[one]))
    tensor = stored.tensors[best]
    if fitting:
        suggestion = _suggestion(names[best], target)
        return f"the nearest there is {named(names[best])}, of the same shape{suggestion}; "
    if likeness[best] < _ALIKE:
        return ""
    return f"the nearest there is {named(names[best])}, of shape {_shape(tensor.shape)}; "


def _likeness(name: str, target: Target) -> float:
    own = (target.names[0], target.path)
    short = name[:LONGEST_NAME]
    return max(SequenceMatcher(None, mine[:LONGEST_NAME], short, autojunk=False).ratio() for mine in own)


def _suggestion(name: str, target: Target) -> str:
    """A rule that would rename the one to the other, where their names end alike and begin otherwise."""
    if len(name) > LONGEST_NAME or not name.isprintable():
        return ""
    theirs = name.split("/")
    for mine in target.names:
        own = mine.split("/")
        ending = 0
        while ending < min(len(own), len(theirs)) - 1 and own[-1 - ending] == theirs[-1 - ending]:
            ending += 1
        if ending and theirs[:-ending] != own[:-ending]:
            return f" (`rename: {{{'/'.join(theirs[:-ending])}: {'/'.join(own[:-ending])}}}`)"
    return ""


def _size(thing: StoredTensor | Target) -> str:
    return f"{_shape(thing.shape)} {thing.dtype}"


def _shape(shape: tuple[int, ...]) -> str:
    return f"[{', '.join(map(str, shape))}]"
