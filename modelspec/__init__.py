"""modelspec: neural networks written in YAML, compiled to standard .keras archives.

`load` and `loads` read a document; its methods check it and give the Keras config, the archive and a
live model; `train` trains it. `attach` puts weights into a model that is there already, `decompile` writes
its document. `diff` tells what differs between two models, each given as any of these.
Mistakes are raised as `SpecError`, whose `diagnostics` hold them as data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modelspec.api import Document, diff, load, loads, train
    from modelspec.diagnostics import Diagnostic, SpecError
    from modelspec.live import attach, decompile, plan_attach

__version__ = "0.1.0"

__all__ = [
    "Diagnostic",
    "Document",
    "SpecError",
    "__version__",
    "attach",
    "decompile",
    "diff",
    "load",
    "loads",
    "plan_attach",
    "train",
]

_HOMES = {
    "Diagnostic": "modelspec.diagnostics",
    "Document": "modelspec.api",
    "SpecError": "modelspec.diagnostics",
    "attach": "modelspec.live",
    "decompile": "modelspec.live",
    "diff": "modelspec.api",
    "load": "modelspec.api",
    "loads": "modelspec.api",
    "plan_attach": "modelspec.live",
    "train": "modelspec.api",
}


def __getattr__(name: str) -> Any:
    """Public names, imported at first use: `modelspec --help` needs none of them."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
