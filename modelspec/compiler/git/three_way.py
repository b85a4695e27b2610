"""Two changes of one text, part by part: what only one side changed is taken, what both did is a conflict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import pairwise

from modelspec.compiler.git.parts import Doubt, Lines, Part
from modelspec.frozen import dataclass

Parts = Sequence[Part]


@dataclass(frozen=True, slots=True)
class Marks:
    """How conflicts are marked.

    Args:
        size: characters of a mark.
        ours: what the one side is called.
        theirs: and the other.
    """

    size: int = 7
    ours: str = "ours"
    theirs: str = "theirs"


@dataclass(frozen=True, slots=True)
class Merged:
    """What came of a merge.

    Args:
        lines: the text, conflicts between marks.
        conflicts: what the parts are called that both sides changed.
    """

    lines: Lines
    conflicts: tuple[str, ...]


def merge_parts(base: Part, ours: Part, theirs: Part, marks: Marks) -> Merged:
    """Two texts that were one merged.

    Raises:
        Doubt: they are indented differently.
    """
    merging = _Merging(marks, [])
    lines = tuple(merging.part(base, ours, theirs))
    return Merged(lines, tuple(merging.conflicts))


@dataclass(frozen=True, slots=True)
class _Merging:
    marks: Marks
    conflicts: list[str]

    def part(self, base: Part, ours: Part, theirs: Part) -> Iterator[str]:
        """The lines of one part that both sides have."""
        chosen = _chosen(base.lines, ours.lines, theirs.lines)
        if chosen is not None:
            yield from chosen
            return
        lead = _chosen(base.lead, ours.lead, theirs.lead)
        head = _chosen(base.head, ours.head, theirs.head)
        tail = _chosen(base.tail, ours.tail, theirs.tail)
        sides = (base, ours, theirs)
        is_whole = not all(side.children for side in sides) or len({side.ordered for side in sides}) > 1
        if lead is None or head is None or tail is None or is_whole:
            yield from self._conflict((ours,), (theirs,))
            return
        yield from lead
        yield from head
        yield from self._children(base, ours, theirs)
        yield from tail

    def _children(self, base: Part, ours: Part, theirs: Part) -> Iterator[str]:
        """The lines of all children: those that all have one by one, and what stands between them."""
        if len({_column(side.children[0].head) for side in (base, ours, theirs)}) > 1:
            raise Doubt  # lines of the one would mean something else below those of the other
        in_ours = _matches(base.children, ours.children)
        in_theirs = _matches(base.children, theirs.children)
        common = [(-1, -1, -1)]
        common += [(at, in_ours[at], in_theirs[at]) for at in sorted(in_ours.keys() & in_theirs.keys())]
        common.append((len(base.children), len(ours.children), len(theirs.children)))
        for before, after in pairwise(common):
            yield from self._between(
                *(
                    side.children[start + 1 : end]
                    for side, start, end in zip((base, ours, theirs), before, after, strict=True)
                ),
                ordered=base.ordered,
            )
            if after is not common[-1]:
                at, our, their = after
                yield from self.part(base.children[at], ours.children[our], theirs.children[their])

    def _between(self, base: Parts, ours: Parts, theirs: Parts, *, ordered: bool) -> Iterator[str]:
        """The lines of what some sides have and others have not."""
        chosen = _chosen(_lines(base), _lines(ours), _lines(theirs))
        if chosen is not None:
            yield from chosen
        elif ordered:
            yield from self._conflict(ours, theirs)
        else:
            yield from self._by_key(base, ours, theirs)

    def _by_key(self, base: Parts, ours: Parts, theirs: Parts) -> Iterator[str]:
        """The same of entries, of which the order means nothing: ours first."""
        bases, our, their = ({part.key: part for part in side} for side in (base, ours, theirs))
        for key in dict.fromkeys((*our, *their)):
            sides = tuple(_lines([side[key]]) if key in side else () for side in (bases, our, their))
            chosen = _chosen(*sides)
            if chosen is not None:
                yield from chosen
            else:
                yield from self._conflict(*([side[key]] if key in side else [] for side in (our, their)))

    def _conflict(self, ours: Parts, theirs: Parts) -> Iterator[str]:
        """Both sides between marks."""
        self.conflicts.append(_called([*ours, *theirs]))
        size = self.marks.size
        yield f"{'<' * size} {self.marks.ours}\n"
        yield from _lines(ours)
        yield f"{'=' * size}\n"
        yield from _lines(theirs)
        yield f"{'>' * size} {self.marks.theirs}\n"


def _chosen(base: Lines, ours: Lines, theirs: Lines) -> Lines | None:
    """The side that was changed, if only one was; as a whole further in or out, lines are not changed."""
    if _bare(theirs) in (_bare(base), _bare(ours)):
        return ours
    return theirs if _bare(ours) == _bare(base) else None


def _bare(lines: Lines) -> Lines:
    """Lines as they are relative to the first that is not blank."""
    column = _column(lines)
    return tuple(line[column:] if not line[:column].strip(" ") else line for line in lines)


def _column(lines: Lines) -> int:
    return next((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), 0)


def _lines(parts: Parts) -> Lines:
    return tuple(line for part in parts for line in part.lines)


def _called(parts: Parts) -> str:
    names = (part.key or part.kind for part in parts)
    return ", ".join(dict.fromkeys(name for name in names if name)) or "the document"


def _matches(base: Parts, side: Parts) -> dict[int, int]:
    """Which children of one version are which of another, by position, both in order.

    Those of equal name, or without one of equal text; and between such ones, of as many on both sides, those
    of a kind each: they were renamed or changed.
    """
    called, other = ([_identity(part) for part in parts] for parts in (base, side))
    matcher = SequenceMatcher(None, called, other, autojunk=False)
    found: dict[int, int] = {}
    for word, start, end, other_start, other_end in matcher.get_opcodes():
        same = word == "equal" or (
            word == "replace"
            and [part.kind for part in base[start:end]] == [part.kind for part in side[other_start:other_end]]
            and all(part.kind for part in base[start:end])
        )
        if same:
            found |= zip(range(start, end), range(other_start, other_end), strict=True)
    return found


def _identity(part: Part) -> tuple[str, Lines]:
    return (part.key, ()) if part.key is not None else ("", _bare(part.head))
