"""`modelspec sweep`: verbs about many variants of one document, each in a file of its own."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import click

from modelspec.cli.verbs import Verbs

_VERBS: Mapping[str, str] = MappingProxyType(
    {"plan": "show every variant of a sweep, with parameters, shapes, duplicates and rejects"}
)

_EPILOG = """\b
Examples:
  modelspec sweep plan net.yaml
  modelspec sweep plan sweep.yaml --first 50 --csv plan.csv
"""


@click.group(cls=Verbs, verbs=_VERBS, package=__name__, epilog=_EPILOG)
def sweep() -> None:
    """See what a sweep over a document tries."""
