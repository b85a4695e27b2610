"""The rules of `lint` as a list, and the page of one."""

from __future__ import annotations

import re
from pathlib import Path

import click

from modelspec.cli.common import print_json
from modelspec.diagnostics.codes import CODES
from modelspec.lint.choice import unknown_rules
from modelspec.lint.rules import RULES, Rule

# Beside the package where it is installed, and in the repository's own place.
_PAGES = (Path(__file__).parent / "lint.md", Path(__file__).parents[2] / "docs" / "lint.md")
_COMMENT = re.compile(r"^<!--.*-->\n", re.MULTILINE)


def list_rules(form: str) -> None:
    """Every rule with its level and meaning."""
    if form == "json":
        print_json([_data(rule) for rule in RULES.values()])
        return
    width = max(map(len, RULES))
    for rule in RULES.values():
        marks = "".join(mark for mark, holds in _marks(rule) if holds)
        click.echo(f"{rule.id:<{width}}  {rule.level:<7}  {marks:<2}  {CODES[rule.id].meaning}")
    click.echo("\n*  only where it is selected    f  mended by `--fix`    u  by `--unsafe-fixes`")


def explain_rule(name: str) -> None:
    """What a rule finds, why, an example, and what to do."""
    for unknown, near in unknown_rules([name] if name not in RULES else []):
        hint = f" Did you mean `{near}`?" if near else " `--list` names all of them."
        raise click.BadParameter(f"no rule is called `{unknown}`.{hint}", param_hint="'--explain'")
    if name not in RULES:
        raise click.BadParameter(f"`{name}` is a group of rules", param_hint="'--explain'")
    rule = RULES[name]
    click.echo(f"{rule.id} ({rule.level})\n\n{_page(rule)}")


def _marks(rule: Rule) -> tuple[tuple[str, bool], ...]:
    return ("*", rule.asked), ("f", rule.fix == "safe"), ("u", rule.fix == "unsafe")


def _page(rule: Rule) -> str:
    """The section of a rule, or what is known of it where the page has none."""
    found = next((path for path in _PAGES if path.is_file()), None)
    text = found.read_text(encoding="utf-8") if found is not None else ""
    section = re.search(rf"^### `{rule.id}`\n(.*?)(?=^##|\Z)", text, re.MULTILINE | re.DOTALL)
    if section is None:
        return f"{_sentence(CODES[rule.id].meaning)} {_sentence(rule.reason)}"
    return _COMMENT.sub("", section[1]).strip()


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _data(rule: Rule) -> dict[str, object]:
    return {
        "id": rule.id,
        "level": rule.level,
        "meaning": CODES[rule.id].meaning,
        "reason": rule.reason,
        "fix": rule.fix,
        "default": not rule.asked,
    }
