"""The command `modelspec` and its verbs, each imported only when it is called."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import click

from modelspec import __version__
from modelspec.cli.verbs import Verbs

_VERBS: Mapping[str, str] = MappingProxyType(
    {
        "build": "write the .keras archive of a document",
        "train": "train the model of a document",
        "sweep": "see what a sweep over a document tries",
        "check": "find every mistake in a document",
        "lint": "find what a document may mean otherwise than its author thinks",
        "show": "show the graph as a table",
        "config": "print the Keras serialization dict",
        "explain": "tell a value's final form and where it came from",
        "classes": "list and document what a document can name",
        "schema": "write a JSON Schema for editors",
        "weights": "see what files of weights hold and where it goes",
        "decompile": "write the document of an existing model",
        "diff": "tell what differs between two models",
        "fmt": "bring documents into the house's form",
        "git": "have git show, compare and merge models",
        "textconv": "print an archive as text, for git",
        "merge": "merge two changes of a document, for git",
        "git-diff": "compare two versions of a document, for git",
        "lock": "keep what documents come to, and compare",
        "verify": "prove that an archive is what it says",
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
  modelspec decompile model.keras -o net.yaml
"""


@click.group(
    cls=Verbs,
    verbs=_VERBS,
    package="modelspec.cli",
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="modelspec")
def app() -> None:
    """Compile neural networks written in YAML to standard .keras archives."""
