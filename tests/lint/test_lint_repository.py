"""What the repository itself shows to its readers: its documents have no findings but those named here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from modelspec.compiler.lint import lint_document
from modelspec.compiler.values import Options, Text
from modelspec.diagnostics import Report
from modelspec.lint.choice import Asked
from modelspec.source.files import load_text

REPOSITORY = Path(__file__).parents[2]
DOCUMENTS = tuple(
    sorted(path for folder in ("configs", "tests/golden") for path in (REPOSITORY / folder).glob("*.yaml"))
)
EXPECTED: Mapping[str, tuple[str, ...]] = {
    # As in the paper's code.
    "convnext_tiny": ("groups-equal-filters", "identity-activation"),
    # For their names.
    "efficientnet_b0": ("block-once",),
    "gpt": ("block-once",),
    # What they are about is compiling.
    "dtypes": ("linear-linear",),
    "wrappers": ("attention-dim",),
}


@pytest.mark.parametrize("path", DOCUMENTS, ids=[path.stem for path in DOCUMENTS])
def test_a_document_of_the_repository_has_no_findings_but_the_known(path):
    report = Report()
    loaded = load_text(path, report)
    assert loaded is not None
    source, sha256 = loaded
    text = Text(source, sha256, path.resolve())
    linted = lint_document(text, Options(use_cache=False), Asked(("all",)), report)
    assert tuple(sorted({item.code for item in linted.diagnostics})) == EXPECTED.get(path.stem, ())
