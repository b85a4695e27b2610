"""`lint --fix`: changes made at their places, kept only where the document still means the same."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence

from modelspec.compiler.lint import Linted, lint_document
from modelspec.compiler.stages import compile_document, link_document
from modelspec.compiler.values import Options, Progress, Text, silent
from modelspec.diagnostics import Report, Source, SpecError
from modelspec.frozen import dataclass
from modelspec.lint.choice import Asked
from modelspec.lint.edits import apply, edits_of, overlap
from modelspec.lint.finding import Edit
from modelspec.lint.rules import RULES
from modelspec.lint.same import same_model
from modelspec.source.reader import read_tree

# One round makes every change that does not stand beside another; what a change uncovers takes the next.
_MAX_ROUNDS = 100


@dataclass(frozen=True, slots=True)
class Mended:
    """A document's text after its changes.

    Args:
        text: as it is now.
        made: what was mended, by rule, in the order in which it was.
    """

    text: Text
    made: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Candidate:
    rule: str
    message: str
    edits: tuple[Edit, ...]

    @property
    def key(self) -> tuple[str, str]:
        """What it is known by when the text around it has changed."""
        places = [
            (edit.place.source.text[edit.place.start : edit.place.end], edit.text) for edit in self.edits
        ]
        return self.rule, repr(places)


def mend_document(
    text: Text, options: Options, asked: Asked, *, unsafe: bool, progress: Progress = silent
) -> Mended:
    """Make the changes that mend what the chosen rules find in a document's own text.

    Each is tried: the document must compile, the finding must be gone, and of a safe change the graph must be
    the same up to what did nothing. A change that does not hold is left.

    Args:
        text: of the document; what its bases say is not changed.
        unsafe: whether those are made, too, that change the variables.

    Raises:
        SpecError: the document cannot be compiled as it is.
    """
    fixes = {
        rule.id: rule.fix
        for rule in RULES.values()
        if rule.fix == "safe" or (unsafe and rule.fix == "unsafe")
    }
    first = lint_document(text, options, asked, Report(), progress=progress)
    found = {finding.rule for finding in first.findings if finding.change is not None}
    wanted = Asked(tuple(rule for rule in fixes if rule in found), asked.ignore)
    made: list[str] = []
    refused: set[tuple[str, str]] = set()
    for _ in range(_MAX_ROUNDS if wanted.select else 0):
        linted = lint_document(text, options, wanted, Report())
        batch = _apart([one for one in _candidates(linted) if one.key not in refused])
        if not batch:
            break
        kept = batch
        after = _tried(linted, batch, options, wanted)
        for one in batch if after is None else ():
            kept = [one]
            after = _tried(linted, kept, options, wanted) if len(batch) > 1 else None
            if after is not None:
                break
            refused.add(one.key)
        if after is not None:
            text = after
            made.extend(one.rule for one in kept)
    if made:
        link_document(text, options, Report())
    return Mended(text, tuple(made))


def _candidates(linted: Linted) -> list[_Candidate]:
    """The changes of what was found in the document's own text."""
    tree = read_tree(linted.text.source, Report())
    if tree is None:
        return []
    found = []
    for finding in linted.findings:
        if finding.change is None or finding.origin.place.source is not linted.text.source:
            continue
        edits = edits_of(finding.change, tree)
        if edits is not None:
            found.append(_Candidate(finding.rule, finding.message, edits))
    return found


def _apart(candidates: Sequence[_Candidate]) -> list[_Candidate]:
    """The first, and all of its kind of fix that touch nothing of one before them."""
    batch: list[_Candidate] = []
    for one in candidates:
        alike = not batch or RULES[one.rule].fix == RULES[batch[0].rule].fix
        if alike and not any(overlap(one.edits, other.edits) for other in batch):
            batch.append(one)
    return batch


def _tried(linted: Linted, batch: Sequence[_Candidate], options: Options, wanted: Asked) -> Text | None:
    """The text with some changes; `None` where they do not mend what they should, or change more."""
    source = linted.text.source
    written = apply((edit for one in batch for edit in one.edits), source.text)
    text = Text(
        Source(source.name, written, folder=source.folder),
        hashlib.sha256(written.encode()).hexdigest(),
        linted.text.path,
    )
    try:
        after = lint_document(text, options, wanted, Report())
    except SpecError:
        return None
    # By what they say: a change may uncover others of its rule.
    before, behind = (
        Counter((finding.rule, finding.message) for finding in found.findings) for found in (linted, after)
    )
    gone = Counter((one.rule, one.message) for one in batch)
    if any(behind[what] > before[what] - count for what, count in gone.items()):
        return None
    safe = RULES[batch[0].rule].fix == "safe"
    if safe and not same_model(linted.view, after.view):
        return None
    return text if _still_compiles(text, after, options, safe=safe) else None


def _still_compiles(text: Text, after: Linted, options: Options, *, safe: bool) -> bool:
    """Whether a document compiles, where that is not known from its graph: files of weights may not fit any
    more, or the number of layers what is expected.
    """
    if safe and after.view.program.spec.expect is None:
        return True
    try:
        compile_document(text, options, Report())
    except SpecError:
        return False
    return True
