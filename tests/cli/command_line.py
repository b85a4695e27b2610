"""The command, how it ends, and the documents that it is given."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

# As the installed command does, whatever is installed here.
COMMAND = (
    sys.executable,
    "-c",
    "import sys; sys.argv[0] = 'modelspec'; from modelspec.cli import main; main()",
)

GOOD = """\
modelspec: 1
vars: {width: 4}
inputs: {x: [3]}
layers:
  - Dense: {units: $width}
    name: hidden
  - Dense: {units: 1}
    name: out
"""
WRONG = GOOD.replace("units: $width", "unit: $width")
WARNED = GOOD.replace("{x: [3]}", "{x: [3], y: [3]}").replace("name: hidden", "name: hidden\n    from: x")


@dataclass(frozen=True)
class Outcome:
    """How a command ended and what it said."""

    status: int
    out: str
    err: str


Run = Callable[..., Outcome]
