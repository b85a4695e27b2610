"""The name a user most likely meant."""

from __future__ import annotations

from collections.abc import Iterable

# Of 1 for equal words: `widht` and `width` have 0.8, `depth` and `width`, which nobody confuses, 0.6.
_CLOSE = 0.65


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate closest to `word` by letters, or `None` when nothing is close.

    A difference in upper and lower case, in `_` and in `-` counts little; ties go to the first
    candidate in sorted order, so the answer does not depend on the order given.
    """
    from difflib import SequenceMatcher  # imported late: only a failing document needs it

    folded = _fold(word)
    best: tuple[float, str] | None = None
    for candidate in sorted(set(candidates)):
        matcher = SequenceMatcher(a=_fold(candidate), b=folded, autojunk=False)
        if matcher.real_quick_ratio() < _CLOSE or matcher.quick_ratio() < _CLOSE:
            continue
        ratio = matcher.ratio()
        if ratio >= _CLOSE and (best is None or ratio > best[0]):
            best = (ratio, candidate)
    return best[1] if best else None


def _fold(word: str) -> str:
    return word.lower().replace("_", "").replace("-", "")
