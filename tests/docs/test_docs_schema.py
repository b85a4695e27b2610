"""The JSON Schema for editors takes each document that a page shows as right, and refuses plain mistakes."""

from __future__ import annotations

import jsonschema
import pytest
from docs_pages import Block, all_blocks, document_of

from modelspec.catalog.editor.document import document_schema
from modelspec.compiler.vocabulary import read_vocabulary
from modelspec.diagnostics import Report, Source
from modelspec.language.close import plain_data
from modelspec.source.reader import read_tree

VALIDATOR = jsonschema.Draft7Validator(
    document_schema(read_vocabulary((), Report()), modelspec_version="0.1.0")
)
RIGHT = tuple(block for block in all_blocks("yaml") if not {"error", "part"} & block.notes.keys())
# What an editor sees in the text alone.
PLAIN = frozenset({"unknown-layer", "unknown-argument", "unknown-identifier", "unknown-key", "two-keys"})
WRONG = tuple(
    block
    for block in all_blocks("yaml")
    if (codes := frozenset(block.notes.get("error", "").split())) and codes <= PLAIN
)


def mistakes(block: Block) -> list[str]:
    tree = read_tree(Source(block.id, document_of(block)), Report())
    assert tree is not None
    return [found.message for found in VALIDATOR.iter_errors(plain_data(tree, Report()))]


@pytest.mark.parametrize("block", RIGHT, ids=lambda block: block.id)
def test_a_right_document_of_a_page_fits(block):
    assert mistakes(block) == []


@pytest.mark.parametrize("block", WRONG, ids=lambda block: block.id)
def test_a_plain_mistake_of_a_page_is_refused(block):
    assert mistakes(block)
