"""`keep` and `name`: the names they may read, and what they come to for one variant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from modelspec.diagnostics import Place, Report, nearest
from modelspec.language.expressions import ExpressionError, evaluate, parse_template
from modelspec.sweep.values import Condition

PLAN = ("plan.params", "plan.trainable_params", "plan.layers", "plan.memory", "plan.output")
"""What is known of a variant once it is compiled; below `plan.output.` stand the names of its outputs."""
NUMBER = "num"


def placed(condition: Condition, error: ExpressionError) -> Place:
    """The part of a condition that an error is about; all of it where escapes blur the offsets."""
    place, shift = condition.place, int(condition.quoted)
    start, end = place.start + error.start + shift, place.start + error.end + shift
    written = place.source.text[place.start : place.end]
    if "\\" in written or "\n" in written or end > place.end or start >= end:
        return place
    return Place(place.source, start, end)


def reads_of(condition: Condition) -> frozenset[str]:
    """The names that a condition, which has been checked, reads."""
    template = parse_template(condition.text, dotted=True)
    return template.names if template is not None else frozenset()


def needs_plan(condition: Condition) -> bool:
    """Whether a variant has to be compiled before a condition can be decided."""
    return any(name.startswith("plan.") for name in reads_of(condition))


def check_names(conditions: Iterable[Condition], known: Iterable[str], report: Report) -> None:
    """Report each name that no variant can have.

    Args:
        known: the variables, as `vars.width`, and the keys of the space.
    """
    names = frozenset({*known, *PLAN, NUMBER})
    for condition in conditions:
        template = parse_template(condition.text, dotted=True)
        for read in template.reads if template is not None else ():
            if read.name in names or read.name.startswith("plan.output."):
                continue
            near = nearest(read.name, names) or next(
                (name for name in sorted(names) if name.endswith(f".{read.name}")), None
            )
            error = ExpressionError(
                "unknown-variable",
                f"a sweep knows no `{read.name}`",
                start=read.start,
                end=read.end,
                help=f"did you mean `{near}`?"
                if near
                else "it knows `vars.…`, `plan.…`, `num` and the labels of the space",
            )
            report.add(error.code, error.message, placed(condition, error), help=error.help)


def holds(condition: Condition, values: Mapping[str, object], report: Report) -> bool | None:
    """Whether a condition of `keep` holds; `None` where that cannot be told, which is reported."""
    value = _evaluated(condition, values, report)
    if value is None or isinstance(value, bool):
        return value
    report.add(
        "wrong-kind",
        f"a condition of `keep` is true or false, and this one is `{value}`",
        condition.place,
        help="compare it: `$(plan.params < 1000000)`",
    )
    return None


def name_of(condition: Condition, values: Mapping[str, object], report: Report) -> str | None:
    """The name of a variant; `None` where it has none, which is reported."""
    value = _evaluated(condition, values, report)
    return None if value is None else str(value)


def _evaluated(condition: Condition, values: Mapping[str, object], report: Report) -> object:
    template = parse_template(condition.text, dotted=True)
    if template is None:
        return condition.text
    try:
        value = evaluate(template, lambda name: values[name], known=values)
    except ExpressionError as error:
        report.add(error.code, error.message, placed(condition, error), help=error.help)
        return None
    if value is None:
        report.add(
            "wrong-kind",
            "this comes to null",
            condition.place,
            help="compare it with `null`, or leave it away",
        )
    return value
