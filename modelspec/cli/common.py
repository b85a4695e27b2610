"""What the verbs share: options, reading documents, and the printing of diagnostics."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from modelspec.catalog.safety.policy import MAX_PARAMS
from modelspec.frozen import dataclass

if TYPE_CHECKING:
    from modelspec.catalog.target import Target
    from modelspec.compiler.values import Options, Text
    from modelspec.diagnostics import Diagnostic, Report

Command = TypeVar("Command", bound=Callable[..., Any])
STDIN = "-"


@dataclass(frozen=True, slots=True)
class Output:
    """How a verb speaks.

    Args:
        form: `full`, `concise` or `json`.
        quiet: print errors only.
    """

    form: str
    quiet: bool


class FilePath(click.Path):
    """The path of a file that a verb reads; a URL, which a path would lose a slash of, is told as one."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> str | bytes | os.PathLike[str]:
        """The path as click has it."""
        if isinstance(value, str) and "://" in value:
            self.fail(f"`{value}` is a URL: download it, and give the path of the file", param, ctx)
        return super().convert(value, param, ctx)


def max_params_option(command: Command) -> Command:
    """The option of the verbs that refuse large models."""
    return click.option(
        "--max-params",
        type=click.IntRange(min=1),
        default=MAX_PARAMS,
        metavar="N",
        help=f"Refuse models with more parameters than this (default: {MAX_PARAMS // 10**9} billion).",
    )(command)


def form_options(command: Command) -> Command:
    """How a verb speaks that reads no document."""
    for option in (
        click.option("-q", "--quiet", is_flag=True, help="Print mistakes only."),
        click.option(
            "--format",
            "form",
            type=click.Choice(["full", "concise", "json"]),
            default="full",
            help="How mistakes are shown, and results with `json`.",
        ),
    ):
        command = option(command)
    return command


_PLACES_AND_MODULES = (
    click.option(
        "--root",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        help="The folder that files named by the document must stay inside.",
    ),
    click.option(
        "--allow-path",
        "allow_paths",
        multiple=True,
        type=click.Path(exists=True, path_type=Path),
        help="A file or folder outside the root that the document may name. Repeatable.",
    ),
    click.option(
        "--allow",
        multiple=True,
        metavar="MODULE",
        help="A module or Python file that the document may have imported for what it registers. Repeatable.",
    ),
)
_UNSAFE = click.option(
    "--allow-unsafe",
    is_flag=True,
    help="Let the document hold what runs code or opens files when it is loaded.",
)


def trust_options(command: Command) -> Command:
    """The options of what documents may do that come from a folder."""
    for option in reversed((*_PLACES_AND_MODULES, _UNSAFE)):
        command = option(command)
    return command


def document_options(command: Command, *, forms: tuple[str, ...] = ("full", "concise", "json")) -> Command:
    """The options of every verb that reads a document.

    Args:
        forms: how it can show mistakes; the first is the default.
    """
    for option in reversed(
        (
            click.option(
                "--set",
                "overrides",
                multiple=True,
                metavar="PATH=VALUE",
                help="Replace a value of the document, such as `layers.stem.filters=32`. Repeatable.",
            ),
            click.option(
                "--backend",
                type=click.Choice(["jax", "torch", "tensorflow"]),
                help="The Keras backend; by default KERAS_BACKEND, keras.json, or the lightest installed.",
            ),
            *_PLACES_AND_MODULES,
            max_params_option,
            _UNSAFE,
            click.option("--no-cache", is_flag=True, help="Compile anew, and keep nothing."),
            click.option(
                "--format",
                "form",
                type=click.Choice(forms),
                default=forms[0],
                help="How mistakes are shown.",
            ),
            click.option("-q", "--quiet", is_flag=True, help="Print mistakes only."),
        )
    ):
        command = option(command)
    return command


def target_option(command: Command) -> Command:
    """The option of the verbs whose result is what an archive holds."""
    return click.option(
        "--target",
        callback=_read_target,
        metavar="RELEASES",
        help="The Keras that must open the archive: `keras>=3.8`, or `installed` for exactly what the "
        "installed one writes. By default, as old as the document lets it be.",
    )(command)


def _read_target(context: click.Context, parameter: click.Parameter, written: str | None) -> Target:
    from modelspec.catalog.target import TargetError, read_target

    try:
        return read_target(written)
    except TargetError as error:
        raise click.BadParameter(str(error)) from error


def make_options(
    *,
    overrides: tuple[str, ...],
    backend: str | None,
    root: Path | None,
    allow_paths: tuple[Path, ...],
    allow: tuple[str, ...],
    max_params: int,
    allow_unsafe: bool,
    no_cache: bool,
    target: Target | None = None,
) -> Options:
    """The compiler's options from those of the command line."""
    from modelspec.catalog.target import ANY
    from modelspec.compiler.values import Options

    return Options(
        overrides=overrides,
        root=root,
        allowed_paths=allow_paths,
        backend=backend,
        max_params=max_params,
        use_cache=not no_cache,
        allow_unsafe=allow_unsafe,
        cpu_only=True,
        allow=allow,
        target=target or ANY,
    )


def read_text(document: str, report: Report) -> Text:
    """A document from a file, or from standard input for `-`. Raises `SpecError` where it cannot be read."""
    from modelspec.compiler.document_text import load_document
    from modelspec.compiler.values import Text
    from modelspec.source.files import load_stdin

    path = None if document == STDIN else Path(document)
    loaded = load_stdin(sys.stdin.buffer, report) if path is None else load_document(path, report)
    report.raise_if_errors()
    assert loaded is not None
    source, sha256 = loaded
    return Text(source, sha256, path.resolve() if path else None)


def print_diagnostics(diagnostics: Iterable[Diagnostic], output: Output, *, file: Any = None) -> None:
    """Mistakes and warnings on standard error in the asked form; nothing for `json`, which verbs print."""
    from modelspec.diagnostics.render import in_order, render_concise, render_full, render_rich, summary

    found = in_order(diagnostics)
    if output.quiet:
        found = tuple(item for item in found if item.severity == "error")
    if not found or output.form == "json":
        return
    stream = file or sys.stderr
    if output.form == "concise":
        for item in found:
            print(render_concise(item), file=stream)
        return
    if stream.isatty():
        from rich.console import Console

        console = Console(file=stream, soft_wrap=True, highlight=False)
        for item in found:
            console.print(render_rich(item))
            console.print()
        console.print(summary(found))
        return
    for item in found:
        print(render_full(item), file=stream)
        print(file=stream)
    print(summary(found), file=stream)


def print_as_it_is(text: str, *, errors: str = "backslashreplace") -> None:
    """A text on standard output with the line ends that it has, on any system.

    Args:
        errors: what becomes of letters that are none in UTF-8, as `str.encode` has it.
    """
    buffer = getattr(sys.stdout, "buffer", None)  # not where output is caught
    if buffer is None:
        sys.stdout.write(text)
        return
    sys.stdout.flush()
    buffer.write(text.encode("utf-8", errors))


def print_json(data: object) -> None:
    """One JSON document on standard output."""
    import json

    click.echo(json.dumps(data, indent=2, ensure_ascii=False))  # which flushes: `--watch` may write to a pipe


def diagnostics_json(diagnostics: Iterable[Diagnostic]) -> object:
    """Diagnostics as JSON values."""
    from modelspec.diagnostics.render import in_order, render_json

    return render_json(in_order(diagnostics))


def exit_status(diagnostics: Iterable[Diagnostic]) -> int:
    """1 where anything is an error, else 0."""
    return 1 if any(item.severity == "error" for item in diagnostics) else 0
