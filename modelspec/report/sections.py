"""The parts of the page that are read: what it is about, the leaderboard, and a section for each figure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape

from modelspec.report.board import STATES, Board
from modelspec.report.curves import MOST_POINTS, Curves
from modelspec.report.data import has_values
from modelspec.report.importance import FEWEST, importances
from modelspec.report.table import table_html
from modelspec.report.words import duration_text, number_writer, value_text


def has_figures(board: Board, curves: Mapping[str, Curves]) -> bool:
    """Whether the page draws anything, and so needs the library."""
    return has_values(board) or has_curves(curves)


def has_curves(curves: Mapping[str, Curves]) -> bool:
    """Whether any run wrote metrics."""
    return any(found.metrics for found in curves.values())


def header_html(board: Board) -> str:
    """What the sweep is, and what it came to in a few numbers."""
    sweep = board.sweep
    said = [
        f"<b>{escape(sweep.method)}</b> over {_count(len(board.parameters), 'parameter')}, seed {sweep.seed}"
    ]
    if sweep.metric is None:
        said.append("built, not trained")
    else:
        more = "the more" if sweep.goal == "maximize" else "the less"
        metric = f"objective <b>{escape(sweep.metric)}</b>"
        said.append(f"{metric}, {more} the better, of the {sweep.reduce} epoch")
    if len(sweep.seeds) > 1:
        said.append(f"{escape(sweep.aggregate)} of {len(sweep.seeds)} seeds")
    facts = "".join(f"<div><dt>{name}</dt><dd>{text}</dd></div>" for name, text in _summary(board))
    return (
        f"<header><h1>{escape(sweep.name)}</h1>\n<p>{' · '.join(said)}</p>\n"
        f'<dl class="summary">{facts}</dl></header>'
    )


def _count(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' if count != 1 else ''}"


def _summary(board: Board) -> Iterator[tuple[str, str]]:
    best = board.best
    if best is not None:
        write = number_writer(entry.value for entry in board.entries)
        value = value_text(best.standing, write)
        name = f'<a href="#v{best.variant.number}">{escape(best.variant.name)}</a>'
        yield "best", f"{value} <small>{name}</small>"
    yield "variants", f"{len(board.entries):,} <small>{board.count('done'):,} done</small>"
    spent = sum(entry.seconds or 0.0 for entry in board.entries)
    if spent:
        yield "time of all runs", duration_text(spent)
    sizes = [entry.variant.params for entry in board.entries if entry.variant.params is not None]
    if sizes:
        low, high = min(sizes), max(sizes)
        yield "parameters", f"{low:,}" if low == high else f"{low:,} to {high:,}"


def leaderboard_html(board: Board) -> str:
    """The table, with what filters it."""
    states = "".join(
        f'<label><input type="checkbox" value="{state}" checked> {state} '
        f"<small>{board.count(state):,}</small></label>"
        for state in STATES
        if board.count(state)
    )
    return f"""<section aria-labelledby="h-board"><h2 id="h-board">Leaderboard</h2>
<div class="controls waiting" id="controls">
<input type="search" id="filter" placeholder="Filter, such as: bottleneck 16"
 aria-label="Filter variants by text">
<fieldset><legend class="hidden">States</legend>{states}</fieldset>
<output id="shown" aria-live="polite">{_count(len(board.entries), "variant")}</output>
<button type="button" id="clear" hidden>Show all again</button>
</div>
<div class="scroll board" tabindex="0" role="region" aria-labelledby="h-board">
{table_html(board)}
</div>
<p class="hint screen">A name opens the variant's document and its difference from the base. A column's head
sorts. The figures follow the filter.</p></section>
"""


def figures_html(board: Board, curves: Mapping[str, Curves]) -> Iterator[str]:
    """Sections for the figures that there is something for, and what is said in place of the others."""
    if has_curves(curves):
        yield _curves_section(curves)
    if not has_values(board):
        yield f'<p class="hint" id="no-objective">{_why_no_values(board)}</p>\n'
        return
    colours = "Grey is the worst, blue the better, orange the best."
    yield _section(
        "parallel",
        "Parallel coordinates",
        f"Each line is a variant, from its parameters to the objective. {colours} Drag a box over an axis to "
        "see only what passes through it, here, above and below; a double click shows all again.",
    )
    yield '<div class="pair">'
    yield _importance_section(board)
    yield _section(
        "sizes",
        "Objective and parameters",
        "The dashed line joins the variants that no smaller one is as good as.",
    )
    yield "</div>"
    yield _section(
        "times",
        "Objective and time",
        "",
        controls=_select("Against", "against", {"ended": "when it ended", "seconds": "how long it took"}),
    )


def _curves_section(curves: Mapping[str, Curves]) -> str:
    longest = max(found.length for found in curves.values())
    thinned = f" Of long runs {MOST_POINTS} epochs are drawn." if longest > MOST_POINTS else ""
    return _section(
        "curves",
        "Learning curves",
        f"A line is a run. Point at one to see which; a click opens its variant.{thinned}",
        controls=_select("Metric", "metric", {})
        + _select("Of the", "most", {"40": "best 40", "10": "best 10", "0": "all"}),
    )


def _select(label: str, name: str, options: Mapping[str, str]) -> str:
    inside = "".join(f'<option value="{value}">{text}</option>' for value, text in options.items())
    return f'<label>{label} <select id="{name}">{inside}</select></label>'


def _importance_section(board: Board) -> str:
    found = importances(board)
    if not found:
        few = sum(entry.rank is not None for entry in board.entries)
        return _section(
            "importance",
            "Importance of the parameters",
            f"It is told once {FEWEST} variants have a value; {few} {'has' if few == 1 else 'have'} one.",
            figure=False,
        )
    text = (
        "How much of the variance of the variants' ranks one parameter alone explains, corrected for chance "
        "(Kelley's ε² on ranks). What two parameters do only together is not seen."
    )
    silent = [f"{escape(one.key)}: {escape(one.reason)}" for one in found if one.share is None]
    partial = [
        f"{escape(one.key)}: among the {one.among:,} variants that have it"
        for one in found
        if one.share is not None and one.among < sum(entry.rank is not None for entry in board.entries)
    ]
    notes = "; ".join([*partial, *silent])
    return _section("importance", "Importance of the parameters", f"{text}{f' {notes}.' if notes else ''}")


def _section(name: str, title: str, text: str, *, controls: str = "", figure: bool = True) -> str:
    controls = f'<div class="controls">{controls}</div>' if controls else ""
    drawn = (
        f'<div class="scroll"><div class="figure" id="{name}" role="img" aria-label="{title}"></div></div>\n'
        if figure
        else ""
    )
    hint = f'<p class="hint">{text}</p>' if text else ""
    head = f'<h2 id="h-{name}">{title}</h2>'
    return f'<section aria-labelledby="h-{name}">{head}\n{controls}{drawn}{hint}</section>\n'


def _why_no_values(board: Board) -> str:
    why = (
        "This sweep only builds: there is no objective"
        if board.sweep.metric is None
        else f"No variant has a value of {escape(board.sweep.metric)} yet"
    )
    return (
        f"{why}, so there are no parallel coordinates, no importance of the parameters, and no objective "
        "against parameters and time."
    )
