"""Rules that rename: a plain name, a glob or a regular expression, and what becomes of what it matches."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_REGULAR = re.compile(r"[()\\+^${}|]|\.[*?]")
_GLOB = re.compile(r"\*\*|[*?]|\[!?[^\]]+\]")
_IN_STEP = "[^/]"
_STEP_END = "(?=/|$)"


class RenameError(ValueError):
    """A rule that says nothing; the text is the reason."""


@dataclass(frozen=True, slots=True)
class Renaming:
    """A rule, read.

    Args:
        pattern: of the whole name or, where `prefix`, of its first steps.
        to: what takes the place of the match, as `re` writes it.
    """

    pattern: re.Pattern[str]
    to: str
    prefix: bool

    def renamed(self, name: str) -> str | None:
        """What a name becomes; `None` where the rule does not match it."""
        found = self.pattern.match(name) if self.prefix else self.pattern.fullmatch(name)
        if found is None:
            return None
        return "/".join(filter(None, (found.expand(self.to) + name[found.end() :]).split("/")))


def read_rule(written: str, to: str) -> Renaming:
    """A rule as it is written.

    Plain text is the first steps of a name, a layer's as a rule, and what is below them stays. With `*`, `?`
    or `[a-z]` it is a glob of first steps, in which `*` stays within one and `**` does not; what each stood
    for goes where the replacement has a `*`. With anything else that regular expressions write it is one, of
    the whole name, and the replacement has `\\1`.

    Raises:
        RenameError: it is none of these, or the replacement asks for what the rule does not have.
    """
    if _REGULAR.search(written):
        return _regular(written, to)
    if _GLOB.search(written):
        return _glob(written, to)
    plain = re.compile(re.escape(written.strip("/")) + _STEP_END)
    return Renaming(plain, to.replace("\\", r"\\"), prefix=True)


def _regular(written: str, to: str) -> Renaming:
    if _repeats_repetition(written):
        raise RenameError("it repeats what repeats itself or has alternatives, which can take for ever")
    return _checked(_compiled(written, "regular expression"), to)


def _compiled(written: str, kind: str) -> re.Pattern[str]:
    try:
        with warnings.catch_warnings():
            # Of brackets in brackets, which Python may read in another way one day.
            warnings.simplefilter("ignore", FutureWarning)
            return re.compile(written)
    except (re.error, OverflowError, RecursionError) as error:
        raise RenameError(f"it is no {kind}: {error}") from None


def _glob(written: str, to: str) -> Renaming:
    pattern, at = "", 0
    for found in _GLOB.finditer(written):
        pattern += re.escape(written[at : found.start()]) + _glob_part(found[0])
        at = found.end()
    compiled = _compiled(pattern + re.escape(written[at:].rstrip("/")) + _STEP_END, "pattern")
    first, *others = to.replace("\\", r"\\").replace("**", "*").split("*")
    if len(others) > compiled.groups:
        raise RenameError("the replacement has more `*` than it")
    template = first + "".join(rf"\g<{star}>{part}" for star, part in enumerate(others, 1))
    return Renaming(compiled, template, prefix=True)


def _glob_part(part: str) -> str:
    match part:
        case "**":
            return "(.*)"
        case "*":
            return f"({_IN_STEP}*)"
        case "?":
            return _IN_STEP
        case _:
            return f"[^/{part[2:-1]}]" if part.startswith("[!") else part


def _checked(pattern: re.Pattern[str], to: str) -> Renaming:
    """The rule, its replacement tried: `sub` reads it whether or not anything matches."""
    try:
        pattern.sub(to, "")
    except (re.error, IndexError) as error:
        raise RenameError(f"the replacement does not fit it: {error}") from None
    return Renaming(pattern, to, prefix=False)


def _repeats_repetition(pattern: str) -> bool:
    """Whether a group that repeats something, or has alternatives, is itself repeated: `(a+)+`, `(a|b)*`.

    The time of matching those doubles with every letter.
    """
    groups = [False]
    closed = False
    letters = iter(pattern)
    for letter in letters:
        match letter:
            case "\\":
                next(letters, None)
                closed = False
            case "[":
                _skip_class(letters)
                closed = False
            case "(":
                groups.append(False)
                closed = False
            case ")" if len(groups) > 1:
                closed = groups.pop()
                groups[-1] |= closed
            case "*" | "+" | "{":
                if closed:
                    return True
                groups[-1] = True
            case "|":
                groups[-1] = True
                closed = False
            case _:
                closed = False
    return False


def _skip_class(letters: Iterator[str]) -> None:
    """Pass over `[...]`, behind its bracket."""
    first = True
    for letter in letters:
        if letter == "\\":
            next(letters, None)
        elif letter == "]" and not first:
            return
        first = first and letter == "^"


@dataclass(frozen=True, slots=True)
class Renamed:
    """What rules made of names.

    Args:
        names: in the order given.
        idle: positions of the rules that matched no name.
    """

    names: tuple[str, ...]
    idle: tuple[int, ...]


def rename_all(rules: Sequence[Renaming], names: Sequence[str]) -> Renamed:
    """Each name as the first rule that matches it makes it, or as it is."""
    idle = set(range(len(rules)))
    found = []
    for name in names:
        for position, rule in enumerate(rules):
            renamed = rule.renamed(name)
            if renamed is not None:
                idle.discard(position)
                name = renamed
                break
        found.append(name)
    return Renamed(tuple(found), tuple(sorted(idle)))
