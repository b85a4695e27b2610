"""The part of a file or of a model that a rule is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from modelspec.weights.names import steps_of


def is_below(path: str, subtree: str) -> bool:
    """Whether a path is a subtree or in it."""
    return path == subtree or path.startswith(f"{subtree}/")


def relative(path: str, subtree: str) -> str:
    """A path as it is called in a subtree that it is in."""
    return path[len(subtree) :].removeprefix("/")


def relative_names(names: Sequence[str], subtree: str | None) -> tuple[str, ...]:
    """What a thing is called in a subtree, by those of its names that say that it is there; else, in full."""
    if subtree is None:
        return tuple(names)
    inside = tuple(relative(name, subtree) for name in names if name.startswith(f"{subtree}/"))
    return (*inside, *(name for name in names if not is_below(name, subtree)))


def address_of(subtree: str, addresses: Iterable[str], layers: Mapping[str, str]) -> str | None:
    """The group that a subtree is in the HDF5 layout; `None` where none is called so.

    Args:
        subtree: as names, or as an address already.
        addresses: of datasets.
        layers: names of layers by the address of their group.
    """
    groups = dict.fromkeys(
        "/".join(steps[:count])
        for steps in (address.split("/") for address in addresses)
        for count in range(1, len(steps))
    )
    for group in groups:
        if subtree in (
            group,
            "/".join(steps_of(group, layers)),
            "/".join(steps_of(group, layers, all_names=True)),
        ):
            return group
    return None


def common_group(addresses: Iterable[str]) -> str:
    """The innermost group that all addresses are in."""
    split = [address.split("/")[:-1] for address in addresses]
    shared: list[str] = []
    for steps in zip(*split, strict=False):
        if len(set(steps)) > 1 or steps[0] == "vars":
            break
        shared.append(steps[0])
    return "/".join(shared)
