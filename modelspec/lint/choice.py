"""Which rules are looked for: what the caller says, else the document, else the default ones."""

from __future__ import annotations

from collections.abc import Iterable

from modelspec.diagnostics import Place, Report, nearest
from modelspec.frozen import dataclass
from modelspec.language.closed import Lint
from modelspec.language.values import Plain
from modelspec.lint.rules import GROUPS, RULES, Rule

_SHORTEST_PART = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """What the caller selects and ignores: ids of rules, and names of groups.

    Args:
        select: `None` leaves it to the document.
    """

    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()


def unknown_rules(names: Iterable[str]) -> tuple[tuple[str, str | None], ...]:
    """The names that are no rule and no group, each with the nearest that is, or one that it is a part of."""
    known = (*RULES, *GROUPS)
    return tuple((name, nearest(name, known) or _whole(name)) for name in names if name not in known)


def _whole(part: str) -> str | None:
    """The first rule with a word of its name that begins as `part` does."""
    if len(part) < _SHORTEST_PART:
        return None
    return next((rule for rule in RULES if f"-{part}" in f"-{rule}"), None)


def chosen_rules(asked: Asked, section: Lint | None, report: Report) -> tuple[Rule, ...]:
    """The rules to look for, in the table's order.

    Args:
        asked: by the caller, of names that are known.
        section: the document's own choice, which the caller's selection replaces and its ignoring adds to.
        report: gets `unknown-rule` for names in the section.
    """
    written = section or Lint()
    _check((*(written.select or ()), *written.ignore), report)
    select = asked.select
    if select is None:
        select = ("default",) if written.select is None else tuple(str(name.value) for name in written.select)
    ignore = (*asked.ignore, *(str(name.value) for name in written.ignore))
    wanted = _spread(select) - _spread(ignore)
    return tuple(rule for rule in RULES.values() if rule.id in wanted)


def _spread(names: Iterable[str]) -> frozenset[str]:
    return frozenset(rule for name in names for rule in GROUPS.get(name, (name,)))


def _check(names: Iterable[Plain], report: Report) -> None:
    for name in names:
        for unknown, near in unknown_rules([str(name.value)]):
            place: Place = name.origin.place
            report.add(
                "unknown-rule",
                f"no rule is called `{unknown}`",
                place,
                help=f"did you mean `{near}`?" if near else "`modelspec lint --list` names all rules",
            )
