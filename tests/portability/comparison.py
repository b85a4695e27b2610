"""Whether an archive is in an old release what it is in the newest."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from documents import Archive
from environments import Release

Opened = Mapping[str, Mapping[str, Any]]

# What says where an object comes from and how it is wired, which releases spell differently.
_SPELLING = frozenset(
    {"module", "registered_name", "shared_object_id", "build_config"}
    | {"inbound_nodes", "input_layers", "output_layers"}
)
# Keras 3.10 to 3.13 read these two right, and write each for the other.
_SWAPPED = frozenset({"num_chains", "chain_depth"})
_RENAMED = {"OrthogonalInitializer": "Orthogonal", "IdentityInitializer": "Identity"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an archive fared in a release.

    Args:
        promised: whether `build` said that this release opens it.
        opened: whether it did.
        same: whether the predictions are the same to the last bit, on one release of JAX; `None` where there
            is nothing to compare, for the newest release has none on this backend.
        differing: the arguments that both releases know and that differ.
        told: what went wrong, in a line.
        otherwise: how it is computed otherwise, where what this release saves of it is the same model to the
            newest, and the release computes it otherwise than the newest.
    """

    promised: bool
    opened: bool
    same: bool | None
    differing: tuple[str, ...]
    told: str
    otherwise: str | None = None

    @property
    def kept(self) -> bool:
        """Whether a promise was kept."""
        same = self.same is not False or self.otherwise is not None
        return self.opened and same and not self.differing


def compare(archive: Archive, release: Release, opened: Opened, reference: Opened) -> Outcome:
    """One archive in one release, held against the newest on the same JAX."""
    here, there = opened[archive.name], reference[archive.name]
    promised = archive.floor is not None and _version(archive.floor) <= _version(release.label)
    if "error" in here:
        return Outcome(promised, False, False, (), _line(here["error"]))
    differing = tuple(_differing(here["config"], there["config"], "model"))
    if there["outputs"] is None:
        return Outcome(promised, True, None, differing, "; ".join(differing))
    same = here["outputs"] == there["outputs"]
    said = [] if same else [_line(here["backend"] or "other predictions")]
    return Outcome(promised, True, same, differing, "; ".join([*said, *differing]))


def otherwise(
    outcome: Outcome, here: Mapping[str, Any], there: Mapping[str, Any], saved: Mapping[str, Any] | None
) -> Outcome:
    """An outcome with other predictions, held against what the release itself saves of the archive.

    Args:
        outcome: it.
        here: what the release says of the archive, predictions in full.
        there: what the newest says of it, likewise.
        saved: what the newest says of the archive that the release saved; `None` where it saved none.
    """
    if saved is None or "error" in saved or not _is_same(saved, there):
        return outcome
    if here["outputs"] is None:
        return replace(outcome, otherwise=_line(here["backend"]))
    ours, theirs = list(chain(*here["values"])), list(chain(*there["values"]))
    if len(ours) != len(theirs):
        return replace(outcome, otherwise="shape")
    pairs = zip(ours, theirs, strict=True)
    largest = max((abs(one - two) for one, two in pairs if one == one and two == two), default=0.0)
    return replace(outcome, otherwise=f"{largest:.0e}" if largest else "dtype")


def _is_same(saved: Mapping[str, Any], there: Mapping[str, Any]) -> bool:
    """Whether two archives are one model to the newest: the same predictions or, where a release put a cast
    before a layer, the same arguments and values.
    """
    if saved["outputs"] == there["outputs"]:
        return True
    return saved["weights"] == there["weights"] and not any(_differing(saved["config"], there["config"], ""))


def _line(text: str) -> str:
    """The last line of an error that says something, without colours and Keras' frame around it."""
    plain = re.sub(r"\x1b\[\d+m", "", text)
    lines = [line.strip() for line in plain.split("Arguments received by")[0].splitlines() if line.strip()]
    return next((line for line in lines[1:] if len(line) > 20), lines[0])[:160]


def _differing(one: Any, two: Any, path: str) -> Iterator[str]:
    """Where two configs differ, among the keys that both have."""
    match one, two:
        case dict(), dict():
            for key in one.keys() & two.keys() - _SPELLING - _SWAPPED:
                yield from _differing(one[key], two[key], f"{path}.{key}")
        case [{"name": _}, *_], [{"name": _}, *_]:
            # By name, for some releases write the operations of masks besides.
            named = {layer["name"]: layer for layer in two}
            for layer in one:
                if layer["name"] in named:
                    yield from _differing(layer, named[layer["name"]], f"{path}.{layer['name']}")
        case [*ones], [*twos] if len(ones) == len(twos):
            for number, (left, right) in enumerate(zip(ones, twos, strict=True)):
                yield from _differing(left, right, f"{path}.{number}")
        case ([], None) | (None, []):
            return  # some releases write nothing as an empty list
        case str(), str():
            if _RENAMED.get(one, one) != _RENAMED.get(two, two):
                yield f"{path}: {one} is {two}"
        case _:
            if one != two:
                yield f"{path}: {one} is {two}"


def _version(label: str) -> tuple[int, ...]:
    return tuple(int(part) for part in label.split("."))
