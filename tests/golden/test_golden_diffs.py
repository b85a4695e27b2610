"""What is told of a golden document and its edit under `diffs` is kept beside the edit, in each format.

`python tests/golden/regenerate_golden.py` writes them anew.
"""

from __future__ import annotations

import json

import jsonschema
import pytest
from diff_texts import DIFFS, FOLDER, compared, texts_of_diff

from modelspec.architecture.comparing.applying import apply
from modelspec.architecture.comparing.record import SCHEMA, edit_of


@pytest.mark.parametrize("name", DIFFS)
def test_a_comparison_is_told_as_it_is_kept(name):
    for ending, text in texts_of_diff(name).items():
        assert text == (FOLDER / f"{name}.{ending}").read_text(encoding="utf-8"), ending


@pytest.mark.parametrize("name", DIFFS)
def test_the_data_fits_its_schema_and_makes_the_second_of_the_first(name):
    data = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    jsonschema.Draft7Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(
        {"diagnostics": [], **data}
    )
    comparison = compared(name)
    made = apply(comparison.before.architecture, map(edit_of, data["changes"]))
    assert made == comparison.after.architecture
