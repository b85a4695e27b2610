"""`modelspec weights`: verbs about the values of models, each in a file of its own."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import click

from modelspec.cli.verbs import Verbs

_VERBS: Mapping[str, str] = MappingProxyType(
    {
        "show": "list what a file of weights holds",
        "plan": "show what goes into each variable of a document",
        "attach": "put values of other files into an archive",
        "extract": "write the values of a file to another, in any format",
    }
)

_EPILOG = """\b
Examples:
  modelspec weights show pretrained.keras
  modelspec weights plan net.yaml
  modelspec weights attach model.keras --from new.weights.h5 -o out.keras
  modelspec weights extract model.keras -o w.safetensors
"""


@click.group(cls=Verbs, verbs=_VERBS, package=__name__, epilog=_EPILOG)
def weights() -> None:
    """See what files of weights hold, and what becomes of it in a model."""
