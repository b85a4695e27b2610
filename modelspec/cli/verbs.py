"""A group of verbs, each imported only when it is called."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click


class Verbs(click.Group):
    """Verbs by name; the list and its short helps come from a table, so that `--help` imports no verb.

    Args:
        verbs: what each does, by its name.
        package: where they are: `package.verb` holds a command `verb`; of a `-` that is `_` there.
    """

    def __init__(self, *args: Any, verbs: Mapping[str, str], package: str, **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        self._verbs = verbs
        self._package = package

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names, in the table's order."""
        return list(self._verbs)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A verb, imported now; `None` where there is no such."""
        if cmd_name not in self._verbs:
            return None
        name = cmd_name.replace("-", "_")
        command = getattr(import_module(f"{self._package}.{name}"), name)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with the nearest verb in the message where there is none."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from modelspec.diagnostics import nearest

            near = nearest(args[0], self._verbs)
            if near is None:
                raise
            message = f"{error.message.rstrip('.')}. Did you mean `{near}`?"
            raise click.UsageError(message, ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table."""
        with formatter.section("Verbs"):
            formatter.write_dl(list(self._verbs.items()))
