"""A variant's document with another seed: one of several with which it is trained."""

from __future__ import annotations

from modelspec.diagnostics import Place, Report, Source
from modelspec.source.reader import read_tree
from modelspec.source.tree import Entry, Mapping, Node, Scalar
from modelspec.sweep.moved import text_of


def seeded_text(text: str, seed: int) -> str:
    """The document with a seed of its initial values, and of what training draws.

    Raises:
        SpecError: the text cannot be read.
    """
    report = Report()
    source = Source("<document>", text)
    tree = read_tree(source, report)
    report.raise_if_errors()
    assert isinstance(tree, Mapping)
    node = Scalar(seed, str(seed), Place(source, 0, 0))
    wanted = _with(tree, "weights", _with(tree.get("weights"), "seed", node))
    train = tree.get("train")
    if isinstance(train, Mapping) and train.entry("seed") is not None:  # else it is that of the values
        wanted = _with(wanted, "train", _with(train, "seed", node))
    return text_of(text, tree, wanted)


def _with(node: Node | None, key: str, value: Node) -> Mapping:
    """A mapping with a value under a key, in its place or behind the others; a new one for none."""
    mapping = node if isinstance(node, Mapping) else Mapping((), value.place)
    if mapping.entry(key) is None:
        return Mapping((*mapping.entries, Entry(Scalar(key, key, value.place), value)), mapping.place)
    entries = (Entry(one.key, value) if one.key.text == key else one for one in mapping.entries)
    return Mapping(tuple(entries), mapping.place)
