"""A document gives the graph, the config and the variables that lie beside it, on every backend.

`python tests/golden/regenerate_golden.py` writes them anew.
"""

from __future__ import annotations

import keras
import pytest
from golden_texts import DOCUMENTS, HERE, RELEASE, texts_of

KEPT_BY = RELEASE.read_text(encoding="utf-8").strip()


@pytest.mark.skipif(
    not keras.__version__.startswith(f"{KEPT_BY}."), reason=f"the files hold the defaults of Keras {KEPT_BY}"
)
@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_gives_what_lies_beside_it(name, tmp_path):
    for ending, text in texts_of(name, tmp_path).items():
        assert text == (HERE / f"{name}.{ending}").read_text(encoding="utf-8"), f"{name}.{ending}"


def test_nothing_lies_there_that_no_document_gives():
    kept = {path.name for ending in ("txt", "json") for path in HERE.glob(f"*.{ending}")} - {RELEASE.name}
    endings = ("graph.txt", "config.json", "variables.txt")
    assert kept == {f"{name}.{ending}" for name in DOCUMENTS for ending in endings}
