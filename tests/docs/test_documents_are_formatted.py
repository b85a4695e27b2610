"""Every document that the project shows is in the form that `modelspec fmt` gives."""

from __future__ import annotations

import pytest
from docs_pages import PAGES, REPOSITORY, read_blocks

from modelspec.diagnostics import Report, Source
from modelspec.formatting.form import format_text, is_document

FILES = sorted(
    path.relative_to(REPOSITORY).as_posix()
    for pattern in ("configs/*.yaml", "examples/*.yaml", "tests/golden/decompiled/**/*.yaml")
    for path in REPOSITORY.glob(pattern)
)


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_in_its_form(name):
    text = (REPOSITORY / name).read_text(encoding="utf-8")
    assert format_text(Source(name, text), Report()) == text


@pytest.mark.parametrize("page", PAGES)
def test_the_documents_of_a_page_are_in_their_form(page):
    texts = [
        block.text
        for block in read_blocks(page)
        if block.language == "yaml" and "part" not in block.notes and is_document(block.text)
    ]
    forms = [format_text(Source(page, text), Report()) or text for text in texts]
    assert forms == texts
