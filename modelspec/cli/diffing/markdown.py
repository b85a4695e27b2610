"""A comparison as Markdown for a comment on a pull request.

GitHub takes comments of 65,536 characters; this keeps well below, whatever is compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from modelspec.architecture.comparing.comparison import Comparison
from modelspec.architecture.comparing.fitting import Fit
from modelspec.architecture.telling.patterns import Renamed, numbered, pattern_of
from modelspec.architecture.telling.story import Block, Change, Item, Rewired, Run, Story, Whole
from modelspec.cli.diffing.numbers import rows_of
from modelspec.cli.diffing.phrases import (
    ARROW,
    MOST_VALUES,
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
    weights_fit,
    why_text,
)
from modelspec.diagnostics.shown import escaped

MAX_CHARACTERS = 60_000
# Changes that are seen at once; the others open with a click.
_AT_ONCE = 20
_SPARE = 2_000


def markdown_of(comparison: Comparison, story: Story, *, why: bool = False) -> str:
    """The comment, with a hidden marker by which it is found again: `<!-- modelspec-diff:PATH -->`.

    Args:
        why: whether it is told what says that two nodes are one.
    """
    path = comparison.after.name
    head = [marker_of(path), f"### {_code(path)}: {_title(comparison, story)}", ""]
    if not comparison.differs:
        return "\n".join([*head[:-1], ""])
    head += [*_totals(comparison), ""]
    changes = list(_changes(story, why=why))
    foot = [f"- {text}" for text in (*consequences(story), *unlike(comparison))]
    if why:
        foot.append(f"- {pairs_text(comparison)}")
    room = MAX_CHARACTERS - _SPARE - sum(len(line) + 1 for line in (*head, *foot))
    shown, room = _fitting(changes[:_AT_ONCE], room)
    hidden, room = _fitting(changes[_AT_ONCE:], room)
    parts = [*head, *shown]
    if hidden:
        parts += _details(plural(len(changes) - _AT_ONCE, "more change"), hidden)
    if foot:
        parts += ["", *foot] if hidden else foot
    parts += _weights(comparison, room)
    return "\n".join([*parts, ""])


def marker_of(path: str) -> str:
    """The hidden line by which a comment is found again."""
    return f"<!-- modelspec-diff:{escaped(path).replace('--', '-&#45;').replace('>', '&gt;')} -->"


def _title(comparison: Comparison, story: Story) -> str:
    if not comparison.differs:
        return "no changes"
    text = summary(story)
    note = same_up_to(comparison)
    if note:
        text += f", {note}"
    if comparison.fits is None:
        return text
    return f"{text}, **weights {'fit' if weights_fit(comparison) else 'partly incompatible'}**"


def _totals(comparison: Comparison) -> Iterator[str]:
    yield "| | before | after | |"
    yield "|---|--:|--:|--:|"
    for row in rows_of(*comparison.totals):
        yield f"| {row.name} | {row.before} | {row.after} | {row.change} |"


def _changes(story: Story, *, why: bool) -> Iterator[str]:
    for whole in story.wholes:
        yield _whole("model", whole)
    for block in story.blocks:
        yield _block(block, why=why)
    for item in story.items:
        yield f"- **changed** {_item(item, why=why)}{_at(item.place)}"
    for run in story.added:
        yield _run("added", run, between(run))
    for run in story.removed:
        yield _run("removed", run, bypass(run))
    for one in story.rewired:
        yield _rewired(one)
    for renamed in story.renamed:
        yield _renamed(renamed, why=why)
    for whole in story.compiled:
        yield _whole("compile", whole)


def _block(block: Block, *, why: bool) -> str:
    items = [f"  - {_item(item, why=why)}{_at(item.place)}" for item in block.items]
    head = f"- **changed** block {_code(block.name)}{_at(block.place)}, {plural(block.instances, 'instance')}"
    return "\n".join([head, *items])


def _item(item: Item, *, why: bool) -> str:
    times = f" {how_many(item)}" if how_many(item) else ""
    changes = "; ".join(map(_change, item.changes))
    cls = f" ({escaped(item.cls)})" if item.cls else ""
    shapes = f"; shape {_values(item.shapes)}" if item.shapes else ""
    reason = f" _by {why_text(item.whys)}_" if why and item.whys else ""
    return f"{_code(item.label)}{cls}{times}: {changes}{shapes if changes else shapes[2:]}{reason}"


def _change(change: Change) -> str:
    head = f"{_plain(change.what)} " if change.what else ""
    return f"{head}{_values(change.values)}"


def _values(values: Sequence[tuple[str, str]]) -> str:
    shown = [f"{_code(before)} {ARROW} {_code(after)}" for before, after in values[:MOST_VALUES]]
    more = len(values) - len(shown)
    return ", ".join([*shown, *([f"{more} more"] if more else [])])


def _run(word: str, run: Run, where: str) -> str:
    size = f" ({size_of(run)})" if size_of(run) else ""
    place = f", {_code(where)}" if run.times == 1 else ""
    return f"- **{word}** {_code(run.label)}{size}: {_code(run.what)}{place}{_at(run.place)}"


def _rewired(one: Rewired) -> str:
    times = f" ×{len(one.nodes)}" if len(one.nodes) > 1 else ""
    return (
        f"- **rewired** {_code(one.label)}{times}: reads {_code(one.before)} {ARROW} {_code(one.after)}"
        f"{_at(one.place)}"
    )


def _renamed(one: Renamed, *, why: bool) -> str:
    count = f" ({len(one.names)})" if len(one.names) > 1 else ""
    reason = f" _by {why_text(one.whys)}_" if why and one.whys else ""
    return f"- **renamed** {_code(one.before)} {ARROW} {_code(one.after)}{count}{reason}"


def _whole(word: str, whole: Whole) -> str:
    return f"- **{word}** {_plain(whole.what)} {_code(whole.before)} {ARROW} {_code(whole.after)}"


def _at(place: str | None) -> str:
    return f" <sub>{_code(place)}</sub>" if place else ""


def _weights(comparison: Comparison, room: int) -> list[str]:
    fits = comparison.fits
    if fits is None:
        return []
    fitting, every = fits.by_name.layers
    rows = list(_misfits(fits.by_name))
    lines = [f"- by name: {fit_text(fits.by_name)}", f"- in Keras' order: {fit_text(fits.by_order)}"]
    if fits.renamed:
        lines.append(f"- {plural(fits.renamed, 'more variable')} by name once renamed")
    if rows:
        kept, _ = _fitting(rows, room - _SPARE)
        lines += ["", "| variable | | stored | now |", "|---|---|---|---|", *kept]
    return _details(f"Weights: {fitting:,} of {plural(every, 'layer')} still fit", lines)


def _misfits(fit: Fit) -> Iterator[str]:
    """A row for each variable that does not get its own values; one for those that differ in numbers only."""
    groups: dict[tuple[str, str, str, str], list[str]] = {}
    for status, variable, stored in fit.variables:
        if status == "kept":
            continue
        name = "/".join((*variable.layer, variable.name))
        shapes = (
            _shape(stored.shape if stored is not None else None),
            _shape(None if status == "gone" else variable.shape),
        )
        groups.setdefault((status, numbered(name), *shapes), []).append(name)
    for (word, _, before, after), names in groups.items():
        label = pattern_of(names) or names[0]
        times = f" ×{len(names)}" if len(names) > 1 else ""
        yield f"| {_code(label, in_table=True)}{times} | {word} | {before} | {after} |"


def _shape(shape: tuple[int, ...] | None) -> str:
    return "" if shape is None else f"({', '.join(map(str, shape))})"


def _details(title: str, lines: Iterable[str]) -> list[str]:
    return ["", f"<details><summary>{title}</summary>", "", *lines, "", "</details>"]


def _fitting(lines: Sequence[str], room: int) -> tuple[list[str], int]:
    """The lines that there is room for, the rest counted, and the room that is left."""
    shown: list[str] = []
    for line in lines:
        if len(line) + 1 > room:
            more = f"… {len(lines) - len(shown):,} more"
            return [*shown, f"| {more} | | | |" if line.startswith("|") else f"- {more}"], 0
        shown.append(line)
        room -= len(line) + 1
    return shown, room


def _code(text: str, *, in_table: bool = False) -> str:
    """A code span of any text; in a table a bar ends a cell even there."""
    plain = escaped(text).replace("|", "\\|") if in_table else escaped(text)
    if "`" not in plain:
        return f"`{plain}`" if plain else "`''`"
    return f"`` {plain} ``" if "``" not in plain else _plain(text)


def _plain(text: str) -> str:
    """A text that is no markup."""
    found = escaped(text)
    for character in "\\`*_{}[]<>#|":
        found = found.replace(character, f"\\{character}")
    return found
