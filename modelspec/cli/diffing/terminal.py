"""A comparison on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console, RenderableType
from rich.segment import Segment, Segments
from rich.table import Table
from rich.text import Text

from modelspec.architecture.comparing.comparison import Comparison
from modelspec.architecture.telling.patterns import Renamed
from modelspec.architecture.telling.story import Block, Item, Rewired, Run, Story, Whole
from modelspec.cli.diffing.numbers import Row, rows_of
from modelspec.cli.diffing.phrases import (
    ARROW,
    between,
    bypass,
    consequences,
    fit_text,
    how_many,
    pairs_text,
    plural,
    same_up_to,
    size_of,
    summary,
    unlike,
    values_text,
    why_text,
)

# Lines of one kind; a reader of more wants `--format json`.
_MOST = 30
_HASH = 8
_EDITED, _ADDED, _REMOVED, _RENAMED, _WHOLE, _DIM = (
    "yellow",
    "green",
    "red",
    "cyan",
    "magenta",
    "bright_black",
)

Line = tuple[Text, Text, Text, Text]
"""The marker, what it is about, what is said of it, and where it is written."""


def terminal_of(comparison: Comparison, story: Story, *, why: bool = False) -> Iterator[RenderableType]:
    """What is printed, in order.

    Args:
        why: whether it is told what says that two nodes are one.
    """
    yield _header(comparison)
    lines = list(_lines(story, why=why))
    if lines:
        yield Text()
        yield _grid(lines)
    elif not comparison.differs:
        yield Text("no differences", style="bold green")
    if not comparison.differs:
        return
    yield Text()
    for text in consequences(story):
        yield Text(f"= {text}", style=_DIM)
    yield _totals(rows_of(*comparison.totals))
    for text in unlike(comparison):
        yield Text(text, style=_DIM)
    yield from _weights(comparison)
    if why:
        yield Text(pairs_text(comparison), style=_DIM)
    yield Text()
    yield Text(summary(story), style="bold")


def print_trimmed(console: Console, part: RenderableType) -> None:
    """Print without the blanks that fill up lines."""
    for segments in console.render_lines(part, pad=False):
        line = list(segments)
        while line and not line[-1].text.strip():
            line.pop()
        if line:
            last = line.pop()
            line.append(Segment(last.text.rstrip(), last.style))
        console.print(Segments([*line, Segment.line()]), end="")


def _header(comparison: Comparison) -> Text:
    names = comparison.before.name, comparison.after.name
    text = Text.assemble((names[0], "bold"), (f" {ARROW} ", _DIM), (names[1], "bold"))
    first, second = (hashes.exact.partition(":")[2][:_HASH] for hashes in comparison.hashes)
    hashes = first if first == second else f"{first} {ARROW} {second}"
    text.append(f"   architecture {hashes}", _DIM)
    note = same_up_to(comparison)
    if note:
        text.append(f"   {note}", "green")
    if comparison.level != "exact":
        text.append(f"   compared at level {comparison.level}", _DIM)
    return text


def _grid(lines: Iterable[Line]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, width=1)
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    table.add_column(no_wrap=True, overflow="ellipsis")
    for line in lines:
        table.add_row(*line)
    return table


def _lines(story: Story, *, why: bool) -> Iterator[Line]:
    for whole in story.wholes:
        yield _whole(whole, "!")
    for block in story.blocks:
        yield from _block(block, why=why)
    yield from _some([_item(item, "~", "", why=why) for item in story.items], "edits")
    yield from _some([_added(run) for run in story.added], "additions")
    yield from _some([_removed(run) for run in story.removed], "removals")
    yield from _some([_rewired(one) for one in story.rewired], "rewirings")
    yield from _some([_renamed(one, why=why) for one in story.renamed], "renames")
    for whole in story.compiled:
        yield _whole(Whole(f"compile.{whole.what}", whole.before, whole.after), "!")


def _some(lines: Sequence[Line], what: str) -> Iterator[Line]:
    yield from lines[:_MOST]
    if len(lines) > _MOST:
        yield Text("…", _DIM), Text(f"{len(lines) - _MOST:,} more {what}", _DIM), Text(), Text()


def _whole(whole: Whole, marker: str) -> Line:
    return (
        Text(marker, f"bold {_WHOLE}"),
        Text(whole.what, _WHOLE),
        _arrow(whole.before, whole.after),
        Text(),
    )


def _block(block: Block, *, why: bool) -> Iterator[Line]:
    head = Text.assemble(("block ", _EDITED), (block.name, f"bold {_EDITED}"))
    instances = Text(plural(block.instances, "instance"), "bold")
    yield Text("~", f"bold {_EDITED}"), head, instances, Text(block.place, _DIM)
    for item in block.items:
        yield _item(item, "", "  ", why=why, block=block)


def _item(item: Item, marker: str, indent: str, *, why: bool, block: Block | None = None) -> Line:
    left = Text(indent)
    left.append(item.label, "bold" if marker else "")
    if item.cls and item.cls not in item.label:
        left.append(f"  {item.cls}", _DIM)
    if item.nodes and how_many(item) and (block is None or len(item.nodes) != block.instances):
        left.append(f"  {how_many(item)}", "bold")
    right = Text()
    for change in item.changes:
        if right:
            right.append("   ")
        if change.what:
            right.append(f"{change.what} ")
        right.append(values_text(change.values), _EDITED)
    if item.shapes:
        right.append(f"{'   ' if right else ''}shape ", _DIM)
        right.append(values_text(item.shapes), _DIM)
    if why and item.whys:
        right.append(f"   by {why_text(item.whys)}", f"italic {_DIM}")
    return Text(marker, f"bold {_EDITED}"), left, right, Text(item.place or "", _DIM)


def _added(run: Run) -> Line:
    return _run(run, "+", _ADDED, between(run))


def _removed(run: Run) -> Line:
    return _run(run, "-", _REMOVED, bypass(run))


def _run(run: Run, marker: str, style: str, where: str) -> Line:
    left = Text(run.label, f"bold {style}")
    size = size_of(run)
    if size:
        left.append(f"  {size}", style)
    right = Text(run.what)
    if run.times == 1:
        right.append(f"   {where}", _DIM)
    return Text(marker, f"bold {style}"), left, right, Text(run.place or "", _DIM)


def _rewired(one: Rewired) -> Line:
    left = Text(one.label, f"bold {_EDITED}")
    if len(one.nodes) > 1:
        left.append(f"  ×{len(one.nodes)}", "bold")
    right = Text("reads ")
    right.append_text(_arrow(one.before, one.after))
    return Text("~", f"bold {_EDITED}"), left, right, Text(one.place or "", _DIM)


def _renamed(one: Renamed, *, why: bool) -> Line:
    left = Text.assemble((one.before, _RENAMED), (f" {ARROW} ", _DIM), (one.after, f"bold {_RENAMED}"))
    right = Text(f"{len(one.names)} renamed" if len(one.names) > 1 else "", _DIM)
    if why and one.whys:
        right.append(f"{'   ' if right else ''}by {why_text(one.whys)}", f"italic {_DIM}")
    return Text(">", f"bold {_RENAMED}"), left, right, Text()


def _arrow(before: str, after: str) -> Text:
    return Text.assemble(before, (f" {ARROW} ", _DIM), (after, "bold"))


def _totals(rows: Iterable[Row]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    for row in rows:
        if row.grew is None:
            table.add_row(Text(row.name, _DIM), Text(row.after), Text())
            continue
        change = Text(row.change, _REMOVED if row.grew else _ADDED)
        table.add_row(Text(row.name, _DIM), _arrow(row.before, row.after), change)
    return table


def _weights(comparison: Comparison) -> Iterator[RenderableType]:
    fits = comparison.fits
    if fits is None:
        return
    head = f"weights of {comparison.before.name}"
    if not any(status != "kept" for fit in (fits.by_name, fits.by_order) for status, _, _ in fit.variables):
        yield Text.assemble((f"{head} ", _DIM), ("all fit, by name and in Keras' order", _ADDED))
        return
    more = f" ({plural(fits.renamed, 'more variable')} once renamed)" if fits.renamed else ""
    table = Table.grid(padding=(0, 2, 0, 0))
    for title, how, fit, note in (
        (head, "by name", fits.by_name, more),
        ("", "in Keras' order", fits.by_order, _from(comparison)),
    ):
        said = Text(f"{fit_text(fit)}{note}")
        said.highlight_regex(r"[0-9,]+ would get another layer's values", f"bold {_REMOVED}")
        table.add_row(Text(title, _DIM), Text(how, "bold"), said)
    yield table


def _from(comparison: Comparison) -> str:
    first = comparison.fits.by_order.first_misfit if comparison.fits is not None else None
    return f", from {'/'.join(first)} on" if first else ""
