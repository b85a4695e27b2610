"""The hashes of the documents of `configs/`, which are the same in every release of Keras.

    python tests/conformance/config_hashes.py

writes them anew: they may change only together with `architecture.hashing.VERSION`, or with a document.
"""

from __future__ import annotations

import json
from pathlib import Path

import modelspec
from modelspec.compiler.kept_identity import identity_of_linked
from modelspec.compiler.stages import compile_document
from modelspec.diagnostics import Report

CONFIGS = Path(__file__).parents[2] / "configs"
KEPT = Path(__file__).with_suffix(".json")


def hashes_of(name: str) -> dict[str, object]:
    """What an archive of a document records of its model."""
    document = modelspec.load(CONFIGS / f"{name}.yaml")
    compiled = compile_document(document.text, document.options, Report())
    return identity_of_linked(compiled.linked, use_cache=False).record


if __name__ == "__main__":
    names = sorted(path.stem for path in CONFIGS.glob("*.yaml"))
    KEPT.write_text(json.dumps({name: hashes_of(name) for name in names}, indent=1) + "\n")
