"""The command `modelspec` and its verbs, each imported only when it is called."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType

import click

from modelspec import __version__

_VERBS: Mapping[str, str] = MappingProxyType(
    {
        "build": "write the .keras archive of a document",
        "check": "find every mistake in a document",
        "show": "show the graph as a table",
        "config": "print the Keras serialization dict",
        "explain": "tell a value's final form and where it came from",
        "audit": "judge a foreign archive or file of weights",
        "completion": "print the shell's completion script",
    }
)

_EPILOG = """\b
Examples:
  modelspec build net.yaml -o net.keras
  modelspec check net.yaml --set vars.width=64
  modelspec show net.yaml
  modelspec explain net.yaml layers.stem.filters
"""


class _Verbs(click.Group):
    """Verbs by name; the list and its short helps come from a table, so that `--help` imports no verb."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _VERBS:
            return None
        module = import_module(f"modelspec.cli.{cmd_name}")
        command = getattr(module, cmd_name)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from modelspec.diagnostics import nearest

            near = nearest(args[0], _VERBS)
            if near is None:
                raise
            message = f"{error.message.rstrip('.')}. Did you mean `{near}`?"
            raise click.UsageError(message, ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl(list(_VERBS.items()))


@click.group(cls=_Verbs, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="modelspec")
def app() -> None:
    """Compile neural networks written in YAML to standard .keras archives."""
