"""`modelspec lint`: what a document may mean otherwise than its author thinks, and the mending of it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from modelspec.cli.common import (
    STDIN,
    Output,
    diagnostics_json,
    document_options,
    make_options,
    print_json,
)
from modelspec.cli.run import Outcome, attempt

if TYPE_CHECKING:
    from modelspec.compiler.lint import Linted
    from modelspec.compiler.values import Options
    from modelspec.lint.choice import Asked

_EPILOG = """\b
Examples:
  modelspec lint net.yaml
  modelspec lint configs/*.yaml --format concise
  modelspec lint net.yaml --select all --ignore default-written
  modelspec lint net.yaml --select hygiene --fix
  modelspec lint net.yaml --strict --format github
  modelspec lint --explain bias-before-bn
"""
_FORMS = ("full", "concise", "json", "github")


def _read_rules(
    context: click.Context, parameter: click.Parameter, given: tuple[str, ...]
) -> tuple[str, ...]:
    """Names of rules and groups, apart by commas or each with an option of its own."""
    from modelspec.lint.choice import unknown_rules

    names = tuple(name.strip() for text in given for name in text.split(",") if name.strip())
    for name, near in unknown_rules(names):
        hint = f" Did you mean `{near}`?" if near else " `--list` names all of them."
        raise click.BadParameter(f"no rule is called `{name}`.{hint}")
    return names


@click.command(epilog=_EPILOG)
@click.argument("documents", nargs=-1, type=click.Path(), metavar="DOCUMENT...")
@click.option(
    "--select",
    multiple=True,
    callback=_read_rules,
    metavar="RULES",
    help="Look for these rules only: names, or `all`, `default`, `hygiene`, `error`. Repeatable.",
)
@click.option(
    "--ignore",
    multiple=True,
    callback=_read_rules,
    metavar="RULES",
    help="Do not look for these. Repeatable.",
)
@click.option("--fix", is_flag=True, help="Mend in the file what can be mended without changing the model.")
@click.option(
    "--unsafe-fixes", is_flag=True, help="Mend what changes the variables, too, such as biases taken out."
)
@click.option("--strict", is_flag=True, help="Exit with 1 on any finding, not on errors only.")
@click.option("--list", "listed", is_flag=True, help="List all rules.")
@click.option("--explain", metavar="RULE", help="Tell what a rule finds, why, and what to do.")
@partial(document_options, forms=_FORMS)
def lint(
    documents: tuple[str, ...],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    fix: bool,
    unsafe_fixes: bool,
    strict: bool,
    listed: bool,
    explain: str | None,
    form: str,
    quiet: bool,
    **given: Any,
) -> None:
    """Find what each DOCUMENT (`-` reads standard input) may mean otherwise than its author thinks.

    What is found at a line is ignored with a comment `# modelspec: ignore[RULE]` on it or above it, in a
    document with its section `lint`.
    """
    if listed or explain is not None:
        from modelspec.cli.lint_pages import explain_rule, list_rules

        list_rules(form) if explain is None else explain_rule(explain)
        return
    if not documents:
        raise click.UsageError("Missing argument 'DOCUMENT...'.")
    mends = fix or unsafe_fixes
    if mends and STDIN in documents:
        raise click.UsageError("standard input cannot be mended: name a file")
    from modelspec.lint.choice import Asked

    options, output = make_options(**given), Output(form, quiet)
    asked = Asked(select or None, ignore)
    mended = [_mend(document, options, asked, unsafe=unsafe_fixes) if mends else () for document in documents]
    outcomes = [_lint_one(document, options, asked, output) for document in documents]
    if form == "json":
        print_json([_data(one, fixed) for one, fixed in zip(outcomes, mended, strict=True)])
    elif not quiet and form in ("full", "concise"):
        for outcome, fixed in zip(outcomes, mended, strict=True):
            _print_summary(outcome, fixed)
    raise SystemExit(max(_status(outcome, strict=strict) for outcome in outcomes))


def _mend(document: str, options: Options, asked: Asked, *, unsafe: bool) -> tuple[str, ...]:
    """The rules whose findings were mended in a file; none where it has mistakes, which are told later."""
    from modelspec.archive.atomic import write_atomically
    from modelspec.cli.common import read_text
    from modelspec.compiler.mending import mend_document
    from modelspec.diagnostics import Report, SpecError

    try:
        text = read_text(document, Report())
        mended = mend_document(text, options, asked, unsafe=unsafe)
    except SpecError:
        return ()
    if mended.made:
        path = Path(document)
        mark = _BOM if path.read_bytes().startswith(_BOM) else b""
        write_atomically(path, mark + mended.text.source.text.encode())
    return mended.made


_BOM = b"\xef\xbb\xbf"


def _lint_one(document: str, options: Options, asked: Asked, output: Output) -> Outcome[Linted]:
    from modelspec.compiler.lint import lint_document

    outcome = attempt(
        document,
        Output("json", output.quiet) if output.form == "github" else output,
        lambda text, report, progress: lint_document(text, options, asked, report, progress=progress),
    )
    if output.form == "github":
        from modelspec.diagnostics.render import in_order, render_github

        for found in in_order(outcome.diagnostics):
            click.echo(render_github(found))
    return outcome


def _status(outcome: Outcome[Linted], *, strict: bool) -> int:
    return 1 if strict and outcome.diagnostics else outcome.status


def _print_summary(outcome: Outcome[Linted], fixed: tuple[str, ...]) -> None:
    if fixed:
        click.echo(f"{outcome.document}: {len(fixed)} mended", err=True)
    if outcome.result is None:
        return
    if not outcome.diagnostics:
        click.echo(f"{outcome.document}: ok")
    for option, kinds in _OPTIONS:
        count = sum(
            _fix(outcome.result, found.rule) in kinds for found in outcome.result.findings if found.change
        )
        if count:
            click.echo(f"{outcome.document}: `{option}` can mend {count}", err=True)


_OPTIONS = (("--fix", ("safe",)), ("--unsafe-fixes", ("unsafe",)))


def _fix(linted: Linted, rule: str) -> str:
    from modelspec.lint.rules import RULES

    return RULES[rule].fix


def _data(outcome: Outcome[Linted], fixed: tuple[str, ...]) -> dict[str, object]:
    """What was found, each with whether it can be mended, and what was."""
    from modelspec.diagnostics.render import in_order

    linted = outcome.result
    mendable = {
        (found.rule, found.origin.place): _fix(linted, found.rule)
        for found in (linted.findings if linted is not None else ())
        if linted is not None and found.change is not None
    }
    shown = in_order(outcome.diagnostics)
    data = diagnostics_json(shown)
    assert isinstance(data, list)
    for item, entry in zip(shown, data, strict=True):
        entry["fix"] = mendable.get((item.code, item.place)) if item.place is not None else None
    return {"document": outcome.document, "diagnostics": data, "fixed": list(fixed)}
