"""What is said of a comparison in words, the same on a terminal and in Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from modelspec.architecture.comparing.comparison import Comparison
from modelspec.architecture.comparing.fitting import Fit
from modelspec.architecture.comparing.matching import Matching
from modelspec.architecture.telling.story import Item, Run, Story

ARROW = "→"
MOST_VALUES = 3
_MOST_NAMES = 3

_STATUS_WORDS = {
    "reshaped": "of another shape",
    "misplaced": "would get another layer's values",
    "new": "new",
    "gone": "gone",
}


def plural(count: int, what: str) -> str:
    """`1 layer`, `2 layers`."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def values_text(values: Sequence[tuple[str, str]]) -> str:
    """`64 → 96, 128 → 192`, the rest counted."""
    shown = [f"{before} {ARROW} {after}" for before, after in values[:MOST_VALUES]]
    more = len(values) - len(shown)
    return ", ".join([*shown, *([f"{more} more"] if more else [])])


def between(run: Run) -> str:
    """Where a run stands: `avg_pool → drop → predictions`."""
    name = run.nodes[0][-1] if len(run.nodes) == 1 else "…"
    ends = [_some(run.sources), name, _some(run.readers)]
    return f" {ARROW} ".join(end for end in ends if end)


def bypass(run: Run) -> str:
    """What a run that is gone leaves: who feeds whom now, else where it stood."""
    if run.joined and run.times == 1:
        source, reader = run.joined[0]
        return f"{source} now feeds {reader}"
    return f"was {between(run)}"


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_MOST_NAMES])
    return f"{shown}, …" if len(names) > _MOST_NAMES else shown


def size_of(run: Run) -> str:
    """How much a run is, where it is more than one node."""
    if run.times > 1:
        return (
            f"{run.times} times"
            if len(run.nodes) == run.times
            else f"{run.times} × {len(run.nodes) // run.times}"
        )
    return plural(len(run.nodes), "layer") if len(run.nodes) > 1 else ""


def how_many(item: Item) -> str:
    """`×12` for an item of several nodes, unless its label says so."""
    count = len(item.nodes)
    return f"×{count}" if count > 1 and not item.label.startswith(f"{count} ") else ""


def why_text(whys: Iterable[str]) -> str:
    """What says of nodes that they are the ones they were: `name`, `name ×3, context`."""
    counts = Counter(why for why in whys if why)
    return ", ".join(f"{why} ×{count}" if count > 1 else why for why, count in counts.most_common())


def pairs_text(comparison: Comparison) -> str:
    """How the nodes of both sides were found to be one."""
    counts = Counter(_whys(comparison.matching))
    found = ", ".join(f"{count:,} by {why}" for why, count in counts.most_common())
    return (
        f"{plural(counts.total(), 'layer')} on both sides: {found}" if found else "no layer is on both sides"
    )


def _whys(matching: Matching) -> Iterable[str]:
    for pair in matching.pairs:
        yield pair.why
        if pair.inner is not None:
            yield from _whys(pair.inner)


def summary(story: Story) -> str:
    """`7 changes: 1 added, 10 removed`."""
    total = sum(count for count, _ in story.counts)
    parts = ", ".join(f"{count:,} {what}" for count, what in story.counts)
    return f"{plural(total, 'change')}: {parts}" if total else "no changes"


def consequences(story: Story) -> tuple[str, ...]:
    """What follows from the changes, counted."""
    found = []
    if story.followers:
        found.append(f"{plural(story.followers, 'layer')} downstream {_give(story.followers)} other shapes")
    if story.recounted:
        found.append(f"{plural(story.recounted, 'automatic name')} counted anew by Keras")
    return tuple(found)


def _give(count: int) -> str:
    return "gives" if count == 1 else "give"


def same_up_to(comparison: Comparison) -> str:
    """What is equal although not everything is."""
    first, second = comparison.hashes
    if first.exact == second.exact:
        compiled = comparison.before.architecture.compile != comparison.after.architecture.compile
        return "the same architecture" if compiled else ""
    if first.auto == second.auto:
        return "equal up to automatic names"
    return "equal up to names" if first.structure == second.structure else ""


def unlike(comparison: Comparison) -> tuple[str, ...]:
    """Why numbers are missing."""
    found = [
        f"no shapes of {side.name}: {side.lacks}"
        for side in (comparison.before, comparison.after)
        if side.lacks is not None
    ]
    for side, totals in zip((comparison.before, comparison.after), comparison.totals, strict=True):
        if totals.uncounted and totals.flops is not None:
            reasons = Counter(reason for _, reason in totals.uncounted).most_common(1)
            found.append(
                f"FLOPs of {side.name} without {plural(len(totals.uncounted), 'layer')}: {reasons[0][0]}"
                + (", …" if len({reason for _, reason in totals.uncounted}) > 1 else "")
            )
    return tuple(found)


def weights_fit(comparison: Comparison) -> bool:
    """Whether every variable gets its own values by name."""
    fits = comparison.fits
    return fits is None or all(status == "kept" for status, _, _ in fits.by_name.variables)


def fit_text(fit: Fit) -> str:
    """`41 of 53 layers fit; 12 variables of another shape, 2 new`."""
    fitting, every = fit.layers
    rest = [
        f"{fit.count(status):,} {words}"  # type: ignore[arg-type]
        for status, words in _STATUS_WORDS.items()
        if fit.count(status)  # type: ignore[arg-type]
    ]
    text = (
        f"{fitting:,} of {plural(every, 'layer')} fit"
        if fitting != every or rest
        else f"all {plural(every, 'layer')} fit"
    )
    return f"{text}; variables: {', '.join(rest)}" if rest else text
