"""`modelspec git`: verbs about the settings of git, each in a file of its own."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import click

from modelspec.cli.verbs import Verbs

_VERBS: Mapping[str, str] = MappingProxyType(
    {
        "install": "have git show, compare and merge models",
        "uninstall": "take what install wrote away",
    }
)

_EPILOG = """\b
Examples:
  modelspec git install
  modelspec git install --check
  modelspec git uninstall
"""


@click.group(cls=Verbs, verbs=_VERBS, package=__name__, epilog=_EPILOG)
def git() -> None:
    """Have git show archives as text, and compare and merge documents layer by layer."""
