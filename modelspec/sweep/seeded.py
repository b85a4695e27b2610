"""A variant's document with another seed: one of several with which it is trained."""

from __future__ import annotations

from modelspec.diagnostics import Report, Source
from modelspec.language.merge import History
from modelspec.language.override import apply_override, read_override
from modelspec.source.reader import read_tree
from modelspec.source.tree import Mapping
from modelspec.sweep.moved import text_of


def seeded_text(text: str, seed: int) -> str:
    """The document with a seed of its initial values, and of what training draws.

    Raises:
        SpecError: the text cannot be read.
    """
    report = Report()
    tree = read_tree(Source("<document>", text), report)
    report.raise_if_errors()
    assert isinstance(tree, Mapping)
    train = tree.get("train")
    paths = ["weights.seed"]
    if isinstance(train, Mapping) and train.entry("seed") is not None:
        paths.append("train.seed")  # else it is that of the values
    wanted = tree
    for path in paths:
        override = read_override(f"{path}={seed}", report)
        assert override is not None
        wanted = apply_override(wanted, override, lambda text: None, report, History())
    report.raise_if_errors()
    return text_of(text, tree, wanted)
