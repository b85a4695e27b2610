"""Names as text and numbers, what is common to several, and what a name is below another."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from modelspec.decompiler.folding.values import Affine, Column, Leaf, Node, Parts, Run, Use

_KEPT = 1 << 16
_PIECE = re.compile(r"[0-9]+|[^0-9]+")


def parts_of(text: str) -> Parts:
    """A name taken apart; digits that begin with a zero stay text."""
    found: list[str | int] = []
    for piece in _PIECE.findall(text):
        if piece.isdigit() and (piece == "0" or piece[0] != "0") and len(piece) < 10:
            found.append(int(piece))
        elif found and isinstance(found[-1], str):
            found[-1] += piece
        else:
            found.append(piece)
    return tuple(found)


@lru_cache(maxsize=_KEPT)
def text_of(parts: Parts) -> str:
    """A name that does not vary."""
    return "".join(str(part) for part in parts)


def head_of(parts: Parts) -> str:
    """The text of a name up to what varies first."""
    found = []
    for part in parts:
        if isinstance(part, Affine | Column):
            break
        found.append(str(part))
    return "".join(found)


@lru_cache(maxsize=_KEPT)
def below(parts: Parts, prefix: str) -> Parts | None:
    """What a name is below a prefix and `_`; `None` where it is not below it."""
    head = head_of(parts)
    if not head.startswith(f"{prefix}_"):
        return None
    whole = not any(isinstance(part, Affine | Column) for part in parts)
    rest = head[len(prefix) + 1 :]
    if whole:
        return parts_of(rest) if rest else None
    count = 0
    for part in parts:
        if isinstance(part, Affine | Column):
            break
        count += 1
    return (*parts_of(rest), *parts[count:])


def steps_of(node: Node) -> tuple[tuple[str, ...], bool] | None:
    """The `_`-steps that are common to the names of a node, and whether more follow; `None` without names."""
    match node:
        case Leaf(handle=True):
            return None
        case Leaf(name=name) | Use(name=name) if name is not None:
            return tuple(text_of(name).split("_")), False
        case Run(name=name) if name is not None:
            head = head_of(name)
            steps = tuple(head.split("_"))[:-1]
            return (steps, True) if steps else None
        case _:
            return None


def written_names(node: Node) -> tuple[Parts, ...]:
    """The names inside a node that are joined to nothing."""
    match node:
        case Leaf(handle=True):
            return ()
        case Leaf(name=name):
            return (name,) if name is not None else ()
        case Use(name=name, nodes=nodes):
            if name is not None:
                return (name,)
            return tuple(found for inner in nodes if inner is not None for found in written_names(inner))
        case Run(copies=copies, name=name):
            return (name,) if name is not None else written_names(copies[0])


def common_steps(several: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """The longest common beginning."""
    first = min(several, key=len)
    for place, step in enumerate(first):
        if any(one[place] != step for one in several):
            return first[:place]
    return first
