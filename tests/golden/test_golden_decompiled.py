"""The config of each golden document, decompiled, is the text under `decompiled`; no Keras is asked.

`python tests/golden/regenerate_golden.py` writes them anew.
"""

from __future__ import annotations

import pytest
from decompiled_texts import CONFIGS, FOLDER, decompiled


@pytest.mark.parametrize("name", sorted(CONFIGS))
def test_a_config_gives_the_document_that_is_kept(name):
    assert decompiled(name) == (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")


def test_nothing_is_kept_that_no_config_gives():
    assert {path.stem for path in FOLDER.iterdir()} == CONFIGS.keys()
