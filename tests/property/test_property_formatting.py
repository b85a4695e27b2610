"""Whatever a document looks like, its form says the same, keeps every comment, and is its own form."""

from __future__ import annotations

from random import Random

import pytest
from effort import tried
from hypothesis import given, settings
from hypothesis import strategies as st
from written_documents import Writer

from modelspec.diagnostics import Report, Source
from modelspec.formatting.form import format_text
from modelspec.formatting.marked import mark
from modelspec.source.reader import read_tree
from modelspec.source.tree import Mapping, Node, Scalar, Sequence


def plain(node: Node | None) -> object:
    """A tree as Python values, numbers as texts: no number equals another one's text here."""
    match node:
        case Scalar(value, text):
            return (type(value).__name__, repr(value), text)
        case Sequence(items):
            return [plain(item) for item in items]
        case Mapping(entries):
            return [(entry.key.text, plain(entry.value)) for entry in entries]
        case None:
            return None


def comments(text: str) -> list[str]:
    marked = mark(text.replace("\r\n", "\n").replace("\r", "\n"))
    return [marked.text[found.start : found.end].rstrip(" \t") for found in marked.comments]


def hold(text: str) -> str | None:
    """The form of a text, held to the contract; `None` where the text is not YAML."""
    report = Report()
    tree = read_tree(Source("net.yaml", text), report)
    form = format_text(Source("net.yaml", text), Report())
    if tree is None or report.has_errors:
        assert form is None
        return None
    assert form is not None
    assert plain(read_tree(Source("net.yaml", form), Report())) == plain(tree)
    assert comments(form) == comments(text)
    assert format_text(Source("net.yaml", form), Report()) == form
    assert ("\r\n" in form) == (text.partition("\n")[0].endswith("\r") and "\r" in text)
    return form


@settings(max_examples=tried(60), deadline=None)
@given(st.randoms(use_true_random=False))
def test_a_document_and_its_form_say_the_same(random):
    hold(Writer(random).document())


@settings(max_examples=tried(150), deadline=None)
@given(st.text(alphabet=st.sampled_from("ab1:-?,[]{}#&*!|>'\"\\ \n\t$%."), max_size=40))
def test_any_text_has_a_form_or_diagnostics(text):
    hold(f"modelspec: 1\n{text}")


@pytest.mark.slow
@pytest.mark.parametrize("start", range(0, 1000, 100))
def test_a_thousand_documents_and_their_forms_say_the_same(start):
    forms = [hold(Writer(Random(seed)).document()) for seed in range(start, start + 100)]
    assert sum(form is not None for form in forms) > 80
