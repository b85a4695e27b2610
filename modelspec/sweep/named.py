"""A document with the name that its file gave it, so that it keeps it in another file."""

from __future__ import annotations

from modelspec.diagnostics import Place, Report, Source
from modelspec.language.models import stem_name
from modelspec.source.reader import read_tree
from modelspec.source.tree import Entry, Mapping, Scalar
from modelspec.sweep.moved import text_of


def named_text(text: str, stem: str) -> str:
    """The document with its model's name written where it has none.

    Args:
        stem: of the file that it comes from, after which its model is called.

    Raises:
        SpecError: the text cannot be read.
    """
    report = Report()
    source = Source("<document>", text)
    tree = read_tree(source, report)
    report.raise_if_errors()
    if not isinstance(tree, Mapping) or tree.entry("name") is not None:
        return text
    place, name = Place(source, 0, 0), stem_name(stem)
    entry = Entry(Scalar("name", "name", place), Scalar(name, name, place))
    return text_of(text, tree, Mapping((*tree.entries, entry), tree.place))
