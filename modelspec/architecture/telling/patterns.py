"""Names that differ in parts, as one pattern."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from modelspec.frozen import dataclass

_TOKEN = re.compile(r"[A-Za-z]+|[0-9]+|[^A-Za-z0-9]+")
_DIGITS = re.compile(r"[0-9]+")
# Nobody reads more.
_MOST_PATTERNS = 100


@dataclass(frozen=True, slots=True)
class Renamed:
    """Nodes renamed in one way.

    Args:
        before, after: patterns with a star for what all keep, or the names themselves.
        names: the pairs of names.
        whys: what says of each that it is the node it was.
    """

    before: str
    after: str
    names: tuple[tuple[str, str], ...]
    whys: tuple[str, ...] = ()


def numbered(name: str) -> str:
    """A name with a star for each number in it."""
    return _DIGITS.sub("*", name)


def pattern_of(names: Sequence[str]) -> str | None:
    """One pattern for names that differ in numbers only, or in what follows a common beginning."""
    if len(names) == 1:
        return names[0]
    forms = {numbered(name) for name in names}
    if len(forms) == 1:
        return _starred(names)
    tokens = [_TOKEN.findall(name) for name in names]
    common = _common(tokens)
    return f"{''.join(common)}*" if len("".join(common).strip("_-")) > 1 else None


def _starred(names: Sequence[str]) -> str:
    """Names of one form, with a star for each number that is not the same in all."""
    tokens = [_TOKEN.findall(name) for name in names]
    return "".join(column[0] if len(set(column)) == 1 else "*" for column in zip(*tokens, strict=True))


def _common(lists: Sequence[Sequence[str]]) -> list[str]:
    found: list[str] = []
    for column in zip(*lists, strict=False):
        if len(set(column)) > 1:
            break
        found.append(column[0])
    return found


def rename_patterns(pairs: Iterable[tuple[str, str]]) -> tuple[Renamed, ...]:
    """Renames by what changed in the names, the commonest first; each pair is in one of them."""
    left = list(pairs)
    candidates = {pair: _candidates(*pair) for pair in left}
    found: list[Renamed] = []
    while left and len(found) < _MOST_PATTERNS:
        groups: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for pair in left:
            for pattern in candidates[pair]:
                groups.setdefault(pattern, []).append(pair)
        best = max(groups, key=lambda pattern: (len(groups[pattern]), len(pattern[0]), pattern), default=None)
        if best is None or len(groups[best]) < 2:
            break
        found.append(Renamed(*best, tuple(groups[best])))
        taken = set(groups[best])
        left = [pair for pair in left if pair not in taken]
    return (*found, *(Renamed(before, after, ((before, after),)) for before, after in left))


def _candidates(before: str, after: str) -> set[tuple[str, str]]:
    """Patterns that the two names are of: the end stays, the beginning, both, or the numbers."""
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    start = len(_common([old, new]))
    end = len(_common([old[start:][::-1], new[start:][::-1]]))
    middle = "".join(old[start : len(old) - end]), "".join(new[start : len(new) - end])
    head, tail = "".join(old[:start]), "".join(old[len(old) - end :])
    found = set()
    if old != new and _DIGITS.findall(before) == _DIGITS.findall(after) != []:
        found.add((numbered(before), numbered(after)))
    if tail:
        found.add((f"{head}{middle[0]}*", f"{head}{middle[1]}*"))
    if head:
        found.add((f"*{middle[0]}{tail}", f"*{middle[1]}{tail}"))
    if head and tail:
        found.add((f"*{middle[0]}*", f"*{middle[1]}*"))
    return {pattern for pattern in found if pattern[0] not in ("*", "**") and pattern[1] not in ("*", "**")}
