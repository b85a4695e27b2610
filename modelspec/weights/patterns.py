"""Patterns of graph paths, as `freeze`, `inference` and `only` write them."""

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
    chosen, idle = match_either(patterns, [(path,) for path in paths])
    return Matched(tuple(paths[position] for position in chosen), idle)


def match_either(
    patterns: Sequence[str], things: Sequence[Sequence[str]]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Choose things that each have several paths; a pattern matches a thing by any of them.

    Returns:
        The positions of the things chosen, and of the patterns that match nothing.
    """
    compiled = [(text.startswith("!"), _steps(text.removeprefix("!"))) for text in patterns]
    idle = set(range(len(patterns)))
    chosen: list[int] = []
    for number, paths in enumerate(things):
        split = [path.split("/") for path in paths]
        wanted = False
        for position, (takes_away, pattern) in enumerate(compiled):
            if any(_matches(pattern, steps) for steps in split):
                idle.discard(position)
                wanted = not takes_away
        if wanted:
            chosen.append(number)
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
