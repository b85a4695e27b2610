"""The name a user most likely meant."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

# Of 1 for equal words: `widht` and `width` have 0.8, `depth` and `width`, which nobody confuses, 0.6.
_CLOSE = 0.65


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate closest to `word` by letters, or `None` when nothing is close.

    A difference in upper and lower case, in `_` and in `-` counts little; ties go to the first
    candidate in sorted order, so the answer does not depend on the order given.
    """
    return _nearest(word, tuple(sorted(set(candidates))))


@lru_cache(maxsize=256)  # a mistake in a block is asked about at each use of the block
def _nearest(word: str, candidates: tuple[str, ...]) -> str | None:
    from difflib import SequenceMatcher  # imported late: only a failing document needs it

    matcher = SequenceMatcher(b=_fold(word), autojunk=False)
    best: tuple[float, str] | None = None
    for candidate in candidates:
        matcher.set_seq1(_fold(candidate))
        if matcher.real_quick_ratio() < _CLOSE or matcher.quick_ratio() < _CLOSE:
            continue
        ratio = matcher.ratio()
        if ratio >= _CLOSE and (best is None or ratio > best[0]):
            best = (ratio, candidate)
    return best[1] if best else None


def _fold(word: str) -> str:
    return word.lower().replace("_", "").replace("-", "")
