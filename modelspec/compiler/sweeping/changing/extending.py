"""A sweep that gets more points: more of the same, or those of another space. Those that it has stay."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from modelspec.compiler.sweeping.folders.identity import identity_of
from modelspec.compiler.sweeping.folders.opening import Opened, reopened
from modelspec.compiler.sweeping.planning.plan import MAX_POINTS
from modelspec.compiler.sweeping.planning.reading import sweep_of
from modelspec.compiler.sweeping.planning.variants import Swept
from modelspec.diagnostics import Report
from modelspec.frozen import dataclass
from modelspec.language.override import Override, read_override
from modelspec.ledger.folder import SweepFolder
from modelspec.ledger.sweep_file import write_sweep
from modelspec.ledger.values import SweepRow
from modelspec.source.tree import Entry, Mapping, Scalar
from modelspec.sweep.numbering import Numbering
from modelspec.sweep.whole_text import whole_text


@dataclass(frozen=True, slots=True)
class Count:
    """How many points a sweep is to have.

    Args:
        more: whether it is so many more than there are.
    """

    number: int
    more: bool


@dataclass(frozen=True, slots=True)
class Extended:
    """How many points a sweep had, and has now.

    Args:
        before: `None` where nobody had said.
    """

    before: int | None
    after: int


def extend_sweep(
    folder: Path, report: Report, *, count: Count | None = None, spaces: Iterable[str] = ()
) -> Extended:
    """Note that a sweep gets more points; nothing is seen through, and nothing run.

    Args:
        spaces: a part of the space each, `KEY=DOMAIN`, that takes the place of the one with this key, or is
            new.

    Raises:
        SpecError: the space has mistakes, no point comes of it, or another process drives the sweep.
        LedgerError: there is none, it is damaged, or it cannot be written.
        WriteError: `sweep.json` cannot be written.
    """
    at = SweepFolder(folder)
    with reopened(at, report) as opened:
        row, swept = opened.row, opened.swept
        overrides = [one for text in spaces if (one := read_override(text, report, option="--space"))]
        report.raise_if_errors()
        had = _had(opened)
        if overrides:
            swept = _widened(swept, overrides, report)
            row = _with_space(opened, swept)
        wanted = _wanted(opened, swept, row, count, had, report)
        opened.ledger.keep_sweep(row, wanted=wanted)
        write_sweep(at, row, wanted=wanted)
        return Extended(had, wanted)


def _had(opened: Opened) -> int | None:
    """How many points the sweep is to have so far."""
    asked = opened.asked
    if opened.swept.sweep.method != "grid":
        return asked
    size = opened.swept.numbering.size(most=MAX_POINTS)
    return size if asked is None else min(size, asked)


def _widened(swept: Swept, overrides: Iterable[Override], report: Report) -> Swept:
    """The sweep with parts of its space replaced, or added. Raises `SpecError`."""
    section = swept.section
    at = next(at for at, entry in enumerate(section.entries) if entry.key.text == "space")
    space = section.entries[at].value
    assert isinstance(space, Mapping)
    entries = {entry.key.text: entry for entry in space.entries}
    for one in overrides:
        text = ".".join(one.path)
        place = replace(one.place(0), end=one.place(len(one.path) - 1).end)
        entries[text] = Entry(Scalar(text, text, place), one.value)
    widened = Entry(section.entries[at].key, Mapping(tuple(entries.values()), space.place))
    section = Mapping((*section.entries[:at], widened, *section.entries[at + 1 :]), section.place)
    tree = swept.document.tree
    key = Scalar("sweep", "sweep", section.place)
    whole = Mapping((*tree.entries, Entry(key, section)), tree.place)
    sweep = sweep_of(replace(swept.document, tree=whole), swept.catalog, report)
    report.raise_if_errors()
    assert sweep is not None
    return replace(swept, section=section, sweep=sweep)


def _with_space(opened: Opened, swept: Swept) -> SweepRow:
    """What the ledger says of the sweep with another space."""
    row = opened.row
    known = _known(opened)
    earlier = row.earlier
    if known and row.method != "bayes":  # a search follows from what its points came to
        earlier = (*(one for one in earlier if one[1] < known), (row.document, known))
    return replace(
        row,
        document=whole_text(swept.document, swept.section, opened.text.source.text),
        identity={**row.identity, "space": identity_of(swept, train=opened.train)["space"]},
        parameters=tuple(dict.fromkeys((*row.parameters, *swept.sweep.space.keys()))),
        earlier=earlier,
    )


def _known(opened: Opened) -> int:
    """Up to which number there are points: of a ledger that was made anew it may not say."""
    numbers = (variant.number for variant in opened.ledger.variants())
    return max(opened.ledger.planned(), max(numbers, default=0))


def _wanted(
    opened: Opened, swept: Swept, row: SweepRow, count: Count | None, had: int | None, report: Report
) -> int:
    """How many points the sweep is to have. Raises `SpecError` where that is no more than it has."""
    method = swept.sweep.method
    points = sum(one.state != "rejected" for one in opened.ledger.variants())
    so_far = had if had is not None else points if method == "bayes" else _known(opened)
    asked = None if count is None else so_far + count.number if count.more else count.number
    if method == "grid":
        size = _size(opened, swept, row)
        asked = size if asked is None else min(size, asked)
    wanted = so_far if asked is None else max(asked, so_far)
    seen = points if method == "bayes" else _known(opened)
    if wanted <= (so_far if row.document == opened.row.document else seen):
        report.fail(
            "nothing-added",
            f"the sweep in `{opened.folder.path}` has all of these points: {so_far:,}",
            help="widen its space: `--space 'vars.width=[8, 16, 64]'`"
            if method == "grid"
            else "ask for more: `--variants +20`",
        )
    if wanted > MAX_POINTS:
        report.fail(
            "too-large",
            f"the sweep would have {wanted:,} points, and {MAX_POINTS:,} at the most are run",
            help="ask for fewer: `--variants +100`",
        )
    return wanted


def _size(opened: Opened, swept: Swept, row: SweepRow) -> int:
    """How many points a grid has, of this space and of those before."""
    if row.earlier == opened.row.earlier:
        return Numbering(swept.sweep, swept.earlier).size(most=MAX_POINTS)
    kept = tuple(one for one in swept.earlier if one[1] < row.earlier[-1][1])
    earlier = (*kept, (opened.swept.sweep, row.earlier[-1][1]))
    return Numbering(swept.sweep, earlier).size(most=MAX_POINTS)
