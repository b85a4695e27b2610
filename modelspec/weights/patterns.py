"""Patterns of graph paths, as `freeze` and `inference` write them."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple


class Matched(NamedTuple):
    """What a list of patterns chose.

    Args:
        paths: those chosen, in the order given.
        idle: positions of the patterns that match no path at all.
    """

    paths: tuple[str, ...]
    idle: tuple[int, ...]


def match_patterns(patterns: Sequence[str], paths: Sequence[str]) -> Matched:
    """Choose paths by patterns, of which the last that matches a path decides.

    `*` stands for any characters of one step, `?` for one, `[abc]` and `[!abc]` for one of a class; the step
    `**` for any number of steps, none too: `a/**` is `a` and all below. `!` before a pattern takes away.

    Args:
        patterns: in order.
        paths: graph paths, steps joined by `/`.
    """
    chosen, idle = match_named(patterns, [(path,) for path in paths])
    return Matched(tuple(path for path, wanted in zip(paths, chosen, strict=True) if wanted), idle)


def match_named(
    patterns: Sequence[str], things: Sequence[Sequence[str]]
) -> tuple[tuple[bool, ...], tuple[int, ...]]:
    """Choose things that have several names each; a pattern matches a thing if it matches one of them.

    Returns:
        Which are chosen, and the positions of the patterns that match nothing at all.
    """
    compiled = [(text.startswith("!"), _steps(text.removeprefix("!"))) for text in patterns]
    idle = set(range(len(patterns)))
    chosen: list[bool] = []
    for names in things:
        paths = [name.split("/") for name in names]
        wanted = False
        for position, (takes_away, pattern) in enumerate(compiled):
            if any(_matches(pattern, steps) for steps in paths):
                idle.discard(position)
                wanted = not takes_away
        chosen.append(wanted)
    return tuple(chosen), tuple(sorted(idle))


def _steps(pattern: str) -> list[str]:
    return pattern.split("/")


def _matches(pattern: Sequence[str], steps: Sequence[str]) -> bool:
    """Whether steps match; in time proportional to both lengths, whatever the pattern."""
    # Which beginnings of `steps` the pattern up to here matches.
    ends = [True] + [False] * len(steps)
    for part in pattern:
        if part == "**":
            first = ends.index(True)
            ends = [end >= first for end in range(len(ends))]
        else:
            ends = [False] + [
                before and fnmatchcase(step, part) for before, step in zip(ends, steps, strict=False)
            ]
        if True not in ends:
            return False
    return ends[-1]
