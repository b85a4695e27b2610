"""`modelspec completion`: the script that teaches a shell our verbs and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

_EPILOG = """\b
Examples:
  modelspec completion bash >> ~/.bashrc
  modelspec completion zsh >> ~/.zshrc
  modelspec completion fish > ~/.config/fish/completions/modelspec.fish
"""


@click.command(epilog=_EPILOG)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script for SHELL."""
    from modelspec.cli.app import app

    cls = get_completion_class(shell)
    assert cls is not None
    script = cls(app, {}, "modelspec", "_MODELSPEC_COMPLETE")
    click.echo(script.source_template % script.source_vars())
