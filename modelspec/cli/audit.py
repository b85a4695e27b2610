"""`modelspec audit`: judge foreign archives and files of weights."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelspec.cli.common import max_params_option, print_diagnostics, print_json

if TYPE_CHECKING:
    from modelspec.compiler.audit import Audit
    from modelspec.diagnostics import Diagnostic

_MOST_NAMES = 100
_EPILOG = """\b
Examples:
  modelspec audit model.keras
  modelspec audit downloads/*.keras --format concise
  modelspec audit model.weights.h5 --format json
"""


@click.command(epilog=_EPILOG)
@click.argument("files", nargs=-1, required=True, type=click.Path(), metavar="FILE...")
@max_params_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["full", "concise", "json"]),
    default="full",
    help="How findings are shown.",
)
@click.option("-q", "--quiet", is_flag=True, help="Print what is unsafe only.")
def audit(files: tuple[str, ...], max_params: int, form: str, quiet: bool) -> None:
    """Judge each FILE: a .keras archive, weights (HDF5, its shards, npz, safetensors) or a config.json.

    Nothing of a file runs, and Keras is not imported. The exit status is 1 where a file is unsafe, damaged or
    not one of these; code that a model needs of others is a warning.
    """
    from modelspec.cli.common import Output
    from modelspec.compiler.audit import audit_file

    audits = [audit_file(Path(name), max_params=max_params) for name in files]
    if form == "json":
        print_json([_data(found) for found in audits])
    else:
        output = Output(form, quiet)
        for found in audits:
            print_diagnostics((_diagnostic(found, n) for n in range(len(found.problems))), output)
            if found.left_out and not (quiet and found.passed):
                more = f"{found.left_out:,} more findings like these are not shown"
                click.echo(f"{found.path}: {more}", err=True)
            if found.passed and not quiet and form == "full":
                click.echo(f"{found.path}: {_verdict(found)}")
    raise SystemExit(0 if all(found.passed for found in audits) else 1)


def _verdict(found: Audit) -> str:
    if not found.needs:
        return f"nothing unsafe in this {found.form}"
    names = ", ".join(f"`{name}`" for name in found.needs[:_MOST_NAMES])
    if len(found.needs) > _MOST_NAMES:
        names += f" and {len(found.needs) - _MOST_NAMES:,} more"
    return f"nothing unsafe in this {found.form} itself; it needs code of others: {names}"


def _diagnostic(found: Audit, number: int) -> Diagnostic:
    """A finding as every verb shows its own: at `model.keras:config.json:config.layers[2]`."""
    from modelspec.diagnostics import Diagnostic, Place, Source

    problem = found.problems[number]
    where = ":".join(part for part in (str(found.path), problem.member, problem.path) if part)
    place = Place(Source(where, "", inline=True), 0, 0)
    return Diagnostic(problem.code, problem.message, place, help=problem.help)


def _data(found: Audit) -> dict[str, object]:
    return {
        "file": str(found.path),
        "form": found.form,
        "passed": found.passed,
        "needs": list(found.needs),
        "findings": [
            {
                "code": problem.code,
                "severity": problem.severity,
                "member": problem.member or None,
                "path": problem.path or None,
                "message": problem.message,
                "help": problem.help,
            }
            for problem in found.problems
        ],
        "left_out": found.left_out,
    }
