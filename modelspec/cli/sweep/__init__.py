"""`modelspec sweep`: verbs about many variants of one document, each in a file of its own."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import click

from modelspec.cli.verbs import Verbs

_VERBS: Mapping[str, str] = MappingProxyType(
    {
        "plan": "show every variant of a sweep, with parameters, shapes, duplicates and rejects",
        "run": "build and train the variants of a sweep, or go on with them",
        "resume": "go on with a sweep from its folder alone",
        "extend": "give a sweep more points, of its space or of a wider one",
        "status": "tell how far a sweep is, what it has cost, and who drives it",
        "show": "show the leaderboard of a sweep, or write it as a page with figures",
        "logs": "print what a run of a sweep printed",
        "retry": "have runs that failed wait again",
        "stop": "let a sweep start no more runs",
        "kill": "end the runs of a sweep, and what drives it",
        "diff": "show what two variants of a sweep differ in",
        "best": "copy the model of the best run",
        "promote": "write one variant as a document of its own",
        "check": "hold the ledger of a sweep against the folders of its runs, and repair it",
        "export": "give other programs what a sweep came to",
        "gc": "take away the models of runs that are not among the best",
    }
)

_EPILOG = """\b
Examples:
  modelspec sweep plan net.yaml
  modelspec sweep plan sweep.yaml --first 50 --csv plan.csv
  modelspec sweep run net.yaml --parallel 2
  modelspec sweep resume net.sweep
  modelspec sweep show net.sweep --html report.html
"""


@click.group(cls=Verbs, verbs=_VERBS, package=__name__, epilog=_EPILOG)
def sweep() -> None:
    """See what a sweep over a document tries, and run it."""
