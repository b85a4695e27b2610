"""`modelspec check`: all that `build` does short of values and files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from modelspec.cli.common import Output, document_options, make_options, print_json, target_option
from modelspec.cli.run import Outcome, attempt

if TYPE_CHECKING:
    from modelspec.compiler.values import Checked, Compiled, Options, Progress, Text
    from modelspec.diagnostics import Report

_EPILOG = """\b
Examples:
  modelspec check net.yaml
  modelspec check configs/*.yaml --format concise
  modelspec check net.yaml --watch
  modelspec check net.yaml --set vars.depth=50 --format json
"""


@click.command(epilog=_EPILOG)
@click.argument("documents", nargs=-1, required=True, type=click.Path(), metavar="DOCUMENT...")
@click.option("--watch", is_flag=True, help="Check again whenever a file changes.")
@click.option("--no-keras", is_flag=True, help="Find what can be found without importing Keras, and no more.")
@target_option
@document_options
def check(
    documents: tuple[str, ...], watch: bool, no_keras: bool, form: str, quiet: bool, **given: Any
) -> None:
    """Find every mistake in each DOCUMENT (`-` reads standard input), those that Keras finds included, and
    what `lint` finds that is an error.
    """
    options, output = make_options(**given), Output(form, quiet)
    check_one = _check_without_keras if no_keras else _check_one
    if watch:
        from modelspec.cli.watch import watch_documents

        def again(i: int) -> tuple[str, ...]:
            outcome = check_one(documents[i], options, output)
            if form == "json":
                print_json([outcome.data])
            return (*outcome.files, *(outcome.result.sources if outcome.result is not None else ()))

        watch_documents(documents, again)
        return
    outcomes = [check_one(document, options, output) for document in documents]
    if form == "json":
        print_json([outcome.data for outcome in outcomes])
    raise SystemExit(max(outcome.status for outcome in outcomes))


def _check_one(document: str, options: Options, output: Output) -> Outcome[Compiled]:
    def work(text: Text, report: Report, progress: Progress) -> Compiled:
        from modelspec.compiler.stages import compile_document

        compiled = compile_document(text, options, report, progress=progress)
        # Only here: a document that does not compile needs none of it.
        from modelspec.compiler.lint import check_rules

        check_rules(compiled, report)
        report.raise_if_errors()
        return compiled

    outcome = attempt(document, output, work)
    if outcome.result is not None and not output.quiet and output.form != "json":
        linked = outcome.result.linked
        layers = f"{linked.layers:,} layer{'s' if linked.layers != 1 else ''}"
        click.echo(f"{document}: ok  {layers}, {linked.params:,} parameters")
    return outcome


def _check_without_keras(document: str, options: Options, output: Output) -> Outcome[Checked]:
    from modelspec.compiler.stages import check_document

    outcome = attempt(document, output, lambda text, report, _: check_document(text, options, report))
    if outcome.result is not None and not output.quiet and output.form != "json":
        click.echo(f"{document}: ok, as far as that is known without Keras")
    return outcome
